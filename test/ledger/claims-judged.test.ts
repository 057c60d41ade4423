/** What judges an order that takes a claim's click: the set-up as it is when the sender speaks, and not as it was when anyone called the pixel. */
import { beforeAll, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import { deliveryOf, partsOn } from "../properties/ledger-in-process.ts";
import { RolledBackDatabases } from "../properties/rolled-back-databases.ts";
import { seedSetUp } from "./seed.ts";
import { CLICKS, type IssuedClick, issueClicks, START_MS, testKeyRing } from "./world.ts";

const databases = new RolledBackDatabases();
let ring: KeyRing;
let clicks: IssuedClick[];

beforeAll(async () => {
  ring = await testKeyRing();
  clicks = await issueClicks(ring);
});

const REVIEW = "UPDATE affiliates SET status = 'review' WHERE number = 1";
const FULL = `UPDATE offers SET caps = '[{"event":"sale","per":"day","limit":1}]' WHERE number = 1`;
const ASK = "UPDATE offers SET claims = 'ask' WHERE number = 1";
const SLOW = "UPDATE offers SET min_seconds = 36000 WHERE number = 1";

/** Settles each batch and runs each statement on the books, in their order; gives what the log says of `ofOrder`. */
async function story(steps: readonly (string | PostbackMessage[])[], ofOrder: PostbackMessage): Promise<string> {
  return databases.takingBack(async () => {
    seedSetUp(databases.DB.db);
    const parts = partsOn(databases, ring);
    for (const step of steps) {
      if (typeof step === "string") databases.DB.db.exec(step);
      else await settleOrRetry(parts, step.map(deliveryOf));
    }
    const row = databases.LOG.db
      .prepare("SELECT status, reason, conversion_id FROM postbacks WHERE receipt = ?")
      .get(ofOrder.receipt);
    const held = databases.DB.db
      .prepare("SELECT hold_reason FROM conversions WHERE conversion_id = ? AND hold = 'held'")
      .get(String(row?.conversion_id));
    return [row?.status, row?.reason, held?.hold_reason].filter(Boolean).join(" ");
  });
}

let count = 0;

function message(content: PostbackMessage["content"], channel: PostbackMessage["channel"] = "get"): PostbackMessage {
  const number = ++count;
  const receipt = `0${String(number).padStart(9, "0")}`.padEnd(26, "0");
  const receivedAtMs = (CLICKS[0]?.issuedAtMs ?? START_MS) + 3_600_000 + number;
  return { kind: "postback", receipt, advertiser: 1, receivedAtMs, channel, content: { event: "sale", ...content } };
}

const onClick = (place = 0) => ({ clickId: clicks[place]?.id ?? "" });

test("a claim that comes late is met by the attempt before which it was received, though a later attempt of that message was barred", async () => {
  const order = { ...message({ txid: "T", amountMicros: 40_000_000 }), named: true as const };
  const barred = { ...order, receivedAtMs: order.receivedAtMs + 60_000, credentialVersion: 9 };
  const claim = { ...message({ txid: "T", ...onClick() }, "pixel"), receivedAtMs: order.receivedAtMs - 1 };
  expect(await story([[barred], [order], [claim]], order)).toBe("attributed");
});

test("nothing changed between them: the order takes the claim's click", async () => {
  const order = message({ txid: "T", amountMicros: 40_000_000 });
  const claim = { ...message({ txid: "T", ...onClick() }, "pixel"), receivedAtMs: order.receivedAtMs - 1 };
  expect(await story([[claim], [order]], order)).toBe("attributed");
});

test.each([
  ["an affiliate that came under review since holds it", [REVIEW], "attributed affiliate_review"],
  ["one whose review is over does not", [REVIEW, REVIEW.replace("review", "active")], "attributed"],
  ["a time that has to pass since the click is the present one", [SLOW], "rejected too_soon"],
  ["an offer that asks by now is asked", [ASK], "parked ambiguous_order"],
])("%s", async (_, changes, became) => {
  const claim = message({ txid: "T", ...onClick() }, "pixel");
  const order = message({ txid: "T", amountMicros: 40_000_000 });
  const [first, ...others] = changes;
  const before = others.length > 0 && first ? [first] : [];
  expect(await story([...before, [claim], ...(others.length > 0 ? others : changes), [order]], order)).toBe(became);
});

test("a cap that was set since is full for it", async () => {
  const claim = message({ txid: "T", ...onClick() }, "pixel");
  const other = message({ txid: "U", ...onClick(1) });
  const order = message({ txid: "T", amountMicros: 40_000_000 });
  expect(await story([[claim], FULL, [other], [order]], order)).toBe("rejected over_cap");
});

test("it is found by the order's other name in the sender's message too", async () => {
  const claim = message({ txid: "T", ...onClick() }, "pixel");
  const order = message({ txid: "U", alsoTxid: "T", amountMicros: 40_000_000 });
  expect(await story([[claim], REVIEW, [order]], order)).toBe("attributed affiliate_review");
});

test("a claim that is delivered after it brings the set-up of its own settling", async () => {
  const claim = message({ txid: "T", ...onClick() }, "pixel");
  const order = message({ txid: "T", amountMicros: 40_000_000 });
  expect(await story([[order], REVIEW, [claim]], order)).toBe("attributed affiliate_review");
});

test("what the message brought judges it again when it is booked anew", async () => {
  const claim = message({ txid: "T", ...onClick() }, "pixel");
  const late = message({ txid: "T", status: "reversed", refundId: "r", amountMicros: 1_000_000 });
  const order = message({ txid: "T", amountMicros: 40_000_000 });
  const over = REVIEW.replace("review", "active");
  expect(await story([[claim], REVIEW, [order], over, [late]], order)).toBe("attributed affiliate_review");
});
