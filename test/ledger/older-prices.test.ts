/** What was booked before prices had digits keeps its price to the micro, whatever is said of it later and in whatever order; what is made after it has them. */
import { expect, test } from "vitest";
import type { PostbackContent } from "../../schema/messages.ts";
import { type Command, makeCommand } from "../../workers/core/books/command.ts";
import type { Terms } from "../../workers/core/books/terms.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { type IssuedClick, issueClicks, SET_UP, START_MS, testKeyRing } from "./world.ts";

const [click] = await issueClicks(await testKeyRing());
const SALE = { event: "sale", txid: "T" } as const;

function commandAt(second: number, content: PostbackContent, { id, click }: IssuedClick): Command {
  return makeCommand(
    {
      kind: "postback",
      receipt: String(second).padStart(26, "0"),
      advertiser: 1,
      receivedAtMs: START_MS + 600_000 + second * 1_000,
      channel: "get",
      content: { clickId: id, ...SALE, ...content },
    },
    click,
    SET_UP,
  );
}

/** As the ledger made it before. */
function asBefore(command: Command): Command {
  if (!command.terms) throw new Error("no terms");
  const { digits, ...older }: Terms = command.terms;
  expect(digits).toBe(2);
  return { ...command, terms: older };
}

function books() {
  if (!click) throw new Error("no click");
  const storage = new ObjectStorage();
  createTables(storage);
  const take = (command: Command): void => {
    storage.transaction(() => decideShare(storage, [command], command.receivedAtMs));
  };
  return {
    before: (second: number, content: PostbackContent) => take(asBefore(commandAt(second, content, click))),
    now: (second: number, content: PostbackContent) => take(commandAt(second, content, click)),
    payouts: () =>
      pageOfConversions(storage, "", 10).map(({ conversion: { txid, entries, status } }) => [
        txid,
        status,
        ...entries.map(({ payout }) => payout),
      ]),
  };
}

const SOLD = { amountMicros: 49_950_000 };
const back = (amountMicros: number, refundId: string) => ({ status: "reversed", amountMicros, refundId }) as const;

test("a refund that comes now gives back its share to the micro, and all of them everything", () => {
  const { before, now, payouts } = books();
  before(10, SOLD);
  now(20, back(9_990_000, "1"));
  now(30, back(39_960_000, "2"));
  expect(payouts()).toEqual([["T", "reversed", 4_995_000, -999_000, -3_996_000]]);
});

test("a message that comes late has its family booked anew, at the price that it had", () => {
  const { before, now, payouts } = books();
  before(10, SOLD);
  now(40, back(9_990_000, "1"));
  now(30, { status: "approved", coupon: "none" });
  now(20, back(9_990_000, "2"));
  expect(payouts()).toEqual([["T", "approved", 4_995_000, -999_000, -999_000]]);
});

test("another amount is priced as the first was", () => {
  const { before, now, payouts } = books();
  before(10, SOLD);
  now(20, { amountMicros: 49_850_000 });
  expect(payouts()).toEqual([["T", "approved", 4_995_000, -10_000]]);
});

test("what is made now beside it has digits, refunds included", () => {
  const { before, now, payouts } = books();
  before(10, SOLD);
  now(20, { ...SOLD, txid: "U" });
  now(30, { ...back(9_990_000, "1"), txid: "U" });
  now(40, { ...back(9_990_000, "2"), txid: "U" });
  expect(payouts()).toEqual([
    ["T", "approved", 4_995_000],
    ["U", "approved", 5_000_000, -1_000_000, -1_000_000],
  ]);
});
