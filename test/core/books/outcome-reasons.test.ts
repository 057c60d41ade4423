/** The closed list of what the ledger says: each reason is produced, here by the books alone, or where more than they are needed. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { makeCommand, type ReadClick } from "../../../workers/core/books/command.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import type { SetUp } from "../../../workers/core/books/set-up.ts";
import { OUTCOME_REASONS, type OutcomeReason, REFUSALS, REPLAYABLE_REASONS } from "../../../workers/core/reasons.ts";
import { CLICKS, DAY_MS, LINKS, SET_UP, START_MS } from "../../ledger/world.ts";

interface Told {
  /** Messages of one advertiser in the order of receipt; the last has the reason. */
  messages: (PostbackContent & { click?: ReadClick; version?: number })[];
  setUp?: SetUp;
  status: string;
}

const [SHOES, , , HATS, TEA] = CLICKS.map((click): ReadClick => click);
const RECEIVED_MS = START_MS + DAY_MS;
const sale = { event: "sale", txid: "T", amountMicros: 40_000_000 } as const;
const back = { event: "sale", txid: "T", status: "reversed" } as const;
const of = (click: ReadClick | undefined) => ({ click: click ?? null });

function setUpWith(link: number, change: object): SetUp {
  const terms = LINKS.get(link);
  if (!terms) throw new Error(`no link ${link}`);
  return { ...SET_UP, links: new Map([...LINKS, [link, { ...terms, ...change }]]) };
}

/** How each reason comes about; a path is the test that needs more than the books. */
const PRODUCED: Record<OutcomeReason, Told | string> = {
  no_click: { messages: [{ event: "sale", amountMicros: 1 }], status: "unattributed" },
  unknown_order: { messages: [{ ...sale, txid: "nobody's" }], status: "unattributed" },
  same_refund: {
    messages: [
      { ...sale, ...of(SHOES) },
      { ...back, amountMicros: 1_000_000 },
      { ...back, amountMicros: 1_000_000 },
    ],
    status: "duplicate",
  },
  other_event: {
    messages: [
      { ...sale, ...of(SHOES) },
      { event: "refund", txid: "T" },
    ],
    status: "unattributed",
  },
  unknown_link: {
    messages: [
      {
        ...sale,
        ...of({ ...(CLICKS[0] ?? { issuedAtMs: 0, counter: 0, test: false, provisional: false }), link: 999 }),
      },
    ],
    status: "unattributed",
  },
  foreign_click: { messages: [{ ...sale, ...of(TEA) }], status: "rejected" },
  click_expired: {
    messages: [{ ...sale, ...of(SHOES) }],
    setUp: setUpWith(1, { windowDays: 0 }),
    status: "rejected",
  },
  too_soon: { messages: [{ ...sale, ...of(HATS), occurredAtMs: START_MS + 180_000 + 4_999 }], status: "rejected" },
  before_click: { messages: [{ ...sale, ...of(SHOES), occurredAtMs: START_MS - 1_001 }], status: "rejected" },
  occurred_in_future: {
    messages: [{ ...sale, ...of(SHOES), occurredAtMs: RECEIVED_MS + 300_001 }],
    status: "rejected",
  },
  unknown_event: { messages: [{ ...sale, ...of(SHOES), event: "gift" }], status: "rejected" },
  wrong_currency: { messages: [{ ...sale, ...of(SHOES), currency: "EUR" }], status: "rejected" },
  over_cap: "test/ledger/caps.test.ts",
  status_not_allowed: {
    messages: [
      { ...sale, ...of(SHOES) },
      { ...sale, status: "pending" },
    ],
    status: "rejected",
  },
  credentials_revoked: { messages: [{ ...sale, ...of(SHOES), version: 9 }], status: "rejected" },
  too_many_messages: "test/core/books/moves.test.ts",
  awaits_sale: { messages: [back], status: "parked" },
  same_message: { messages: [{ ...sale, ...of(SHOES) }, sale], status: "duplicate" },
  amount_ignored: {
    messages: [
      { event: "renewal", txid: "R", amountMicros: 2, ...of(SHOES) },
      { event: "renewal", txid: "R", amountMicros: 3 },
    ],
    status: "duplicate",
  },
  clamped: {
    messages: [
      { ...sale, ...of(SHOES) },
      { ...back, amountMicros: 50_000_000 },
    ],
    status: "updated",
  },
  undeliverable: "test/ledger/dead-letters.test.ts",
  awaits_reversal: {
    messages: [
      { ...sale, ...of(SHOES) },
      { ...back, status: "reinstated" },
    ],
    status: "parked",
  },
  name_not_taken: {
    messages: [{ ...sale, ...of(SHOES) }, ...["A", "B", "C", "D"].map((alsoTxid) => ({ ...sale, alsoTxid }))],
    status: "duplicate",
  },
  no_offer_events: { messages: [{ ...sale, ...of(SHOES) }], setUp: setUpWith(1, { events: [] }), status: "rejected" },
  claim: "test/core/books/claims.test.ts",
  ambiguous_order: "test/core/books/claims.test.ts",
  too_many_claims: "test/ledger/claim-limits.test.ts",
  claim_replaced: "test/core/books/claims.test.ts",
  claim_confirmed: "test/core/books/claims.test.ts",
  claim_dismissed: "test/core/books/claims.test.ts",
  no_open_claim: "test/core/books/claims.test.ts",
  held: {
    messages: [{ ...sale, ...of(SHOES) }, back],
    setUp: setUpWith(1, { inReview: true }),
    status: "parked",
  },
  operator_rejected: "test/ledger/holds.test.ts",
  operator_decided: "test/ledger/holds.test.ts",
  pixel_day_full: "test/ledger/pixel-limits.test.ts",
  pixel_too_late: "test/ledger/pixel-limits.test.ts",
  foreign_unknown: "test/ledger/adopted-clicks.test.ts",
  imported: "test/ledger/imported.test.ts",
  undone: "test/ledger/undoing.test.ts",
  nothing_to_undo: "test/ledger/undoing.test.ts",
  changed_since: "test/ledger/amendments.test.ts",
};

describe("the list of outcomes", () => {
  test("numbers each reason once, apart from the door's, and tells what to do", () => {
    const numbers = Object.values(OUTCOME_REASONS).map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 101));
    expect(Object.keys(REFUSALS).filter((name) => name in OUTCOME_REASONS)).toEqual([]);
    for (const { message } of Object.values(OUTCOME_REASONS)) expect(message).toMatch(/^\S.{20,}\.$/);
  });

  test.each(Object.entries(PRODUCED))("%s is said", (reason, told) => {
    if (typeof told === "string") expect(readFileSync(told, "utf8")).toMatch(new RegExp(`["\\s]${reason}"`));
    else expect(lastOutcome(told)).toMatchObject({ status: told.status, reason });
  });

  test("a replay takes those after which a message took no key, but what no set-up mends", () => {
    const keyless = Object.entries(PRODUCED).filter(
      ([, told]) => typeof told !== "string" && (told.status === "rejected" || told.status === "unattributed"),
    );
    // A cap's story is told elsewhere, and another tracker's click. A revoked token stays revoked, and what is one too many stays one too many.
    const replayed = [...keyless.map(([reason]) => reason), "over_cap", "foreign_unknown"].filter(
      (one) => one !== "credentials_revoked",
    );
    expect(replayed.toSorted()).toEqual(REPLAYABLE_REASONS.toSorted());
  });
});

test.each<[string, PostbackContent, string | null]>([
  ["another event of the offer", { event: "lead", txid: "T" }, "other_event"],
  ["an event of no offer", { event: "refund", txid: "T" }, "other_event"],
  ["no event", { txid: "T" }, "same_message"],
  ["another event and another order", { event: "refund", txid: "U" }, "unknown_order"],
  ["another event, as a test", { event: "refund", txid: "T", test: true }, "unknown_order"],
])("of an order that is held, with %s", (_, message, reason) => {
  expect(lastOutcome({ messages: [{ ...sale, ...of(SHOES) }, message], status: "" })).toMatchObject({ reason });
});

function lastOutcome({ messages, setUp = SET_UP }: Told): object | undefined {
  const commands = messages.map(({ click = null, version, ...content }, number) => {
    const message: PostbackMessage = {
      kind: "postback",
      receipt: `${number}`.padStart(26, "0"),
      advertiser: 1,
      receivedAtMs: RECEIVED_MS + number,
      channel: "get",
      content: click === null ? content : { ...content, clickId: "c".repeat(36) },
      ...(version === undefined ? {} : { credentialVersion: version }),
    };
    return makeCommand(message, click, setUp);
  });
  const last = `${messages.length - 1}`.padStart(26, "0");
  return bookAll(commands).messages.get(last)?.outcome;
}
