/** Claims go when the postback log's rows of them have gone, and those that nobody has decided when nobody hears them any more. */
import { expect, test } from "vitest";
import { CLAIMS_HEARD_MS, POSTBACKS_KEPT_MS } from "../../workers/core/retention.ts";
import { forgetClaims } from "../../workers/ledger/forget-claims.ts";
import { SqliteD1 } from "./sqlite-platform.ts";
import { START_MS } from "./world.ts";

const STATES = ["open", "confirmed", "replaced", "dismissed", "too_many"] as const;

test("those that are decided and past the log's retention go, open ones and younger ones stay", async () => {
  const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  const insert = DB.db.prepare(
    `INSERT INTO claims (receipt, stage, advertiser, offer, affiliate, link, click_id, event, currency, received_at, settled_at, state, test)
     VALUES (?, 1, 1, 1, 1, 1, 'c', 'sale', 'USD', ?, 0, ?, 0)`,
  );
  for (const state of STATES)
    for (const [age, receivedAtMs] of [["old", START_MS - 1] as const, ["young", START_MS] as const])
      insert.run(`${age} ${state}`, receivedAtMs, state);
  await forgetClaims({ DB }, START_MS + POSTBACKS_KEPT_MS);
  const left = DB.db.prepare("SELECT receipt FROM claims ORDER BY receipt").all();
  expect(left.map(({ receipt }) => receipt)).toEqual(["old open", ...STATES.map((state) => `young ${state}`).sort()]);
  await forgetClaims({ DB }, START_MS + CLAIMS_HEARD_MS);
  expect(DB.db.prepare("SELECT receipt FROM claims").all()).toEqual([{ receipt: "young open" }]);
});
