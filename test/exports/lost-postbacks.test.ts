/** Postbacks that became no conversion: whose they are, as their click ID names a link, and who sees them. */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPostback } from "../../workers/console/postbacks/log.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { conversionRow, plant, plantLog, plantSetUp, postbackRow, receiptNumber, START_MS } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";
import { ringOf } from "../core/keys.ts";

const RING = await ringOf({ 1: 0x11 }, 1);

const click = (link: number) =>
  issueClickId(RING, { issuedAtMs: START_MS, link, counter: 7, test: false, provisional: false });
const lost = [
  { status: "rejected", reason: "over_cap", click_id: click(2) },
  { status: "rejected", reason: "window", click_id: click(2).toUpperCase() },
  { status: "rejected", reason: "foreign_click", click_id: click(2) },
  { status: "refused", reason: "forged", click_id: click(2) },
  { status: "parked", reason: "awaits_sale", click_id: click(1) },
  { status: "unattributed", reason: "no_click", click_id: null },
  { status: "refused", reason: "malformed", click_id: `${"2".repeat(12)}000000g${"u".repeat(17)}` },
  { status: "refused", reason: "malformed", click_id: "000000g" },
].map((changes, number) =>
  postbackRow(conversionRow(number), { ...changes, receipt: receiptNumber(number), conversion_id: null }),
);
const receipts = (...places: number[]) => places.map(receiptNumber);
let api: Console;
beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  const booked = [0, 1, 2].map((number) => conversionRow(number));
  await plant(api.env.DB, "conversions", booked);
  await plantLog(
    api.env,
    booked.map((row) => postbackRow(row)),
  );
  await plantLog(api.env, lost);
});
afterAll(() => api.stop());

async function csv(path: string, token?: string): Promise<Record<string, string>[]> {
  const { text } = await api.call("GET", `/api/exports/${path}`, undefined, token);
  return parse(text, { columns: true, record_delimiter: "\r\n" });
}

test.each([
  ["link=deal", [0, 1, 2, 3]],
  ["link=demo", [4]],
  ["link=hat", []],
  ["offer=shoes", [0, 1, 2, 3, 4]],
  ["offer=shoes&affiliate=deals&status=rejected", [0, 1, 2]],
])("%s: the click ID names their link", async (query, expected) => {
  const rows = (await csv(`postbacks.csv?${query}`)).filter(({ conversion_id }) => conversion_id === "");
  expect(rows.map(({ receipt }) => receipt).sort()).toEqual(receipts(...expected));
});

test("an affiliate sees why its sale was rejected, and nothing that may be forged or is none of its business", async () => {
  const made = await api.call("POST", "/api/tokens", { name: "lost", role: "affiliate", subject: "deals" });
  const { token } = Object(made.json);
  const rows = (await csv("postbacks.csv", token)).filter(({ conversion_id }) => conversion_id === "");
  expect(rows.map(({ receipt, reason }) => `${receipt} ${reason}`).sort()).toEqual([
    `${receiptNumber(0)} over_cap`,
    `${receiptNumber(1)} window`,
  ]);
  const listed = await api.call("GET", "/api/postbacks?status=rejected&limit=100", undefined, token);
  expect(
    Object(listed.json)
      .items.map(({ receipt }: { receipt: string }) => receipt)
      .sort(),
  ).toEqual(receipts(0, 1));
  const caller = { name: "lost", role: "affiliate", scope: { affiliate: 2 } } as const;
  const sees = async (place: number) => (await readPostback(api.env, caller, receiptNumber(place))).ok;
  expect([await sees(0), await sees(2), await sees(3), await sees(4)]).toEqual([true, false, false, false]);
});
