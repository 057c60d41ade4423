/** What is kept of a sender's address: a hash that tells it from others in the log of one advertiser, and never the address. */
import { expect, test } from "vitest";
import { ACME, clickId, Door, tokenOf } from "./door.ts";

const OTHER = { ...ACME, advertiser: 8, slug: "other" };
const query = `click_id=${await clickId()}&event=sale`;
const token = await tokenOf(ACME.advertiser);
const HASH = /^[0-9a-hjkmnp-tv-z]{16}$/;

async function sent(address: string, { advertiser, slug } = ACME): Promise<Door> {
  const door = new Door({ ...ACME, pixel: true }, OTHER);
  const headers = { "CF-Connecting-IP": address };
  await door.send(`/p/${slug}?${query}&token=${await tokenOf(advertiser)}`, { headers });
  return door;
}

test("one address has one hash with one advertiser", async () => {
  const of = async (...told: Parameters<typeof sent>) => (await sent(...told)).queued[0]?.addressHash;
  const hash = await of("192.0.2.7");
  expect(hash).toMatch(HASH);
  expect(await of("192.0.2.7")).toBe(hash);
  expect(await of("192.0.2.8")).not.toBe(hash);
  expect(await of("192.0.2.7", OTHER)).toMatch(HASH);
  expect(await of("192.0.2.7", OTHER)).not.toBe(hash);
});

test("a row of a batch has it, and what is refused, and a visitor's pixel has not", async () => {
  const door = await sent("192.0.2.7");
  const headers = { "CF-Connecting-IP": "192.0.2.7", Authorization: `Bearer ${token}` };
  const rows = `${JSON.stringify({ click_id: await clickId(2), event: "sale" })}\n`;
  await door.send("/p/acme/batch", {
    method: "POST",
    body: rows,
    headers: { ...headers, "Content-Type": "application/x-ndjson" },
  });
  await door.send("/p/acme?amount=x", { headers });
  await door.send(`/p/acme.gif?${query}`, { headers });
  await door.send("/p/acme.gif?amount=x", { headers });
  const [single, row, pixel] = door.queued;
  expect(single?.addressHash).toMatch(HASH);
  expect(row?.addressHash).toBe(single?.addressHash);
  expect(pixel).toMatchObject({ channel: "pixel" });
  expect(pixel).not.toHaveProperty("addressHash");
  const [refused, refusedPixel] = door.refused;
  expect(refused?.addressHash).toBe(single?.addressHash);
  expect(refusedPixel).toMatchObject({ channel: "pixel" });
  expect(refusedPixel).not.toHaveProperty("addressHash");
  expect(JSON.stringify([door.queued, door.refused]) + door.logs).not.toContain("192.0.2.7");
});
