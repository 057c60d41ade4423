/** Amendments, in the books of one advertiser: what an operator has messages count as under other rules is one entry of each conversion, once, and only while nothing changed. */
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import type { PriceFrom } from "../../workers/core/books/prices-from.ts";
import type { EventTerms } from "../../workers/core/books/set-up.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { amendmentOf, type ChangedFamily, lookAt } from "../../workers/core/what-if/look-under-rules.ts";
import { type EventRules, movesPlaces, type OtherRules } from "../../workers/core/what-if/other-rules.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { archiveSome, booksOf, MemoryBucket, rebuilt } from "./command-archive.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, LINKS, SET_UP, START_MS } from "./world.ts";

const APPLIED_MS = START_MS + 100 * DAY_MS;
const sale = { event: "sale", txid: "T", amountMicros: 40_000_000 } as const;

/** `later` is what sales of shoes are priced by from later moments on. */
function books(later?: PriceFrom[]) {
  const sql = new ObjectStorage();
  createTables(sql);
  const priced = (event: EventTerms): EventTerms => (later && event.name === "sale" ? { ...event, later } : event);
  const links = new Map(
    [...LINKS].map(([number, link]) => [number, { ...link, caps: [], events: link.events.map(priced) }]),
  );
  const settle = (...messages: PostbackMessage[]) => {
    const commands = messages.map((message) =>
      makeCommand(message, message.content.clickId === undefined ? null : (CLICKS[0] ?? null), { ...SET_UP, links }),
    );
    return sql.transaction(() => decideShare(sql, commands, APPLIED_MS)).decided;
  };
  const stored = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversion);
  return {
    sql,
    settle,
    stored,
    say: (content: PostbackContent, daysLater = 1) => settle(messageOf(content, START_MS + daysLater * DAY_MS)),
    look(rules: OtherRules): ChangedFamily[] {
      const dialect = rules.mapping ? makeDialect(rules.mapping) : null;
      const here = { rules, label: "what-if 7", links, dialect, givesPlaces: movesPlaces(rules) };
      const messages = pageOfMessages(sql, "", 100);
      const subject = { messages, conversions: stored(), isMeant: () => true, taken: [] };
      return lookAt(subject, here, (pairs) =>
        makeCommand(carrier({ pairs, seen: "", differences: [], leftOut: null }), null, SET_UP),
      );
    },
    outcomeOf: (receipt: string) => {
      const outcome = pageOfMessages(sql, "", 100).find((one) => one.command.receipt === receipt)?.outcome;
      return [outcome?.status, outcome?.reason].filter(Boolean).join(" ");
    },
    account: () =>
      stored().map((one) => ({
        status: one.status,
        ...bookedTotals(one),
        entries: one.entries.map(({ kind, payout, rule, note }) => [kind, payout / 1_000_000, rule, note]),
      })),
  };
}

let counted = 0;

function messageOf(content: PostbackContent, receivedAtMs: number): PostbackMessage {
  counted++;
  const receipt = `0${String(counted).padStart(25, "0")}`;
  return { kind: "postback", receipt, advertiser: 1, receivedAtMs, channel: "get", content };
}

function carrier(family: ChangedFamily, receipt = `0a${"0".repeat(24)}`, seen = family.seen): PostbackMessage {
  const { patches } = amendmentOf(family, { by: "ann", note: "", whatIf: 7 });
  return {
    kind: "postback",
    receipt,
    named: true,
    advertiser: 1,
    receivedAtMs: APPLIED_MS,
    channel: "console",
    content: {},
    amendment: { by: "ann", note: "what-if 7: agreed in May", whatIf: 7, seen, patches: JSON.stringify(patches) },
  };
}

const only = (families: ChangedFamily[]): ChangedFamily => {
  const [family] = families;
  if (!family || families.length > 1) throw new Error(`${families.length} families`);
  return family;
};

const TWELVE: OtherRules = { offers: { 1: { events: { sale: { payout: { percent: 120_000 } } } } } };
const own = { clickId: "c", ...sale };
const AT_10 = "shoes/sale version 1: payout 10 % of the amount, revenue 15 % of the amount";
const AT_12 = "shoes/sale under what-if 7: payout 12 % of the amount, revenue 15 % of the amount";

describe("another payout", () => {
  test("is one entry, which names the rule and who applied it, and later refunds are of it", () => {
    const { say, settle, look, account, outcomeOf } = books();
    say(own);
    const message = carrier(only(look(TWELVE)));
    settle(message);
    expect(outcomeOf(message.receipt)).toBe("updated");
    say({ ...own, status: "reversed", amountMicros: 10_000_000, refundId: "r" }, 101);
    expect(account()).toEqual([
      {
        status: "approved",
        amount: 30_000_000,
        revenue: 4_500_000,
        payout: 3_600_000,
        entries: [
          ["accrual", 4, AT_10, null],
          ["adjustment", 0.8, AT_12, "ann: what-if 7: agreed in May"],
          ["reversal", -1.2, AT_12, null],
        ],
      },
    ]);
  });

  test("redelivered, or said again by another word, changes nothing more", () => {
    const { say, settle, look, account, outcomeOf } = books();
    say(own);
    const family = only(look(TWELVE));
    const [first] = settle(carrier(family));
    const once = account();
    expect(settle(carrier(family))).toEqual([first]);
    const again = carrier(family, `0b${"0".repeat(24)}`);
    settle(again);
    expect(outcomeOf(again.receipt)).toBe("rejected changed_since");
    expect(account()).toEqual(once);
    expect(look(TWELVE)).toEqual([]);
  });

  test("tells of every row that it writes: its own message, those that it amends, and the entry", () => {
    const { say, settle, look } = books();
    say(own);
    const [decided] = settle(carrier(only(look(TWELVE))));
    const rows = decided && "rows" in decided ? decided.rows : undefined;
    expect(rows?.postbacks.map(({ status, stage }) => [status, stage])).toEqual([
      ["updated", 1],
      ["attributed", 2],
    ]);
    expect(rows?.entries.map(({ kind, seq }) => [kind, seq])).toEqual([["adjustment", 2]]);
    expect(rows?.conversions).toHaveLength(1);
  });

  test("is archived with what it amends, and an object made anew holds the same, refunds of later included", async () => {
    const { sql, say, settle, look, account } = books();
    const bucket = new MemoryBucket();
    say(own);
    await archiveSome(sql, bucket, 1);
    settle(carrier(only(look(TWELVE))));
    await archiveSome(sql, bucket, 1);
    const anew = await rebuilt(bucket, 1);
    expect(booksOf(anew)).toEqual(booksOf(sql));
    const refund = messageOf(
      { ...own, status: "reversed", amountMicros: 10_000_000, refundId: "r" },
      START_MS + 101 * DAY_MS,
    );
    const command = makeCommand(refund, CLICKS[0] ?? null, SET_UP);
    anew.transaction(() => decideShare(anew, [command], APPLIED_MS));
    settle(refund);
    const told = (object: ObjectStorage) => pageOfConversions(object, "", 100).map(({ conversion }) => conversion);
    expect(told(anew)).toEqual(told(sql));
    expect(account()).toMatchObject([{ payout: 3_600_000 }]);
  });

  test("is not applied to what changed since it was looked at", () => {
    const { say, settle, look, account, outcomeOf } = books();
    say(own);
    const message = carrier(only(look(TWELVE)));
    say({ ...own, status: "reversed", amountMicros: 10_000_000, refundId: "r" }, 2);
    const before = account();
    settle(message);
    expect(outcomeOf(message.receipt)).toBe("rejected changed_since");
    expect(account()).toEqual(before);
    expect(look(TWELVE)).toHaveLength(1);
  });

  test("a message that comes late is booked among those that were amended", () => {
    const { say, settle, look, stored } = books();
    say(own, 5);
    settle(carrier(only(look(TWELVE))));
    say({ ...own, status: "reversed", amountMicros: 20_000_000, refundId: "r" }, 4);
    expect(stored().map((one) => bookedTotals(one).payout)).toEqual([2_400_000]);
  });
});

describe("where the price changed at a moment", () => {
  const AT_20 = "shoes/sale version 2: payout 20 % of the amount, revenue 15 % of the amount";
  const TWENTY: PriceFrom = {
    fromMs: START_MS + 10 * DAY_MS,
    payout: { percent: 200_000 },
    revenue: { percent: 150_000 },
    digits: 2,
    version: 2,
    override: null,
  };
  const ofSale = (rules: EventRules): OtherRules => ({ offers: { 1: { events: { sale: rules } } } });
  const payouts = (families: ChangedFamily[]) =>
    families
      .flatMap(({ differences }) => differences)
      .map(({ before, after }) => [before?.txid, before && bookedTotals(before).payout, bookedTotals(after).payout]);

  test("a what-if that changes the price overrides what was by moment, and one that says it again changes nothing more", () => {
    const { say, look, account } = books([TWENTY]);
    say({ ...own, txid: "A" }, 5);
    say({ ...own, txid: "B" }, 15);
    expect(account().flatMap(({ entries }) => entries.map(([, , rule]) => rule))).toEqual([AT_10, AT_20]);
    expect(payouts(look(TWELVE))).toEqual([
      ["A", 4_000_000, 4_800_000],
      ["B", 8_000_000, 4_800_000],
    ]);
    expect(payouts(look(ofSale({ payout: { percent: 100_000 } })))).toEqual([["B", 8_000_000, 4_000_000]]);
    expect(payouts(look(ofSale({ payout: { percent: 200_000 } })))).toEqual([["A", 4_000_000, 8_000_000]]);
  });

  test("what the rules do not say stays as it was at its moment", () => {
    const { say, look } = books([TWENTY]);
    say({ ...own, txid: "A" }, 5);
    say({ ...own, txid: "B" }, 15);
    const differences = look(ofSale({ revenue: { percent: 300_000 } })).flatMap((family) => family.differences);
    expect(differences.map(({ after }) => bookedTotals(after))).toEqual([
      { amount: 40_000_000, revenue: 12_000_000, payout: 4_000_000 },
      { amount: 40_000_000, revenue: 12_000_000, payout: 8_000_000 },
    ]);
    expect(look({ offers: {} })).toEqual([]);
  });

  test("what was amended has its own terms, and goes back to the price of its moment where rules say that one", () => {
    const { say, settle, look, account } = books([TWENTY]);
    say(own, 15);
    settle(carrier(only(look(TWELVE))));
    expect(look({ offers: {} })).toEqual([]);
    expect(look(TWELVE)).toEqual([]);
    settle(carrier(only(look(ofSale({ payout: { percent: 200_000 } }))), `0c${"0".repeat(24)}`));
    expect(account()).toMatchObject([
      {
        payout: 8_000_000,
        entries: [
          ["accrual", 8, AT_20, null],
          ["adjustment", -3.2, AT_12, "ann: what-if 7: agreed in May"],
          ["adjustment", 3.2, AT_20.replace("version 2", "under what-if 7"), "ann: what-if 7: agreed in May"],
        ],
      },
    ]);
  });

  test("a mapping that reads another event prices it as at the message's moment", () => {
    const { say, look } = books([TWENTY]);
    for (const [txid, day] of [
      ["A", 5],
      ["B", 15],
    ] as const)
      say({ ...own, event: "kauf", txid }, day);
    const rules: OtherRules = { offers: {}, mapping: { names: {}, events: { kauf: "sale" }, statuses: {} } };
    const made = look(rules).flatMap(({ differences }) => differences.map(({ after }) => after));
    expect(made.map((one) => [one.txid, bookedTotals(one).payout])).toEqual([
      ["A", 4_000_000],
      ["B", 8_000_000],
    ]);
  });
});

describe("another window", () => {
  test("makes a conversion of what was too late, in one entry of now", () => {
    const { say, settle, look, account, outcomeOf } = books();
    say(own, 40);
    expect(account()).toEqual([]);
    const family = only(look({ offers: { 1: { windowDays: 60 } } }));
    expect(family.differences.map(({ before, after }) => [before, after.status])).toEqual([[null, "approved"]]);
    settle(carrier(family));
    expect(account()).toEqual([
      {
        status: "approved",
        amount: 40_000_000,
        revenue: 6_000_000,
        payout: 4_000_000,
        entries: [["adjustment", 4, AT_10, "ann: what-if 7: agreed in May"]],
      },
    ]);
    expect(outcomeOf(family.pairs[0]?.own.receipt ?? "")).toBe("attributed");
  });

  test("takes away what would have been too late, and leaves its account", () => {
    const { say, settle, look, account } = books();
    say(own, 20);
    settle(carrier(only(look({ offers: { 1: { windowDays: 10 } } }))));
    expect(account()).toMatchObject([
      {
        status: "rejected",
        amount: 0,
        revenue: 0,
        payout: 0,
        entries: [
          ["accrual", 4, AT_10, null],
          ["adjustment", -4, AT_10, "ann: what-if 7: agreed in May"],
        ],
      },
    ]);
  });
});

test("a cap gives its places in the order of receipt", () => {
  const { say, look } = books();
  for (const [index, txid] of ["A", "B", "C"].entries()) say({ ...own, txid }, 1 + index / 10);
  const families = look({ offers: { 1: { caps: [{ event: "sale", per: "day", limit: 2 }] } } });
  expect(
    families.flatMap(({ differences }) => differences.map(({ before, after }) => [before?.txid, after.status])),
  ).toEqual([["C", "rejected"]]);
});

test("an event that counts once for each click takes the later orders away", () => {
  const { say, look } = books();
  for (const [index, txid] of ["A", "B"].entries()) say({ ...own, txid }, 1 + index);
  const families = look({ offers: { 1: { events: { sale: { repeat: "once_per_click" } } } } });
  expect(
    families.flatMap(({ differences }) => differences.map(({ before, after }) => [before?.txid, after.status])),
  ).toEqual([["B", "rejected"]]);
});

test("a mapping reads the event, the status and the names that nobody read", () => {
  const { say, settle, look, account } = books();
  say({ clickId: "c", event: "kauf", txid: "T", unread: { summe: "40.00" }, status: "approved" });
  const rules: OtherRules = {
    offers: {},
    mapping: { names: { summe: "amount" }, events: { kauf: "sale" }, statuses: { approved: "pending" } },
  };
  settle(carrier(only(look(rules))));
  expect(account()).toMatchObject([{ status: "pending", amount: 40_000_000, payout: 4_000_000 }]);
});
