/** What R2 keeps of a message comes back whole, and nothing else does. */
import { expect, test } from "vitest";
import type { ClicksMessage, PostbackMessage, RefusalMessage, RepairMessage } from "../../schema/messages.ts";
import { readMessage, rebuildMessages } from "../../workers/console/postbacks/stored-message.ts";
import { unknownForeignRow } from "../../workers/core/adoption/unknown-foreign.ts";

const POSTBACK: Required<Omit<PostbackMessage, "waits" | "content">> & Pick<PostbackMessage, "content"> = {
  kind: "postback",
  receipt: "r",
  named: true,
  advertiser: 1,
  receivedAtMs: 2,
  row: 3,
  channel: "batch",
  tracker: { number: 6, clickId: "f", target: "/p?c=f", unproven: true },
  credentialVersion: 4,
  addressHash: "h",
  content: { clickId: "c", amountMicros: 5, meta: { shop: "Kiel" }, test: true },
  correction: { by: "ann", note: "n", conversion: "v", restate: true },
  ruling: { by: "ann", note: "n", claim: "c", dismiss: true },
  amendment: { by: "ann", note: "n", whatIf: 7, seen: "s", patches: "[]" },
  replay: true,
};
const REFUSAL: Required<RefusalMessage> = {
  kind: "refusal",
  receipt: "r",
  advertiser: 1,
  receivedAtMs: 2,
  channel: "get",
  reason: "bad_token",
  credentialVersion: 4,
  addressHash: "h",
  parameter: "token",
  clickId: "c",
  event: "sale",
  txid: "t",
  test: true,
  stranger: true,
  times: 3,
  params: { a: "b" },
};
const CLICKS: ClicksMessage = {
  kind: "clicks",
  clicks: [
    { clickId: "c", offer: 1, affiliate: 2, advertiser: 3 },
    {
      clickId: "c",
      offer: 1,
      affiliate: 2,
      advertiser: 3,
      provisional: true,
      embedded: true,
      bot: true,
      country: "DE",
      device: "mobile",
      os: "ios",
      userAgent: "u",
      referrer: "blog.example",
      externalId: "e",
      externalKind: "gclid",
      adConsent: "0",
      subs: ["", "two"],
      visitor: "v",
    },
  ],
};
const REPAIR: RepairMessage = { kind: "repair", advertiser: 1, receipts: ["r"], conversions: [] };

test.each([POSTBACK, REFUSAL, CLICKS, REPAIR])("a message of the kind $kind comes back whole", (kept) => {
  expect(readMessage(JSON.stringify(kept))).toEqual(kept);
});

test.each([true, undefined])(
  "of an unknown click the log's row says, too, whether nobody vouched for it: %s",
  (unproven) => {
    const tracker = { number: 6, clickId: "f", ...(unproven && { unproven }) };
    const message = { ...POSTBACK, channel: "tracker:old", tracker: { ...tracker, target: "/p?c=f" } } as const;
    const replayed = rebuildMessages(unknownForeignRow(message, 9));
    expect(replayed.map((one) => [one.tracker, one.replay])).toEqual([[tracker, true]]);
  },
);

test("a postback's waiting begins anew", () => {
  expect(readMessage(JSON.stringify({ ...POSTBACK, waits: 6 }))).toEqual(POSTBACK);
});

test.each(["", "{", "null", "{}", '{"kind":"letter"}', '{"kind":"clicks"}', '{"kind":"postback","receipt":"r"}'])(
  "%j is none that is known",
  (json) => {
    expect(readMessage(json)).toBeNull();
  },
);
