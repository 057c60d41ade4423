/** Every answer of every door says that it is what it says, and that this host is called by TLS. */
import { expect, test } from "vitest";
import { ACME, clickId, Door, tokenOf } from "./door.ts";

const token = await tokenOf(ACME.advertiser);
const click = await clickId();
const ROWS = { method: "POST", body: "click_id,txid\n,A", headers: { "Content-Type": "text/csv" } };

test.each<[string, string, RequestInit | undefined]>([
  ["what is taken", `/p/acme?click_id=${click}&txid=A&token=${token}`, undefined],
  ["what is refused", `/p/acme?txid=A&token=${token}x`, undefined],
  ["a batch", `/p/acme/batch?token=${token}`, ROWS],
  ["the pixel", `/p/acme.gif?click_id=${click}`, undefined],
  ["a path that leads nowhere", "/p/acme/nothing", undefined],
  ["a method that is not taken", "/p/acme", { method: "DELETE" }],
])("%s", async (_, path, init) => {
  const { headers } = await new Door({ ...ACME, pixel: true }).send(path, init);
  expect([headers.get("x-content-type-options"), headers.get("strict-transport-security")]).toEqual([
    "nosniff",
    "max-age=31536000",
  ]);
});
