/** Undoing, in the books of one advertiser: an operator's word that is taken back leaves the conversion as if it had not been said, whatever was said meanwhile and in whatever order it came. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

type Word = "hold" | "release" | "approve" | "reject";
/** What the sender says, what an operator does, or the place of the operator's word that is taken back. */
type Said = PostbackContent | Word | { undo: number } | { restate: number } | { giveBack: number } | { recall: number };

const sale = { txid: "T", amountMicros: 40_000_000 } as const;
const pending = { ...sale, status: "pending" } as const;
const approved = { txid: "T", status: "approved" } as const;
const dearer = { ...sale, amountMicros: 50_000_000 } as const;
const back = { txid: "T", status: "reversed" } as const;
const part = { ...back, amountMicros: 10_000_000, refundId: "r1" } as const;

const receiptAt = (second: number): string => `0${String(second).padStart(3, "0")}`.padEnd(26, "0");

function books(caps: { event: string; per: "day"; limit: number }[] = []) {
  const sql = new ObjectStorage();
  createTables(sql);
  const links = new Map([...LINKS].map(([number, link]) => [number, { ...link, caps }]));
  const stored = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversion);
  const settle = (...messages: PostbackMessage[]): void => {
    const clickOf = ({ content }: PostbackMessage) => (content.clickId === undefined ? null : (CLICKS[0] ?? null));
    const commands = messages.map((message) => makeCommand(message, clickOf(message), { ...SET_UP, links }));
    sql.transaction(() => decideShare(sql, commands, START_MS));
  };
  const sayTogether = (all: readonly Said[], from = 0) =>
    settle(...all.map((said, index) => messageOf(said, from + index, stored()[0]?.id ?? "")));
  const say = (all: readonly Said[], from = 0) => {
    for (const [index, said] of all.entries()) sayTogether([said], from + index);
  };
  return {
    say,
    sayTogether,
    settle,
    first: () => stored()[0]?.id ?? "",
    outcomes: () =>
      pageOfMessages(sql, "", 400).map(({ outcome }) => [outcome.status, outcome.reason].filter(Boolean).join(" ")),
    /** As everybody sees them, but for their accounts. */
    shown: () =>
      stored().map((conversion) => {
        const { status, hold, hold_reason, reject_reason, amount, payout, revenue } = conversionRow(conversion, 0);
        return { status, hold, hold_reason, reject_reason, amount, payout, revenue };
      }),
    entries: () => stored().flatMap(({ entries }) => entries.map(({ kind, payout }) => [kind, payout / 1_000_000])),
    isSumOfEntries: () =>
      stored().every((one) => {
        const { amount, revenue, payout } = conversionRow(one, 0);
        return JSON.stringify(bookedTotals(one)) === JSON.stringify({ amount, revenue, payout });
      }),
    taken: () => Number(sql.exec("SELECT coalesce(sum(taken), 0) AS taken FROM caps").toArray()[0]?.taken),
  };
}

function messageOf(said: Said, second: number, conversion: string): PostbackMessage {
  const message = {
    kind: "postback",
    receipt: receiptAt(second),
    advertiser: 1,
    receivedAtMs: START_MS + 700_000 + second * 1_000,
  } as const;
  const word = wordOf(said);
  if ("sent" in word)
    return { ...message, channel: "get", content: { event: "sale", clickId: "c".repeat(36), ...word.sent } };
  const { content, ...correction } = word;
  return {
    ...message,
    channel: "console",
    named: true,
    content,
    correction: { conversion, by: "ann", note: "seen", ...correction },
  };
}

function wordOf(said: Said):
  | { sent: PostbackContent }
  | {
      content: PostbackContent;
      act?: "hold" | "release" | "undo";
      restate?: true;
      undoes?: string;
      reason?: string;
    } {
  if (said === "hold" || said === "release") return { content: {}, act: said };
  if (said === "approve") return { content: { status: "approved" } };
  if (said === "reject") return { content: { status: "rejected" }, reason: "fake" };
  if ("undo" in said) return { content: {}, act: "undo", undoes: receiptAt(said.undo) };
  if ("recall" in said) return { content: { status: "reinstated" }, undoes: receiptAt(said.recall) };
  if ("restate" in said) return { content: { amountMicros: said.restate * 1_000_000 }, restate: true };
  if ("giveBack" in said) return { content: { status: "reversed", amountMicros: said.giveBack * 1_000_000 } };
  return { sent: said };
}

/** What is said; which of it is taken back; and what is said then. */
interface Story {
  name: string;
  before: Said[];
  undoes: number;
  after: Said[];
  /** What became of each, in the end, and the kind of the undo's entry. */
  outcomes: string[];
  kind: string;
}

const STORIES: Story[] = [
  {
    name: "a hold: what the sender said behind it counts",
    before: [pending, "hold", approved],
    undoes: 1,
    after: [],
    outcomes: ["attributed", "rejected undone", "updated", "updated"],
    kind: "release",
  },
  {
    name: "a rejection: what the sender said since counts, refunds too",
    before: [pending, "reject", approved, dearer, part],
    undoes: 1,
    after: [],
    outcomes: ["attributed", "rejected undone", "updated", "updated", "updated", "updated"],
    kind: "undo",
  },
  {
    name: "a rejection of what was held: it is held again, with what waits",
    before: [pending, "hold", approved, "reject"],
    undoes: 3,
    after: [],
    outcomes: ["attributed", "updated", "parked held", "rejected undone", "updated"],
    kind: "hold",
  },
  {
    name: "an approval of what was held: it is held again",
    before: [pending, "hold", dearer, "approve"],
    undoes: 3,
    after: [],
    outcomes: ["attributed", "updated", "parked held", "rejected undone", "updated"],
    kind: "hold",
  },
  {
    name: "a release: what counted waits again",
    before: [pending, "hold", approved, "release", part],
    undoes: 3,
    after: [],
    outcomes: ["attributed", "updated", "parked held", "rejected undone", "parked held", "updated"],
    kind: "hold",
  },
  {
    name: "an approval of what the sender then refunds",
    before: [pending, "approve", part],
    undoes: 1,
    after: [approved],
    outcomes: ["attributed", "rejected undone", "updated", "updated", "updated"],
    kind: "undo",
  },
  {
    name: "a word of which a later one says the same: that one counts",
    before: [pending, "reject", "reject"],
    undoes: 1,
    after: [],
    outcomes: ["attributed", "rejected undone", "updated", "updated"],
    kind: "undo",
  },
  {
    name: "a restated amount",
    before: [sale, { restate: 20 }],
    undoes: 1,
    after: [],
    outcomes: ["attributed", "rejected undone", "updated"],
    kind: "undo",
  },
];

describe("taking back", () => {
  test.each(STORIES)("$name", ({ before, undoes, after, outcomes, kind }) => {
    const { say, shown, outcomes: came, entries, isSumOfEntries } = books();
    say(before);
    say([{ undo: undoes }, ...after], before.length);
    const untold = books();
    for (const [place, said] of before.entries()) if (place !== undoes) untold.say([said], place);
    untold.say(after, before.length + 1);
    expect(shown()).toEqual(untold.shown());
    expect(came()).toEqual(outcomes);
    expect(entries().some(([own]) => own === kind)).toBe(true);
    expect(isSumOfEntries()).toBe(true);
  });
});

test("a rejection says why, as long as it stands", () => {
  const { say, shown } = books();
  say([pending, "reject"]);
  expect(shown()).toMatchObject([{ status: "rejected", hold: "rejected_by_operator", reject_reason: "fake" }]);
  say([{ undo: 1 }], 2);
  expect(shown()).toMatchObject([{ status: "pending", hold: "", reject_reason: null }]);
});

test("an undo leaves an entry, though the word had come to nothing that shows", () => {
  const { say, entries } = books();
  say([pending, "hold", "approve", { undo: 1 }]);
  expect(entries()).toEqual([
    ["accrual", 4],
    ["hold", 0],
    ["approval", 0],
    ["undo", 0],
  ]);
});

describe("nothing is taken back", () => {
  test.each<[string, Said[]]>([
    ["twice", [pending, "hold", { undo: 1 }, { undo: 1 }]],
    ["that nobody said", [pending, { undo: 7 }]],
    ["that the sender said", [pending, approved, { undo: 1 }]],
    ["of what takes back itself", [pending, "hold", { undo: 1 }, { undo: 2 }]],
    ["of a reversal, which is reinstated instead", [sale, { giveBack: 10 }, { undo: 1 }]],
  ])("%s", (what, said) => {
    const { say, shown, outcomes } = books();
    say(said.slice(0, -1));
    const before = shown();
    say(said.slice(-1), said.length - 1);
    expect(shown()).toEqual(before);
    expect(outcomes().at(-1)).toBe(what === "twice" ? "duplicate same_message" : "rejected nothing_to_undo");
  });
});

test("a part that an operator gave back wrongly is reinstated, which no name could say", () => {
  const { say, shown, entries } = books();
  say([sale, { giveBack: 10 }, { giveBack: 5 }]);
  expect(shown()).toMatchObject([{ payout: 2_500_000 }]);
  say([{ recall: 1 }, { recall: 1 }, { recall: 0 }], 3);
  expect(shown()).toMatchObject([{ payout: 3_500_000 }]);
  expect(entries().map(([kind]) => kind)).toEqual(["accrual", "reversal", "reversal", "reinstatement"]);
});

test("what took its place under a cap back keeps it, and what is taken back frees none that it did not take", () => {
  const { say, taken } = books([{ event: "sale", per: "day", limit: 1 }]);
  say([pending, "reject"]);
  expect(taken()).toBe(0);
  say([{ undo: 1 }], 2);
  expect(taken()).toBe(1);
});

test("of an order of which too much was said nothing is taken back", () => {
  const { say, sayTogether, outcomes } = books();
  const refunds = Array.from({ length: 300 }, (_, number) => ({ ...part, amountMicros: 1, refundId: `r${number}` }));
  say([sale, "reject"]);
  sayTogether(refunds, 2);
  say([{ undo: 1 }], 302);
  expect(outcomes().at(-1)).toBe("rejected too_many_messages");
});

test("in whatever order the words and the undo are delivered, and however often, the books are the same", () => {
  const words: Said[] = ["hold", "release", "approve", "reject", { restate: 30 }, approved, dearer, part];
  const history = fc.record({
    said: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 7 }),
    undone: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
    order: fc.infiniteStream(fc.nat(1_000)),
  });
  fc.assert(
    fc.property(history, ({ said, undone, order }) => {
      const undos = undone.map((place): Said => ({ undo: 1 + (place % said.length) }));
      const conversionOf = books();
      conversionOf.say([pending]);
      const id = conversionOf.first();
      const messages = [pending, ...said, ...undos].map((one, second) => messageOf(one, second, id));
      const inOrder = books();
      for (const message of messages) inOrder.settle(message);
      const [first, ...others] = messages;
      const mixed = books();
      if (first) mixed.settle(first);
      const shuffled = others
        .map((message) => ({ message, rank: order.next().value ?? 0 }))
        .sort((left, right) => left.rank - right.rank)
        .map(({ message }) => message);
      for (const message of [...shuffled, ...shuffled]) mixed.settle(message);
      expect(mixed.shown()).toEqual(inOrder.shown());
      expect(mixed.outcomes()).toEqual(inOrder.outcomes());
      expect(mixed.isSumOfEntries()).toBe(true);
    }),
    { numRuns: 60 },
  );
});
