/** Claims as a table: what comes by the pixel makes nothing, and when the sender speaks, all that it says, and leaves unsaid, stands. */
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { conversionsIn } from "../../../workers/core/books/books-index.ts";
import { makeCommand } from "../../../workers/core/books/command.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import type { SetUp } from "../../../workers/core/books/set-up.ts";
import { CLICKS, DAY_MS, LINKS, SET_UP, START_MS } from "../../ledger/world.ts";

/** What is said, by which click, and how: by the sender, unless it is by the pixel or an operator's word on the claim at that place. */
interface Said extends PostbackContent {
  click?: "own" | "other" | "magazine's";
  day?: number;
  pixel?: true;
  confirms?: number;
  dismisses?: number;
}

interface Story {
  name: string;
  claims?: "ask" | "take_single";
  /** Each message, and what became of it in the end. */
  messages: [Said, string][];
  /** click, status, amount, revenue, payout of each conversion, in units. */
  books: [string, string, number, number, number][];
}

const CLICK_NUMBERS = { own: 0, other: 1, "magazine's": 2 } as const;
const sale = { event: "sale", txid: "T" } as const;
const forty = { ...sale, amountMicros: 40_000_000 } as const;
const renewal = { event: "renewal", txid: "R", click: "own" } as const;
const pixel = { ...forty, click: "own", pixel: true } as const;
const thief = { ...pixel, click: "other" } as const;

const STORIES: Story[] = [
  { name: "the pixel makes no conversion", messages: [[pixel, "parked claim"]], books: [] },
  {
    name: "the pixel without a click says nothing",
    messages: [[{ ...forty, pixel: true }, "unattributed no_click"]],
    books: [],
  },
  {
    name: "a thief who calls the pixel with a coming order's number is not paid when the shop approves it",
    messages: [
      [thief, "parked claim"],
      [{ ...sale, status: "approved" }, "parked ambiguous_order"],
    ],
    books: [],
  },
  {
    name: "and the sender's click is, with what had waited for it",
    messages: [
      [thief, "duplicate claim_replaced"],
      [{ ...sale, status: "approved" }, "updated"],
      [{ ...forty, click: "own", status: "pending" }, "attributed"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "whichever click the pixel named, a sender that names one means that one",
    claims: "take_single",
    messages: [
      [thief, "duplicate claim_replaced"],
      [{ ...forty, click: "own" }, "attributed"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "a postback without a status, behind the pixel, is approved",
    messages: [
      [pixel, "duplicate claim_replaced"],
      [{ ...forty, click: "own" }, "attributed"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "what the sender leaves unsaid, the pixel did not say",
    messages: [
      [{ ...renewal, amountMicros: 900_000_000, revenueMicros: 90_000_000, pixel: true }, "duplicate claim_replaced"],
      [{ event: "renewal", click: "own" }, "attributed"],
    ],
    books: [["own", "approved", 0, 0, 0]],
  },
  {
    name: "a click of 60 days is expired, whenever the pixel says that it was",
    messages: [
      [{ ...pixel, day: 60, occurredAtMs: START_MS + DAY_MS }, "parked claim"],
      [{ ...forty, click: "own", day: 60 }, "rejected click_expired"],
    ],
    books: [],
  },
  {
    name: "and so it is where the sender names the order only",
    claims: "take_single",
    messages: [
      [{ ...pixel, day: 1 }, "parked claim"],
      [{ ...forty, day: 60 }, "rejected click_expired"],
    ],
    books: [],
  },
  {
    name: "the pixel repeats what the sender has said",
    messages: [
      [{ ...forty, click: "own", status: "pending" }, "attributed"],
      [{ ...pixel, amountMicros: 90_000_000 }, "duplicate claim_replaced"],
      [{ ...sale, txid: "U", click: "own", pixel: true }, "parked claim"],
    ],
    books: [["own", "pending", 40, 6, 4]],
  },
  {
    name: "a claim of another order or event stays one",
    messages: [
      [{ ...pixel, txid: "U" }, "parked claim"],
      [{ ...pixel, event: "lead" }, "parked claim"],
      [{ ...forty, click: "own" }, "attributed"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "a click without an order's number takes every claim on it, until it has one",
    messages: [
      [{ ...pixel, txid: "U" }, "parked claim"],
      [pixel, "duplicate claim_replaced"],
      [{ event: "sale", amountMicros: 40_000_000, click: "own" }, "attributed"],
      [{ ...sale, click: "own" }, "updated"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "where the offer allows it, an order number takes the click of the one claim",
    claims: "take_single",
    messages: [
      [{ ...pixel, amountMicros: 900_000_000 }, "duplicate claim_replaced"],
      [{ ...forty, status: "pending" }, "attributed"],
      [{ ...sale, status: "approved" }, "updated"],
      [{ event: "sale", click: "own" }, "duplicate same_message"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "of two clicks that claim it, it takes none",
    claims: "take_single",
    messages: [
      [pixel, "parked claim"],
      [{ ...pixel, click: "magazine's" }, "parked claim"],
      [forty, "parked ambiguous_order"],
    ],
    books: [],
  },
  {
    name: "it takes no claim that came later, nor one of another event",
    claims: "take_single",
    messages: [
      [{ ...pixel, event: "lead" }, "parked claim"],
      [forty, "unattributed unknown_order"],
      [pixel, "parked claim"],
    ],
    books: [],
  },
  {
    name: "without an event it means the first that is claimed",
    claims: "take_single",
    messages: [
      [pixel, "parked claim"],
      [{ ...pixel, event: "lead" }, "duplicate claim_replaced"],
      [{ txid: "T" }, "attributed"],
    ],
    books: [["own", "approved", 0, 4, 2.5]],
  },
  {
    name: "a reversal waits for its sale, not for a claim",
    claims: "take_single",
    messages: [
      [pixel, "duplicate claim_replaced"],
      [{ ...sale, status: "reversed", amountMicros: 10_000_000 }, "updated"],
      [forty, "attributed"],
    ],
    books: [["own", "approved", 30, 4.5, 3]],
  },
  {
    name: "an operator confirms a claim, which is approved as it was said, when it was said",
    messages: [
      [{ ...pixel, day: 3, occurredAtMs: START_MS }, "duplicate claim_confirmed"],
      [{ confirms: 0, day: 50 }, "attributed"],
      [{ confirms: 0, day: 51 }, "duplicate same_message"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "what the sender says then replaces the claim's amount, even where the event takes no other",
    messages: [
      [{ ...renewal, amountMicros: 900_000_000, pixel: true }, "duplicate claim_confirmed"],
      [{ confirms: 0 }, "attributed"],
      [{ event: "renewal", txid: "R", status: "approved" }, "duplicate same_message"],
      [{ event: "renewal", txid: "R", amountMicros: 30_000_000 }, "updated"],
      [{ event: "renewal", txid: "R", amountMicros: 60_000_000 }, "duplicate amount_ignored"],
    ],
    books: [["own", "approved", 30, 0, 1]],
  },
  {
    name: "an order that waits for an operator applies to the claim that is confirmed",
    messages: [
      [thief, "duplicate claim_replaced"],
      [pixel, "duplicate claim_confirmed"],
      [{ ...sale, amountMicros: 20_000_000 }, "updated"],
      [{ confirms: 1 }, "attributed"],
    ],
    books: [["own", "approved", 20, 3, 2]],
  },
  {
    name: "what the operator says besides stands in place of the claim's",
    messages: [
      [pixel, "duplicate claim_confirmed"],
      [{ confirms: 0, status: "pending", amountMicros: 20_000_000 }, "attributed"],
    ],
    books: [["own", "pending", 20, 3, 2]],
  },
  {
    name: "a claim outside the window is not confirmed, nor one in another currency",
    messages: [
      [{ ...pixel, day: 31, occurredAtMs: START_MS + DAY_MS }, "parked claim"],
      [{ confirms: 0, day: 32 }, "rejected click_expired"],
      [{ ...pixel, txid: "U", currency: "EUR" }, "parked claim"],
      [{ confirms: 2 }, "rejected wrong_currency"],
    ],
    books: [],
  },
  {
    name: "a dismissed claim takes no order, until it is confirmed",
    claims: "take_single",
    messages: [
      [pixel, "duplicate claim_confirmed"],
      [{ dismisses: 0 }, "updated"],
      [forty, "unattributed unknown_order"],
      [{ confirms: 0 }, "attributed"],
      [{ dismisses: 0 }, "rejected no_open_claim"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
  {
    name: "dismissed, it stays so, and the sender's word counts all the same",
    messages: [
      [pixel, "rejected claim_dismissed"],
      [{ dismisses: 0 }, "updated"],
      [{ ...forty, txid: "U", click: "own" }, "attributed"],
    ],
    books: [["own", "approved", 40, 6, 4]],
  },
];

function bookStory({ messages, claims = "ask" }: Story) {
  const links = new Map([...LINKS].map(([number, link]) => [number, { ...link, claims }]));
  const said = messages.map(([one]) => one);
  return bookAll(said.map((one, place) => commandOf(said, one, place, { ...SET_UP, links })));
}

function commandOf(all: readonly Said[], one: Said, place: number, setUp: SetUp) {
  const { click, day, pixel: byPixel, confirms, dismisses, ...content } = one;
  const claim = all[confirms ?? dismisses ?? -1];
  const from = claim?.click ?? click;
  const number = from === undefined ? null : CLICK_NUMBERS[from];
  const message: PostbackMessage = {
    kind: "postback",
    receipt: receiptOf(place),
    advertiser: 1,
    receivedAtMs: START_MS + 3_600_000 + place + (day ?? 0) * DAY_MS,
    channel: byPixel ? "pixel" : claim ? "console" : "get",
    content: number === null ? content : { ...content, clickId: `${number}`.repeat(36) },
  };
  if (claim?.event !== undefined) message.content.event = claim.event;
  if (claim?.txid !== undefined) message.content.txid = claim.txid;
  if (claim) message.ruling = { by: "ann", note: "n", claim: receiptOf(confirms ?? dismisses ?? -1) };
  if (message.ruling && dismisses !== undefined) message.ruling.dismiss = true;
  return makeCommand(message, number === null ? null : (CLICKS[number] ?? null), setUp);
}

function receiptOf(place: number): string {
  return `${place}`.padStart(26, "0");
}

describe("the books after each story", () => {
  test.each(STORIES)("$name", (story) => {
    const index = bookStory(story);
    const outcomes = story.messages.map((_, place) => index.messages.get(receiptOf(place))?.outcome);
    expect(outcomes.map((one) => [one?.status, one?.reason].filter(Boolean).join(" "))).toEqual(
      story.messages.map(([, outcome]) => outcome),
    );
    const told = conversionsIn(index).map(({ click, status, entries }) => {
      const sum = (column: "amount" | "revenue" | "payout"): number =>
        entries.reduce((total, entry) => total + entry[column], 0) / 1_000_000;
      const [name] = Object.entries(CLICK_NUMBERS).find(([, number]) => click.clickId.startsWith(`${number}`)) ?? [];
      return [name, status, sum("amount"), sum("revenue"), sum("payout")];
    });
    expect(told).toEqual(story.books);
  });
});

test("nothing that the pixel said survives the sender's word", () => {
  const said = { occurredAtMs: START_MS + 60_000, coupon: "SPRING", customer: "new", meta: { a: "b" } } as const;
  const [conversion] = conversionsIn(
    bookStory({
      name: "",
      messages: [
        [{ ...pixel, ...said, revenueMicros: 7 }, ""],
        [{ event: "sale", click: "own" }, ""],
      ],
      books: [],
    }),
  );
  expect(conversion).toMatchObject({ txid: null, facts: {}, amountMicros: 0, postedRevenueMicros: 0 });
  expect(conversion?.occurredAtMs).toBe(conversion?.base.receivedAtMs);
});

test("what the pixel made before it made claims stays, and moves nothing", () => {
  const said = [pixel, { ...pixel, amountMicros: 90_000_000 }].map((one) => ({ ...one, status: "pending" as const }));
  const index = bookAll(said.map((one, place) => ({ ...commandOf(said, one, place, SET_UP), claim: null })));
  expect(conversionsIn(index)).toMatchObject([{ status: "pending", amountMicros: 40_000_000 }]);
});

test("a confirmed claim names the operator in its account, happened when it was received, and keeps what rides along", () => {
  const messages: Story["messages"] = [
    [{ ...pixel, coupon: "SPRING", occurredAtMs: START_MS }, ""],
    [{ confirms: 0, day: 3 }, ""],
  ];
  const [conversion] = conversionsIn(bookStory({ name: "", messages, books: [] }));
  expect(conversion).toMatchObject({ facts: { coupon: "SPRING" }, occurredAtMs: START_MS + 3_600_000, txid: "T" });
  expect(conversion?.entries).toMatchObject([{ kind: "accrual", receipt: receiptOf(1), note: "ann: n" }]);
});
