/** Adopting clicks in the console: reports as trackers write them, what is told of each row, the ledger's word on them, and the replay of what had waited. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { messagesOf } from "../../workers/console/trackers/adopted-import.ts";
import { unknownForeignRow } from "../../workers/core/adoption/unknown-foreign.ts";
import { waitFor } from "../flow/system.ts";
import { type Console, startConsole } from "./console.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const CLICKED_MS = NOW_MS - 5 * DAY_MS - (NOW_MS % 1_000);
const iso = (atMs: number) => new Date(atMs).toISOString();
const local = (atMs: number) => iso(atMs).slice(0, 19).replace("T", " ");

let api: Console;

beforeAll(async () => {
  api = await startConsole();
  for (const slug of ["acme", "teahouse"]) await api.call("POST", "/api/advertisers", { slug, name: slug });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" });
  await api.call("POST", "/api/offers", {
    slug: "shoes",
    name: "Shoes",
    advertiser: "acme",
    destination: "https://shop.example/",
    currency: "EUR",
    events: [{ name: "sale", payout: { percent: "10" } }],
  });
  await api.call("POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" });
  for (const [number, slug, dialect, alias] of [
    [1, "old-keitaro", "keitaro", "x7Kd93ab"],
    [2, "old-affise", "affise", "12/7"],
    [3, "old-tune", "tune", "40/9"],
    [4, "old-everflow", "everflow", "2/1"],
    [5, "old-voluum", "voluum", "6f1f0b5e-1111-4222-8333-444455556666"],
    [6, "old-binom", "binom", "k1"],
  ] as const) {
    await api.env.DB.prepare(
      `INSERT INTO trackers (number, slug, name, dialect, advertiser, sub_ids, created_at, updated_at) VALUES (?, ?, ?, ?, 2, '{"keyword":"sub9"}', 0, 0)`,
    )
      .bind(number, slug, slug, dialect)
      .run();
    await api.env.DB.prepare("INSERT INTO link_aliases (tracker, alias, link, made_at) VALUES (?, ?, 1, 0)")
      .bind(number, alias)
      .run();
  }
});
afterAll(() => api.stop());

const send = (tracker: string, body: string, query = "") =>
  api.call("POST", `/api/trackers/${tracker}/clicks${query}`, body);
const adopted = async (tracker: number) =>
  (await api.env.DB.prepare("SELECT * FROM adopted_clicks WHERE tracker = ? ORDER BY foreign_id").bind(tracker).all())
    .results;

describe("a report", () => {
  test.each([
    [
      "of Keitaro’s Admin API",
      "old-keitaro",
      1,
      JSON.stringify({
        sub_id: "51ts6sgr1cbkdhljnrv",
        datetime: local(CLICKED_MS),
        campaign_alias: "x7Kd93ab",
        country_code: "DE",
        device_type: "Mobile phone",
        os: "iOS",
        browser: "Safari",
        referrer: "https://Blog.example/post?x=1",
        external_id: "gclid-1",
        sub_id_1: "news",
        keyword: "red shoes",
      }),
      {
        foreign_id: "51ts6sgr1cbkdhljnrv",
        country: "DE",
        device: "mobile",
        os: "ios",
        referrer: "blog.example",
        external_id: "gclid-1",
        sub1: "news",
        sub9: "red shoes",
      },
    ],
    [
      "of Affise as CSV, whose IDs have no case",
      "old-affise",
      2,
      `click_id;created_at;offer_id;partner_id;sub1;country\n5C9A0F0E1B2D3A4B5C6D7E8F;${iso(CLICKED_MS)};12;7;a;us`,
      { foreign_id: "5c9a0f0e1b2d3a4b5c6d7e8f", sub1: "a", country: "US" },
    ],
    [
      "of TUNE with its own names",
      "old-tune",
      3,
      `Stat.ad_id,Stat.datetime,Stat.offer_id,Stat.affiliate_id,Stat.affiliate_info1,Stat.affiliate_info2\n102f0a0b0c0d0e0f1a1b1c1d1e1f2a,${local(CLICKED_MS)},40,9,one,two`,
      { foreign_id: "102f0a0b0c0d0e0f1a1b1c1d1e1f2a", sub1: "one", sub2: "two" },
    ],
    [
      "of Everflow’s API, with members in members",
      "old-everflow",
      4,
      JSON.stringify({
        transaction_id: "c7601cf259fbc45952352043959ef237",
        unix_timestamp: CLICKED_MS / 1_000,
        sub1: "x",
        source_id: "src",
        relationship: { offer: { network_offer_id: 1 }, affiliate: { network_affiliate_id: 2 } },
      }),
      { foreign_id: "c7601cf259fbc45952352043959ef237", sub1: "x", external_id: "src" },
    ],
    [
      "of Voluum, with a title of columns in capitals",
      "old-voluum",
      5,
      `Click ID,Visit timestamp,Campaign ID,Custom variable 1,External ID\nwABCDEFGHIJKLMNOPQRSTUVW,${local(CLICKED_MS)},6F1F0B5E-1111-4222-8333-444455556666,cv,ext`,
      { foreign_id: "wABCDEFGHIJKLMNOPQRSTUVW", sub1: "cv", external_id: "ext" },
    ],
    [
      "of Binom as its button writes it",
      "old-binom",
      6,
      `Clickid\tTime click\tKey\tGEO\tt1\n1a2b3c4d5e6f7\t${local(CLICKED_MS)}\tk1\tFR\ttoken`,
      { foreign_id: "1a2b3c4d5e6f7", sub1: "token", country: "FR" },
    ],
  ])("%s is adopted", async (_, slug, number, body, row) => {
    const checked = await send(slug, body, "?check=1&time_zone=UTC");
    expect(checked.json).toMatchObject({ rows: 1, new: 1, known: 0, not_adopted: 0, first_at: iso(CLICKED_MS) });
    expect(await adopted(number)).toEqual([]);
    expect((await send(slug, body, "?time_zone=UTC")).json).toMatchObject({ new: 1 });
    await waitFor(async () => (await adopted(number)).length === 1);
    expect(await adopted(number)).toMatchObject([{ ...row, link: 1, clicked_at: CLICKED_MS }]);
    expect((await send(slug, body, "?time_zone=UTC")).json).toMatchObject({ new: 0, known: 1, not_adopted: 0 });
  });
});

test("each row that is not adopted is told with its line, and what to do", async () => {
  const id = (number: number) => `51ts6sgr1cbkdhljn${String(number).padStart(3, "0")}`;
  const rows = [
    `,${iso(CLICKED_MS)},x7Kd93ab,`,
    `short,${iso(CLICKED_MS)},x7Kd93ab,`,
    `${id(1)},,x7Kd93ab,`,
    `${id(2)},yesterday,x7Kd93ab,`,
    `${id(3)},${local(CLICKED_MS)},x7Kd93ab,`,
    `${id(4)},${iso(NOW_MS + DAY_MS)},x7Kd93ab,`,
    `${id(5)},${iso(NOW_MS - 500 * DAY_MS)},x7Kd93ab,`,
    `${id(6)},${iso(CLICKED_MS)},,`,
    `${id(7)},${iso(CLICKED_MS)},nowhere,`,
    `${id(8)},${iso(CLICKED_MS)},,no-such-link`,
    `${id(9)},${iso(CLICKED_MS)},,demo`,
    `${id(9)},${iso(CLICKED_MS)},,demo`,
    `${id(9)},${iso(CLICKED_MS + 1)},,demo`,
    `51ts6sgr1cbkdhljnrv,${iso(CLICKED_MS + 1)},,demo`,
  ];
  const answer = await send("old-keitaro", `click_id,clicked_at,alias,link\n${rows.join("\n")}`, "?check=1");
  expect(answer.json).toMatchObject({ rows: 14, new: 1, known: 1, not_adopted: 12 });
  const { lines } = JSON.parse(answer.text);
  expect(lines.map(({ line, reason, text }: Record<string, unknown>) => [line, reason, text])).toEqual([
    [2, "no_click_id", null],
    [3, "not_its_click_id", "short"],
    [4, "no_time", null],
    [5, "unreadable_time", "yesterday"],
    [6, "no_time_zone", local(CLICKED_MS)],
    [7, "in_future", iso(NOW_MS + DAY_MS)],
    [8, "too_old", iso(NOW_MS - 500 * DAY_MS)],
    [9, "no_link", null],
    [10, "unknown_alias", "nowhere"],
    [11, "unknown_link", "no-such-link"],
    [14, "said_twice", id(9)],
    [15, "adopted_otherwise", "51ts6sgr1cbkdhljnrv"],
  ]);
});

test("a local time is read in the zone that is said", async () => {
  const summer = "2026-07-01 12:00:00";
  const body = `click_id,clicked_at,link\n51ts6sgr1cbkdhljn777,${summer},demo`;
  const answer = await send("old-keitaro", body, "?check=1&time_zone=Europe/Berlin");
  expect(answer.json).toMatchObject({ new: 1, first_at: "2026-07-01T10:00:00.000Z" });
  expect((await send("old-keitaro", body, "?check=1&time_zone=Berlin")).status).toBe(400);
});

test("what is no table, no tracker and nobody’s to send is refused", async () => {
  expect((await send("old-keitaro", "")).status).toBe(400);
  expect((await send("nobody", "click_id\nx")).status).toBe(404);
  expect((await api.call("POST", "/api/trackers/old-keitaro/clicks", "x", null)).status).toBe(401);
});

test("postbacks that waited for a click are replayed once it is adopted, and booked with its advertiser", async () => {
  const postback = (number: number, clickId: string): PostbackMessage => ({
    kind: "postback",
    receipt: String(number).padStart(26, "0"),
    advertiser: 2,
    receivedAtMs: NOW_MS - DAY_MS,
    channel: "tracker:old-keitaro",
    tracker: { number: 1, clickId },
    content: { event: "sale", txid: `order-${number}`, amountMicros: 50_000_000, unread: { nickname: "xanthippe" } },
  });
  for (const message of [postback(1, "51ts6sgr1cbkdhljnaaa"), postback(2, "51ts6sgr1cbkdhljnbbb")])
    await api.env.LOG.prepare(
      `INSERT INTO postbacks (receipt, stage, advertiser, received_at, settled_at, status, reason, click_id, event, txid, channel, test, params, proven, stranger, times)
       SELECT value ->> 'receipt', 0, 2, value ->> 'received_at', 0, 'unattributed', 'foreign_unknown', value ->> 'click_id', 'sale', value ->> 'txid', value ->> 'channel', 0, value ->> 'params', 0, 0, 1 FROM json_each(?)`,
    )
      .bind(JSON.stringify([unknownForeignRow(message, NOW_MS)]))
      .run();
  const told = await api.call("GET", "/api/trackers/old-keitaro/clicks");
  expect(told.json).toMatchObject({ clicks: 1, waiting: 2, first_at: iso(CLICKED_MS) });
  const replay = (tracker: string) => api.call("POST", "/api/replay", { reason: "foreign_unknown", tracker });
  expect((await replay("old-keitaro")).json).toMatchObject({ queued: 0, skipped: 2 });
  await send("old-keitaro", `click_id,clicked_at,link,sub1\n51ts6sgr1cbkdhljnaaa,${iso(CLICKED_MS)},demo,yes`);
  await waitFor(async () => (await adopted(1)).length === 2);
  expect((await replay("old-tune")).json).toMatchObject({ queued: 0, skipped: 0 });
  expect((await replay("old-keitaro")).json).toMatchObject({ queued: 1, skipped: 1 });
  const booked = async () =>
    (await api.env.DB.prepare("SELECT advertiser, txid, sub1, CAST(payout AS TEXT) AS payout FROM conversions").all())
      .results;
  await waitFor(async () => (await booked()).length === 1);
  expect(await booked()).toEqual([{ advertiser: 1, txid: "order-1", sub1: "yes", payout: "5000000" }]);
  const rows = await api.env.LOG.prepare(
    "SELECT advertiser, status FROM postbacks WHERE txid LIKE 'order-%' ORDER BY receipt",
  ).all();
  await waitFor(async () => {
    const { results } = await api.env.LOG.prepare(
      "SELECT advertiser, status FROM postbacks WHERE txid LIKE 'order-%' ORDER BY receipt",
    ).all();
    return results[0]?.status === "attributed";
  });
  expect(rows.results[1]).toEqual({ advertiser: 2, status: "unattributed" });
  expect((await replay("old-keitaro")).json).toMatchObject({ queued: 0, skipped: 1 });
});

describe("the page", () => {
  const HERE = { "sec-fetch-site": "same-origin" };
  const PATH = "/trackers/old-binom/clicks";
  const FILE = `clickid,time,key\n9a2b3c4d5e6f7,${local(CLICKED_MS)},k1\nno,${local(CLICKED_MS)},k1\n`;
  let cookie = "";

  const page = async (fields?: Record<string, string>) => {
    const headers = { cookie, ...HERE };
    if (!fields) return (await api.fetch(PATH, headers)).text();
    const boundary = "part";
    const parts = Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const type = { "content-type": `multipart/form-data; boundary=${boundary}` };
    const answer = await api.fetch(
      PATH,
      { ...headers, ...type },
      { method: "POST", body: `${parts.join("")}--${boundary}--\r\n` },
    );
    return answer.headers.get("location") ?? (await answer.text());
  };

  test("shows what is adopted, what a report would add, and adopts it", async () => {
    cookie = await api.signIn();
    expect(await page()).toContain("Clicks of before the move");
    // The number is the advertiser's, and so is the list behind it.
    expect(await page()).toContain('href="/postbacks?reason=foreign_unknown&amp;advertiser=teahouse"');
    expect(await (await api.fetch("/trackers/old-binom", { cookie, ...HERE })).text()).toContain(`href="${PATH}"`);
    const looked = await page({ pasted: FILE, time_zone: "UTC" });
    expect(looked).toContain("Of 2 rows 1 click is new, 0 adopted already, 1 cannot be.");
    expect(looked).toContain("not_its_click_id");
    expect(looked).toContain("Adopt 1 click");
    expect(await adopted(6)).toHaveLength(1);
    expect(await page({ pasted: FILE, time_zone: "Berlin" })).toContain("is no time zone");
    expect(await page({ pasted: FILE, time_zone: "UTC", send: "1" })).toBe(`${PATH}?sent=1`);
    await waitFor(async () => (await adopted(6)).length === 2);
    expect(await page({ pasted: FILE, time_zone: "UTC" })).toContain("0 clicks are new, 1 adopted already");
  });

  test("replays what had waited, and says what still does", async () => {
    expect(await page({ replay: "1" })).toBe(`${PATH}?queued=0&skipped=0`);
    const told = await (await api.fetch(`${PATH}?queued=3&skipped=1&next=5-a`, { cookie, ...HERE })).text();
    expect(told).toContain("Sent to the ledger again: 3; 1 name clicks that are still unknown. There are more");
    expect(told).toContain("Replay on");
  });
});

test("a person is told and erased by what the tracker calls the click", async () => {
  const told = await api.call("GET", "/api/personal?click_id=51ts6sgr1cbkdhljnrv");
  const { click_ids, held } = JSON.parse(told.text);
  const row = (await adopted(1)).find(({ foreign_id }) => foreign_id === "51ts6sgr1cbkdhljnrv");
  expect(click_ids).toEqual([row?.click_id, "51ts6sgr1cbkdhljnrv"]);
  expect(held).toMatchObject([
    { store: "DB/adopted_clicks", values: { foreign_id: "51ts6sgr1cbkdhljnrv", sub1: "news" } },
  ]);
  expect((await api.call("GET", "/api/personal?click_id=51ts6sgr1cbkdhljnbbb")).json).toMatchObject({
    held: [{ store: "LOG/postbacks", values: { click_id: "51ts6sgr1cbkdhljnbbb", "unread.nickname": "xanthippe" } }],
  });
  expect((await api.call("DELETE", "/api/personal?click_id=51ts6sgr1cbkdhljnrv")).status).toBe(202);
  await waitFor(async () => (await adopted(1)).every(({ foreign_id }) => foreign_id !== "51ts6sgr1cbkdhljnrv"));
  await api.env.DB.prepare(
    "INSERT INTO adopted_clicks (tracker, foreign_id, click_id, link, clicked_at, imported_at) VALUES (2, 'same', ?, 1, 0, 0), (3, 'same', ?, 1, 0, 0)",
  )
    .bind("20d1jhkyg00j000000eww026bv17rs82axvv", "20d1jhkyg00j0000008czpgm9s6e5rg6nx98")
    .run();
  expect((await api.call("DELETE", "/api/personal?click_id=same")).text).toContain("Several trackers");
});

test("a message holds a hundred clicks at most, and no more bytes than a queue takes", () => {
  const click = (text: string) => ({ foreignId: "a", link: 1, clickedAtMs: 0, subs: [text] });
  expect(
    messagesOf(
      1,
      Array.from({ length: 250 }, () => click("x")),
    ).map(({ clicks }) => clicks.length),
  ).toEqual([100, 100, 50]);
  const long = messagesOf(
    1,
    Array.from({ length: 99 }, () => click("€".repeat(2_560))),
  );
  expect(long.length).toBeGreaterThan(6);
  for (const message of long) expect(new TextEncoder().encode(JSON.stringify(message)).length).toBeLessThan(110_000);
});
