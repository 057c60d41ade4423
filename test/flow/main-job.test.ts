/** The main job over HTTP, through the workers: click, postback, receipt, conversion, export; and the same postback again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let token: string;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());

async function click(query = ""): Promise<string> {
  const answer = await system.fetchClick(`/c/demo${query}`, {
    headers: { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" },
  });
  expect(answer.status).toBe(302);
  const id = /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0];
  if (!id) throw new Error(`no click ID in ${answer.headers.get("location")}`);
  return id;
}

async function postback(parameters: Record<string, string>): Promise<string> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...parameters, token })}`);
  const body: { status?: string; receipt?: string } = JSON.parse(await answer.text());
  expect([answer.status, body.status]).toEqual([200, "accepted"]);
  return body.receipt ?? "";
}

interface Receipt {
  status: string;
  reason: string | null;
  duplicate_of: string | null;
  conversion: string | null;
}

/** The receipt once it is settled. */
function settled(receipt: string): Promise<Receipt> {
  return waitFor(async () => {
    const answer = await system.fetchConsole(`/receipts/${receipt}`, { headers: { authorization: `Bearer ${token}` } });
    const body: Receipt = JSON.parse(await answer.text());
    return answer.status === 200 && body.status !== "queued" ? body : null;
  });
}

async function exported(): Promise<string[]> {
  const answer = await system.fetchConsole("/api/exports/conversions.csv");
  expect(answer.status).toBe(200);
  return (await answer.text()).trim().split("\r\n");
}

test("a click, its postback, and the same postback again", async () => {
  const clickId = await click("?sub1=spring&external_id=abc");
  const first = await postback({ click_id: clickId, event: "sale", txid: "order-1", amount: "49.99" });
  const attributed = await settled(first);
  expect(attributed.status).toBe("attributed");

  const again = await settled(await postback({ click_id: clickId, event: "sale", txid: "order-1", amount: "49.99" }));
  expect(again).toMatchObject({ status: "duplicate", duplicate_of: first, conversion: attributed.conversion });

  const [header, ...rows] = await exported();
  const columns = header?.split(",") ?? [];
  const row = Object.fromEntries(columns.map((column, index) => [column, rows[0]?.split(",")[index]]));
  expect(rows).toHaveLength(1);
  expect(row).toMatchObject({
    conversion_id: attributed.conversion,
    advertiser: "acme",
    offer: "shoes",
    affiliate: "blog",
    link: "demo",
    event: "sale",
    txid: "order-1",
    click_id: clickId,
    status: "approved",
    currency: "USD",
    amount: "49.99",
    payout: "5.00",
    sub1: "spring",
    external_id: "abc",
  });
});

test("the search finds an order by either of its names, for who sees it, and by its whole name only", async () => {
  const sale = { click_id: await click(), event: "sale", txid: "found-1", also_txid: "cart-1", amount: "10" };
  const { conversion } = await settled(await postback(sale));
  const paths = async (q: string, bearer?: string) => {
    const headers = bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } };
    const answer = await system.fetchConsole(`/api/search?${new URLSearchParams({ q })}`, headers);
    const { found }: { found: { path: string }[] } = JSON.parse(await answer.text());
    return found.map(({ path }) => path);
  };
  const tokenOf = async (role: string, subject: string): Promise<string> => {
    const body = JSON.stringify({ name: `${role} ${subject}`, role, subject });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    return JSON.parse(await (await system.fetchConsole("/api/tokens", init)).text()).token;
  };
  for (const name of ["found-1", "cart-1"]) expect(await paths(name)).toEqual([`/conversions/${conversion}`]);
  expect(await paths("found-")).toEqual([]);
  const listed = async (txid: string) => {
    const { items } = JSON.parse(await (await system.fetchConsole(`/api/conversions?txid=${txid}`)).text());
    return Object(items).map((item: { conversion_id: string }) => item.conversion_id);
  };
  expect([await listed("found-1"), await listed("found-")]).toEqual([[conversion], []]);
  expect(await paths("found-1", await tokenOf("advertiser", "acme"))).toEqual([`/conversions/${conversion}`]);
  expect(await paths("found-1", await tokenOf("affiliate", "blog"))).toEqual([`/conversions/${conversion}`]);
  const other = JSON.stringify({ slug: "other", name: "Other" });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: other };
  expect((await system.fetchConsole("/api/affiliates", init)).status).toBe(201);
  expect(await paths("found-1", await tokenOf("affiliate", "other"))).toEqual([]);
});

test("two hundred identical postbacks at once make one conversion and 199 duplicates that name it", {
  timeout: 60_000,
}, async () => {
  const clickId = await click();
  const receipts = await Promise.all(
    Array.from({ length: 200 }, () => postback({ click_id: clickId, event: "sale", txid: "crowd", amount: "10" })),
  );
  for (const receipt of receipts) await settled(receipt);
  // A batch that was received first and decided last books anew, so what was read before it may name another one.
  const outcomes: Receipt[] = [];
  for (const receipt of receipts) outcomes.push(await settled(receipt));
  const attributed = outcomes.filter(({ status }) => status === "attributed");
  expect(attributed).toHaveLength(1);
  const [winner] = receipts.filter((_, index) => outcomes[index]?.status === "attributed");
  const duplicates = outcomes.filter(({ status, duplicate_of }) => status === "duplicate" && duplicate_of === winner);
  expect(duplicates).toHaveLength(199);
});

test("a refund takes back its share, in whatever order it comes", async () => {
  const clickId = await click();
  const early = await postback({ click_id: clickId, event: "sale", txid: "back", status: "reversed", amount: "10" });
  expect((await settled(early)).status).toBe("parked");
  await settled(await postback({ click_id: clickId, event: "sale", txid: "back", amount: "40" }));
  const now = await waitFor(async () => {
    const receipt = await settled(early);
    return receipt.status === "updated" ? receipt : null;
  });
  const answer = await system.fetchConsole(`/api/conversions/${now.conversion}`);
  const body: Record<string, unknown> = JSON.parse(await answer.text());
  expect(JSON.stringify(body)).toContain("10 % of the amount");
  const [, ...rows] = await exported();
  expect(rows.find((row) => row.includes(",back,"))).toMatch(/,approved,USD,30\.00,4\.50,3\.00,/);
});

test("a pending order shrinks, is reversed, and comes back as it was when the dispute is won", async () => {
  const clickId = await click();
  const order = { click_id: clickId, event: "sale", txid: "disputed" };
  const send = async (parameters: Record<string, string>) =>
    (await settled(await postback({ ...order, ...parameters }))).status;
  const row = async () => (await exported()).find((line) => line.includes(",disputed,"));
  expect(await send({ amount: "40", status: "pending" })).toBe("attributed");
  expect(await send({ refunded_total: "10" })).toBe("updated");
  expect(await send({ status: "reinstated", refund_id: "dp_1" })).toBe("parked");
  expect(await row()).toMatch(/,pending,USD,30\.00,4\.50,3\.00,/);
  expect(await send({ status: "reversed" })).toBe("updated");
  expect(await send({ status: "approved" })).toBe("rejected");
  expect(await row()).toMatch(/,reversed,USD,0\.00,0\.00,0\.00,/);
  expect(await send({ status: "reinstated" })).toBe("updated");
  // The one that waited for this reversal undoes it at once.
  expect(await send({ status: "reversed", refund_id: "dp_1" })).toBe("updated");
  expect(await row()).toMatch(/,pending,USD,30\.00,4\.50,3\.00,/);
  expect(await send({ status: "approved", amount: "40" })).toBe("updated");
  expect(await row()).toMatch(/,approved,USD,30\.00,4\.50,3\.00,/);
});

test("a refund that knows the order by its payment finds it, before the order says so and after", async () => {
  const clickId = await click();
  const early = await postback({ click_id: clickId, event: "sale", txid: "pi_1", status: "reversed", amount: "10" });
  expect((await settled(early)).status).toBe("parked");
  await settled(await postback({ click_id: clickId, event: "sale", txid: "in_1", also_txid: "pi_1", amount: "40" }));
  await waitFor(async () => ((await settled(early)).status === "updated" ? true : null));
  const late = await postback({ event: "sale", txid: "pi_1", status: "reversed", amount: "5", refund_id: "re_2" });
  expect((await settled(late)).status).toBe("updated");
  expect((await exported()).find((row) => row.includes(",in_1,"))).toMatch(/,approved,USD,25\.00,3\.75,2\.50,/);
});

test("what names no click and no known order is kept as unattributed, and a foreign event is rejected with its reason", async () => {
  const clickId = await click();
  const [orphan, gift] = await Promise.all([
    postback({ txid: "nobody", event: "sale", amount: "5" }),
    postback({ click_id: clickId, event: "gift" }),
  ]);
  expect(await settled(orphan)).toMatchObject({ status: "unattributed", reason: "unknown_order" });
  expect(await settled(gift)).toMatchObject({ status: "rejected", reason: "unknown_event" });
});
