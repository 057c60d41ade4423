/** Holds and an operator's decisions, in the books of one advertiser: what the sender says behind them, and what it comes to. */
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import { MAX_WAITING } from "../../workers/core/books/operators-word.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import type { LinkTerms } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

/** What the sender says, or what the operator does with the first conversion; each a second after the one before. */
type Said = PostbackContent | "hold" | "release" | "approve" | "reject" | { restate: number } | { giveBack: number };

const sale = { txid: "T", amountMicros: 40_000_000 } as const;
const pending = { ...sale, status: "pending" } as const;
const approved = { txid: "T", status: "approved" } as const;
const rejected = { txid: "T", status: "rejected" } as const;
const back = { txid: "T", status: "reversed" } as const;
const part = { ...back, amountMicros: 10_000_000, refundId: "r1" } as const;

function books(change: Partial<LinkTerms> = {}) {
  const sql = new ObjectStorage();
  createTables(sql);
  const links = new Map([...LINKS].map(([number, link]) => [number, { ...link, ...change }]));
  const stored = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversion);
  const settle = (message: PostbackMessage): void => {
    const click = CLICKS.find(({ counter }) => message.content.clickId === clickId(counter)) ?? null;
    sql.transaction(() => decideShare(sql, [makeCommand(message, click, { ...SET_UP, links })], START_MS));
  };
  return {
    settle,
    /** The ID of the first conversion. */
    first: () => stored()[0]?.id ?? "",
    say: (all: readonly Said[], from = 0) => {
      for (const [index, said] of all.entries()) settle(messageOf(said, from + index, stored()[0]?.id ?? ""));
    },
    outcomes: () =>
      pageOfMessages(sql, "", 300).map(({ outcome }) => [outcome.status, outcome.reason].filter(Boolean).join(" ")),
    reasons: () => pageOfMessages(sql, "", 300).map(({ outcome }) => outcome.reason),
    conversions: () =>
      stored().map((conversion) => {
        const { status, hold, hold_reason, txid } = conversionRow(conversion, 0);
        return { status, hold, hold_reason, txid, payout: bookedTotals(conversion).payout / 1_000_000 };
      }),
    entries: () => stored().flatMap(({ entries }) => entries),
    taken: () => Number(sql.exec("SELECT coalesce(sum(taken), 0) AS taken FROM caps").toArray()[0]?.taken),
  };
}

/** Stands for the ID of that click of the test programme. */
function clickId(counter: number): string {
  return String(counter).padStart(36, "c");
}

function messageOf(said: Said, second: number, conversion: string): PostbackMessage {
  const message = {
    kind: "postback",
    receipt: `0${String(second).padStart(3, "0")}`.padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 700_000 + second * 1_000,
  } as const;
  const word = wordOf(said);
  if ("sent" in word)
    return { ...message, channel: "get", content: { event: "sale", clickId: clickId(1), ...word.sent } };
  const { content, ...correction } = word;
  return {
    ...message,
    channel: "console",
    named: true,
    content,
    correction: { conversion, by: "ann", note: "asked the shop", ...correction },
  };
}

function wordOf(
  said: Said,
): { sent: PostbackContent } | { content: PostbackContent; act?: "hold" | "release"; restate?: true } {
  if (said === "hold" || said === "release") return { content: {}, act: said };
  if (said === "approve") return { content: { status: "approved" } };
  if (said === "reject") return { content: { status: "rejected" } };
  if ("restate" in said) return { content: { amountMicros: said.restate * 1_000_000 }, restate: true };
  if ("giveBack" in said) return { content: { status: "reversed", amountMicros: said.giveBack * 1_000_000 } };
  return { sent: said };
}

interface Story {
  name: string;
  /** Each, with what became of it in the end. */
  said: [Said, string][];
  /** status, hold and payout of each conversion. */
  books: [string, string, number][];
}

const STORIES: Story[] = [
  {
    name: "the shop does not overrule an operator's rejection, whatever it says",
    said: [
      [pending, "attributed"],
      ["reject", "updated"],
      [approved, "rejected operator_rejected"],
      [{ ...sale, amountMicros: 50_000_000 }, "rejected operator_rejected"],
      [part, "rejected operator_rejected"],
      [back, "rejected operator_rejected"],
    ],
    books: [["rejected", "rejected_by_operator", 0]],
  },
  {
    name: "an operator rejects what the shop approved",
    said: [
      [sale, "attributed"],
      ["reject", "updated"],
      [approved, "rejected operator_rejected"],
    ],
    books: [["rejected", "rejected_by_operator", 0]],
  },
  {
    name: "an operator who rejects may approve later",
    said: [
      [pending, "attributed"],
      ["reject", "updated"],
      ["reject", "duplicate same_message"],
      ["approve", "updated"],
      ["approve", "duplicate same_message"],
      [part, "updated"],
    ],
    books: [["approved", "", 3]],
  },
  {
    name: "a released rejection stays rejected until the sender says otherwise",
    said: [
      [pending, "attributed"],
      ["reject", "updated"],
      ["release", "updated"],
      [approved, "updated"],
    ],
    books: [["approved", "", 4]],
  },
  {
    name: "what is said behind a hold waits",
    said: [
      [pending, "attributed"],
      ["hold", "updated"],
      ["hold", "duplicate same_message"],
      [approved, "parked held"],
      [{ ...sale, amountMicros: 60_000_000 }, "parked held"],
      [back, "parked held"],
      [{ ...sale, currency: "EUR" }, "rejected wrong_currency"],
    ],
    books: [["pending", "held", 4]],
  },
  {
    name: "a release lets what waited count in the order of receipt",
    said: [
      [pending, "attributed"],
      ["hold", "updated"],
      [approved, "updated"],
      [{ ...sale, amountMicros: 60_000_000 }, "updated"],
      [{ ...sale, status: "pending" }, "rejected status_not_allowed"],
      [part, "updated"],
      ["release", "updated"],
      ["release", "duplicate same_message"],
      [{ ...sale, amountMicros: 70_000_000 }, "updated"],
    ],
    books: [["approved", "", 6]],
  },
  {
    name: "of what waited behind an approval only refunds count",
    said: [
      [pending, "attributed"],
      ["hold", "updated"],
      [rejected, "duplicate operator_decided"],
      [{ ...sale, amountMicros: 60_000_000 }, "duplicate operator_decided"],
      [part, "updated"],
      ["approve", "updated"],
      [{ txid: "T", status: "rejected" }, "rejected status_not_allowed"],
    ],
    books: [["approved", "", 3]],
  },
  {
    name: "nothing of what waited behind a rejection counts",
    said: [
      [pending, "attributed"],
      ["hold", "updated"],
      [approved, "rejected operator_rejected"],
      [part, "rejected operator_rejected"],
      ["reject", "updated"],
    ],
    books: [["rejected", "rejected_by_operator", 0]],
  },
  {
    name: "an approved conversion that is held shows as pending, and is approved again by the release alone",
    said: [
      [sale, "attributed"],
      ["hold", "updated"],
    ],
    books: [["pending", "held", 4]],
  },
  {
    name: "an approval ends the hold of what was approved before",
    said: [
      [sale, "attributed"],
      ["hold", "updated"],
      ["approve", "updated"],
    ],
    books: [["approved", "", 4]],
  },
  {
    name: "an operator gives back behind a hold, and does not restate there",
    said: [
      [sale, "attributed"],
      ["hold", "updated"],
      [{ restate: 10 }, "rejected held"],
      [{ giveBack: 20 }, "updated"],
      ["release", "updated"],
      [{ restate: 30 }, "updated"],
    ],
    books: [["approved", "", 1]],
  },
  {
    name: "what was given back whole is neither approved nor rejected",
    said: [
      [sale, "attributed"],
      [back, "updated"],
      ["hold", "updated"],
      ["approve", "rejected status_not_allowed"],
      ["reject", "rejected status_not_allowed"],
      ["release", "updated"],
    ],
    books: [["reversed", "", 0]],
  },
  {
    name: "an order that is first named behind a hold is the conversion's, and others are sales of their own",
    said: [
      [{ amountMicros: 40_000_000, status: "pending" }, "attributed"],
      ["hold", "updated"],
      [{ ...sale, status: "approved" }, "updated"],
      [{ txid: "U", amountMicros: 10_000_000 }, "attributed"],
      ["release", "updated"],
      [{ ...approved, event: "sale" }, "duplicate same_message"],
    ],
    books: [
      ["approved", "", 4],
      ["approved", "", 1],
    ],
  },
  {
    name: "an order that is first named behind a rejection is not a sale of its own either",
    said: [
      [{ amountMicros: 40_000_000, status: "pending" }, "attributed"],
      ["reject", "updated"],
      [sale, "rejected operator_rejected"],
      [sale, "rejected operator_rejected"],
      [{ ...sale, clickId: clickId(2) }, "rejected operator_rejected"],
    ],
    books: [["rejected", "rejected_by_operator", 0]],
  },
  {
    name: "an order whose message is refused at the release is not a sale of its own",
    said: [
      [{ amountMicros: 40_000_000, status: "pending" }, "attributed"],
      ["hold", "updated"],
      [{ status: "approved" }, "updated"],
      [{ ...sale, status: "rejected" }, "rejected status_not_allowed"],
      ["release", "updated"],
      [sale, "duplicate same_message"],
    ],
    books: [["approved", "", 4]],
  },
];

describe("stories of holds", () => {
  test.each(STORIES)("$name", ({ said, books: expected }) => {
    const { say, outcomes, conversions } = books();
    say(said.map(([one]) => one));
    expect(outcomes()).toEqual(said.map(([, outcome]) => outcome));
    expect(conversions().map(({ status, hold, payout }) => [status, hold, payout])).toEqual(expected);
  });

  test.each(STORIES)("$name, whichever message comes late", ({ said, books: expected }) => {
    for (let late = 1; late < said.length; late++) {
      const { settle, say, first, outcomes, conversions } = books();
      say(said.slice(0, 1).map(([one]) => one));
      const messages = said.map(([one], second) => messageOf(one, second, first()));
      const order = [...messages.slice(1, late), ...messages.slice(late + 1), ...messages.slice(late, late + 1)];
      for (const message of order) settle(message);
      expect(outcomes()).toEqual(said.map(([, outcome]) => outcome));
      const held = conversions().map(({ status, hold, payout }) => [status, hold, payout]);
      // Which of two sales on one click has which ID is decided by which was known first.
      expect(held.map(String).sort()).toEqual(expected.map(String).sort());
    }
  });
});

describe("held from the first word on", () => {
  const LARGE = { maxAmountMicros: 40_000_000 };

  test("new conversions of an affiliate in review, whatever the sender says, until they are released", () => {
    const { say, conversions, outcomes } = books({ inReview: true });
    say([sale, approved]);
    expect(conversions()).toMatchObject([
      { status: "pending", hold: "held", hold_reason: "affiliate_review", payout: 4 },
    ]);
    say(["release"], 2);
    expect(conversions()).toMatchObject([{ status: "approved", hold: "", hold_reason: null, payout: 4 }]);
    expect(outcomes()).toEqual(["attributed", "duplicate same_message", "updated"]);
  });

  test("a sale above the offer's limit is held and not refused; one at the limit is not", () => {
    const { say, conversions } = books(LARGE);
    say([sale, { ...sale, txid: "U", amountMicros: 40_000_001 }]);
    expect(conversions()).toMatchObject([
      { status: "approved", hold: "" },
      { status: "pending", hold: "held", hold_reason: "large_amount" },
    ]);
  });

  test("posted revenue above the limit holds too, and revenue that is not posted does not", () => {
    const { say, conversions } = books(LARGE);
    const large = { amountMicros: 1, revenueMicros: 40_000_100 };
    say([
      { event: "renewal", txid: "R", ...large },
      { event: "sale", txid: "S", ...large },
    ]);
    expect(conversions().map(({ hold }) => hold)).toEqual(["held", ""]);
  });

  test("a restatement above the limit waits before it counts; released, it counts, and a smaller one behind it is not held", () => {
    const { say, conversions, outcomes } = books(LARGE);
    say([sale, { ...sale, amountMicros: 90_000_000 }]);
    expect(conversions()).toMatchObject([{ status: "pending", hold: "held", hold_reason: "large_amount", payout: 4 }]);
    say(["release"], 2);
    expect(conversions()).toMatchObject([{ status: "approved", hold: "", payout: 9 }]);
    say([{ ...sale, amountMicros: 80_000_000 }], 3);
    expect(conversions()).toMatchObject([{ status: "approved", hold: "", payout: 8 }]);
    say([{ ...sale, amountMicros: 90_000_001 }, "approve"], 4);
    expect(conversions()).toMatchObject([{ status: "approved", hold: "", payout: 8 }]);
    expect(outcomes()).toEqual([
      "attributed",
      "updated",
      "updated",
      "updated",
      "duplicate operator_decided",
      "updated",
    ]);
  });

  test("a restatement that the event ignores holds nothing", () => {
    const { say, conversions } = books(LARGE);
    const renewal = { event: "renewal", txid: "R" };
    say([
      { ...renewal, amountMicros: 1 },
      { ...renewal, amountMicros: 90_000_000 },
    ]);
    expect(conversions()).toMatchObject([{ hold: "" }]);
  });

  test("a refund that came before its sale waits with it", () => {
    const { say, conversions, outcomes } = books({ inReview: true });
    say([part, sale]);
    expect(outcomes()).toEqual(["parked held", "attributed"]);
    say(["release"], 2);
    expect(conversions()).toMatchObject([{ status: "approved", payout: 3 }]);
  });
});

test("both answers name a reason of their own", () => {
  const { say, reasons } = books();
  say([sale, "hold", approved, "approve", "reject", approved]);
  expect(reasons()).toEqual([null, null, "operator_decided", null, null, "operator_rejected"]);
});

test("a held conversion keeps its place under a cap, and a rejected one frees it", () => {
  const { say, outcomes, taken } = books({ inReview: true, caps: [{ event: "sale", per: "day", limit: 1 }] });
  say([sale, { ...rejected }, { ...sale, txid: "U" }]);
  expect(taken()).toBe(1);
  expect(outcomes()).toEqual(["attributed", "parked held", "rejected over_cap"]);
  say(["reject"], 3);
  expect(taken()).toBe(0);
});

test("the account says who held it, why, and what it came to", () => {
  const { say, entries } = books();
  say([sale, "hold", back, "release"]);
  const told = entries().map(({ kind, status, payout, note }) => [kind, status, payout / 1_000_000, note]);
  expect(told).toEqual([
    ["accrual", "approved", 4, null],
    ["hold", "pending", 0, "ann: asked the shop"],
    ["release", "approved", 0, "ann: asked the shop"],
    ["reversal", "reversed", -4, null],
  ]);
});

test("the account says which rule held it", () => {
  const { say, entries } = books({ maxAmountMicros: 40_000_000 });
  say([sale, { ...sale, amountMicros: 90_000_000 }, { ...sale, txid: "U", amountMicros: 90_000_000 }]);
  expect(entries().map(({ kind, note }) => [kind, note])).toEqual([
    ["accrual", null],
    ["hold", "held: large_amount"],
    ["accrual", "held: large_amount"],
  ]);
});

test("so many messages wait behind one hold, and a sender's loop does not add to them", () => {
  const { say, outcomes } = books();
  say([sale, "hold", ...Array.from({ length: MAX_WAITING + 1 }, () => approved)]);
  expect(outcomes().filter((outcome) => outcome === "parked held")).toHaveLength(MAX_WAITING);
  expect(outcomes().at(-1)).toBe("rejected too_many_messages");
});
