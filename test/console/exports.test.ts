/** Exports: complete, in the contract's columns, the same rows whatever the format, the page or the pause between. */
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptsGzip } from "../../workers/console/exports/stream.ts";
import { conversionRow, HOUR_MS, plant, plantBooks, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

/** Three pages and a part of one. */
const ROWS = 6_100;

const COLUMNS = {
  conversions:
    "conversion_id, advertiser, offer, affiliate, link, event, txid, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, country, device, os, browser, referrer, external_id, sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10, coupon, customer, test, meta, original_status, hold, hold_reason, attributed_by, refunded, external_kind, ad_consent, imported, old_click_id, original_amount, original_currency, rate, rate_day, reason, statement, invoice",
  entries:
    "entry_id, conversion_id, seq, kind, status, currency, amount, revenue, payout, receipt, received_at, rule, statement, invoice",
  clicks:
    "click_id, link, offer, affiliate, advertiser, clicked_at, country, device, os, browser, referrer, external_id, sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10, kind, unique, test, external_kind, ad_consent",
  postbacks:
    "receipt, advertiser, received_at, status, reason, duplicate_of, click_id, event, txid, conversion_id, channel, test, credential_version, address_hash",
} as const;
const TABLES = ["conversions", "entries", "clicks", "postbacks"] as const;
type Table = (typeof TABLES)[number];

const HOSTILE = conversionRow(1, {
  txid: "=cmd|' /C calc'!A0, \"quoted\"",
  referrer: "+49.example",
  external_id: "-1+1",
  sub1: "@SUM(A1)",
  sub2: "line\r\nbreak",
  sub3: " =1+1",
  sub4: "plain, with comma",
  sub5: 'say "hi"',
  sub6: "＝1",
  sub7: "żółć 👟",
  sub8: "\tTAB",
  sub9: "",
  sub10: "-",
  coupon: "it's",
  meta: JSON.stringify({ store: "7, north", note: '=1+1 "x"' }),
  original_status: "=OK",
});
// Nine quadrillion and one micros: beyond 53 bits, odd, so that a rounded one shows.
const HUGE = { amount: "9007199254740993", revenue: "-9007199254740995", payout: "-1" };

let api: Console;
const planted = Array.from({ length: ROWS }, (_, number) => conversionRow(number));
planted[1] = HOSTILE;
planted[2] = conversionRow(2, HUGE);

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, planted);
});
afterAll(() => api.stop());

async function csv(path: string, token?: string): Promise<Record<string, string>[]> {
  const answer = await api.call("GET", `/api/exports/${path}`, undefined, token);
  if (answer.status !== 200) throw new Error(answer.text);
  return parse(answer.text, { columns: true, record_delimiter: "\r\n" });
}

async function ndjson(path: string): Promise<Record<string, unknown>[]> {
  const { text } = await api.call("GET", `/api/exports/${path}`);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

function wordsOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const KEYS: Record<Table, string> = {
  conversions: "conversion_id",
  entries: "entry_id",
  clicks: "click_id",
  postbacks: "receipt",
};

describe("every table, whole", () => {
  for (const table of TABLES) {
    test(`${table}: the contract's columns, every row once, CSV and NDJSON alike`, async () => {
      const { text, headers } = await api.call("GET", `/api/exports/${table}.csv`);
      expect(text.slice(0, text.indexOf("\r\n"))).toBe(COLUMNS[table].replaceAll(", ", ","));
      expect(headers.get("content-type")).toMatch(/^text\/csv/);
      const rows = await csv(`${table}.csv`);
      expect(new Set(rows.map((row) => row[KEYS[table]])).size).toBe(ROWS);
      expect(rows).toHaveLength(ROWS);
      const lines = await ndjson(`${table}.ndjson`);
      expect(Object.keys(lines[0] ?? {}).join(", ")).toBe(COLUMNS[table]);
      const plain = (row: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, wordsOf(value)]));
      const armed = (row: Record<string, string>) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value.replace(/^'(?=[\s=+\-@＝])/, "")]));
      expect(rows.map(armed)).toEqual(lines.map(plain));
    });

    test(`${table}: broken off anywhere, it goes on behind the last key`, async () => {
      const whole = await csv(`${table}.csv`);
      for (const at of [0, 1, 2, 1_999, 2_000, 2_001, 4_321, ROWS - 2, ROWS - 1]) {
        const after = whole[at]?.[KEYS[table]];
        const rest = await csv(`${table}.csv?after=${after}`);
        expect([at, rest.length, rest[0]]).toEqual([at, ROWS - at - 1, whole[at + 1]]);
      }
      const late = START_MS + 220 * HOUR_MS;
      const range = `from=${new Date(late).toISOString()}&to=${new Date(late + 30 * HOUR_MS).toISOString()}`;
      const part = await csv(`${table}.csv?${range}`);
      const early = await csv(`${table}.csv?${range}&after=${whole[5]?.[KEYS[table]]}`);
      expect(early).toEqual(part);
      const inside = await csv(`${table}.csv?${range}&after=${part[99]?.[KEYS[table]]}`);
      expect(inside).toEqual(part.slice(100));
    });

    test(`${table}: an after that is no key of it is refused`, async () => {
      for (const after of ["x", "0".repeat(25), "'; DROP TABLE conversions; --"])
        expect((await api.call("GET", `/api/exports/${table}.csv?after=${encodeURIComponent(after)}`)).status).toBe(
          400,
        );
    });
  }
});

describe("ranges", () => {
  const clocks = { received: "received_at", clicked: "clicked_at", occurred: "occurred_at" } as const;
  for (const [clock, column] of Object.entries(clocks))
    test(`clock=${clock}: from inclusive, to exclusive`, async () => {
      const fromMs = START_MS + 10 * HOUR_MS - (clock === "occurred" ? 60_000 : 0);
      const toMs = fromMs + 24 * HOUR_MS;
      const expected = planted.filter((row) => Number(row[column]) >= fromMs && Number(row[column]) < toMs);
      const range = `clock=${clock}&from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
      expect(expected).toHaveLength(72);
      const ids = expected.map((row) => row.conversion_id);
      expect((await csv(`conversions.csv?${range}`)).map((row) => row.conversion_id)).toEqual(ids);
      expect((await csv(`entries.csv?${range}`)).map((row) => row.conversion_id)).toEqual(ids);
    });

  test("a day is its beginning in UTC, and an offset is minded", async () => {
    const day = await csv("conversions.csv?from=2026-11-02&to=2026-11-03");
    expect(day).toHaveLength(72);
    expect(await csv("conversions.csv?from=2026-11-02T02:00:00%2B02:00&to=2026-11-02T19:00:00-05:00")).toEqual(day);
  });

  test("a conversion that was received earlier than its ID says is in the range of its receipt", async () => {
    const row = conversionRow(9_000, { received_at: START_MS - 20 * 24 * HOUR_MS });
    await plant(api.env.DB, "conversions", [row]);
    const early = await csv("conversions.csv?to=2026-11-01");
    expect(early.map(({ conversion_id }) => conversion_id)).toEqual([row.conversion_id]);
    await api.env.DB.prepare("DELETE FROM conversions WHERE conversion_id = ?").bind(row.conversion_id).run();
  });

  test("what it does not understand it refuses", async () => {
    const queries = [
      "from=yesterday",
      "from=2026-02-30",
      "clock=settled",
      "offer=nope",
      "colour=red",
      "test=maybe",
      "to=",
      "event=",
    ];
    for (const query of queries) {
      const answer = await api.call("GET", `/api/exports/conversions.csv?${query}`);
      expect([query, answer.status, answer.headers.get("content-type")]).toEqual([
        query,
        400,
        "application/problem+json",
      ]);
      expect(answer.json).toMatchObject({ errors: [{ parameter: query.split("=")[0] }] });
    }
    expect((await api.call("GET", "/api/exports/postbacks.csv?clock=clicked")).status).toBe(400);
    expect((await api.call("GET", "/api/exports/conversions.xml")).status).toBe(404);
  });

  test("bom=1 begins CSV with a byte order mark, and nothing else", async () => {
    const bytesOf = async (path: string) => {
      const { headers, bytes } = await api.raw(path, {});
      return headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
    };
    for (const query of ["", "&bom=1"]) {
      const bytes = await bytesOf(`/api/exports/conversions.csv?from=2030-01-01${query}`);
      const header = COLUMNS.conversions.replaceAll(", ", ",");
      expect(bytes.toString()).toBe(`${query === "" ? "" : "\ufeff"}${header}\r\n`);
    }
    const report = await bytesOf("/api/reports?format=csv&bom=1");
    expect(report.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect((await api.call("GET", "/api/exports/conversions.parquet?bom=1")).status).toBe(400);
  });

  test("nothing is a header and no rows", async () => {
    expect(await csv("conversions.csv?from=2030-01-01")).toEqual([]);
    expect((await api.call("GET", "/api/exports/conversions.csv?from=2030-01-01")).text).toBe(
      `${COLUMNS.conversions.replaceAll(", ", ",")}\r\n`,
    );
  });
});

test("audiences are written as exports are, as CSV and NDJSON, and in parts", async () => {
  const path = "/api/audiences/converted?event=sale";
  const part = await api.call("GET", `${path}&limit=3`);
  const rows: Record<string, string>[] = parse(part.text, { columns: true, record_delimiter: "\r\n" });
  expect(rows.map(({ status, event }) => [status, event])).toEqual(
    Array.from({ length: 3 }, () => ["approved", "sale"]),
  );
  expect(part.headers.get("x-next-after")).toBe(rows[2]?.entry_id);
  expect(part.headers.get("x-complete-until")).not.toBeNull();
  const next = await api.call("GET", `${path}&limit=1&format=ndjson&after=${rows[2]?.entry_id}`);
  expect(next.headers.get("content-type")).toContain("ndjson");
  expect(JSON.parse(next.text)).toMatchObject({ status: "approved", external_kind: "gclid", offer: "shoes" });
  expect((await api.call("GET", "/api/audiences/nobody")).status).toBe(404);
});

describe("filters", () => {
  const cases: [string, (row: (typeof planted)[number]) => boolean][] = [
    ["advertiser=rival", (row) => row.advertiser === 2],
    ["affiliate=deals", (row) => row.affiliate === 2],
    ["offer=shoes&status=pending", (row) => row.offer === 1 && row.status === "pending"],
    ["link=hat&event=lead", (row) => row.link === 3 && row.event === "lead"],
    ["test=true", (row) => row.test === 1],
    ["test=0&offer=hats", (row) => row.test === 0 && row.offer === 2],
  ];
  for (const [query, keeps] of cases)
    test(query, async () => {
      const expected = planted.filter(keeps).map((row) => row.conversion_id);
      expect((await csv(`conversions.csv?${query}`)).map((row) => row.conversion_id)).toEqual(expected);
      expect((await csv(`entries.csv?${query}`)).map((row) => row.conversion_id)).toEqual(expected);
      expect((await csv(`postbacks.csv?${query.replace(/&?status=\w+/, "")}`)).length).toBeGreaterThanOrEqual(
        expected.length,
      );
    });
});

describe("values", () => {
  test("formulas are disarmed in text, and nowhere else; quotes, commas and line breaks survive", async () => {
    const row = (await csv("conversions.csv"))[1];
    expect(row).toMatchObject({
      txid: "'=cmd|' /C calc'!A0, \"quoted\"",
      referrer: "'+49.example",
      external_id: "'-1+1",
      sub1: "'@SUM(A1)",
      sub2: "line\r\nbreak",
      sub3: "' =1+1",
      sub4: "plain, with comma",
      sub5: 'say "hi"',
      sub6: "'＝1",
      sub7: "żółć 👟",
      sub8: "'\tTAB",
      sub9: "",
      sub10: "'-",
      coupon: "it's",
      original_status: "'=OK",
    });
  });

  test("what the sender said of its own is told: an object in JSON, its text in CSV", async () => {
    const meta = { store: "7, north", note: '=1+1 "x"' };
    expect((await csv("conversions.csv"))[1]?.meta).toBe(JSON.stringify(meta));
    expect((await ndjson("conversions.ndjson"))[1]).toMatchObject({ meta, original_status: "=OK" });
    expect((await ndjson("conversions.ndjson"))[3]).toMatchObject({ meta: null, original_status: null });
    const id = HOSTILE.conversion_id;
    expect((await api.call("GET", `/api/conversions/${id}`)).json).toMatchObject({ meta, original_status: "=OK" });
    expect((await api.call("GET", "/api/conversions?event=lead&to=2026-11-01T01:00:00Z")).json).toMatchObject({
      items: [{ conversion_id: id, meta, original_status: "=OK" }],
    });
  });

  test("amounts are exact beyond 53 bits, and negative ones are numbers", async () => {
    const expected = { amount: "9007199254.740993", revenue: "-9007199254.740995", payout: "-0.000001" };
    expect((await csv("conversions.csv"))[2]).toMatchObject(expected);
    expect((await ndjson("conversions.ndjson"))[2]).toMatchObject(expected);
    expect((await csv("entries.csv"))[2]).toMatchObject(expected);
  });

  test("times, flags and absent values", async () => {
    expect((await ndjson("conversions.ndjson"))[6]).toMatchObject({
      received_at: "2026-11-01T02:00:00.000Z",
      clicked_at: "2026-11-01T01:00:00.000Z",
      test: true,
      sub2: null,
      advertiser: "acme",
      link: "demo",
    });
  });

  test("says up to when it is complete", async () => {
    const { headers } = await api.call("GET", "/api/exports/conversions.csv?from=2030-01-01");
    const untilMs = Date.parse(headers.get("x-complete-until") ?? "");
    expect(Date.now() - untilMs).toBeGreaterThanOrEqual(120_000);
    expect(Date.now() - untilMs).toBeLessThan(180_000);
  });

  test("says since when it still has rows, where more are asked for", async () => {
    const rowsFrom = async (path: string) => (await api.call("GET", `/api/exports/${path}`)).headers.get("x-rows-from");
    const keptFromMs = START_MS + HOUR_MS;
    for (const table of TABLES) expect([table, await rowsFrom(`${table}.csv?limit=1`)]).toEqual([table, null]);
    const keep = "UPDATE kept SET from_at = ?";
    await api.env.LOG.prepare(keep).bind(keptFromMs).run();
    for (const table of ["postbacks"])
      for (const extension of ["csv", "ndjson", "parquet"]) {
        const path = `${table}.${extension}?limit=1`;
        expect([path, await rowsFrom(path)]).toEqual([path, "2026-11-01T01:00:00.000Z"]);
        expect(await rowsFrom(`${path}&from=2026-10-01&to=2026-10-02`)).toBe("2026-11-01T01:00:00.000Z");
        expect(await rowsFrom(`${path}&from=2026-11-01T01:00:00Z`)).toBeNull();
      }
    for (const table of ["conversions", "entries", "clicks"]) expect(await rowsFrom(`${table}.csv?limit=1`)).toBeNull();
    await api.env.LOG.prepare(keep).bind(0).run();
  });

  test("gzip where it is taken", async () => {
    const path = "/api/exports/conversions.csv?from=2026-11-02&to=2026-11-03";
    const plain = Buffer.from((await api.call("GET", path)).text);
    for (const encoding of ["gzip", "br;q=0.1, gzip;q=0.5", "GZIP"]) {
      const { headers, bytes } = await api.raw(path, { "accept-encoding": encoding });
      expect([encoding, headers["content-encoding"], headers.vary]).toEqual([encoding, "gzip", "accept-encoding"]);
      expect(bytes.length).toBeLessThan(plain.length / 4);
      expect(gunzipSync(bytes).equals(plain)).toBe(true);
    }
    // The harness rewrites the header, as the platform does, so refusing it is a table of its own.
    const refused = [null, "", "identity", "gzip;q=0", "gzip; q=0.0, deflate", "br", "notgzip", "gzip;q=0.000"];
    expect(refused.filter(acceptsGzip)).toEqual([]);
  });
});

describe("roles", () => {
  const tokenOf = async (role: string, subject: string) =>
    Object((await api.call("POST", "/api/tokens", { name: role, role, subject })).json).token;

  test("an affiliate exports its own rows without revenue", async () => {
    const token = await tokenOf("affiliate", "deals");
    for (const table of TABLES) {
      const rows = await csv(`${table}.csv`, token);
      expect([table, rows.length]).toEqual([table, planted.filter((row) => row.affiliate === 2).length]);
      for (const name of ["revenue", "rule"]) expect(rows[0]).not.toHaveProperty(name);
    }
    expect((await csv("conversions.csv", token))[0]).toHaveProperty("payout");
    for (const query of ["affiliate=blog", "offer=hats", "link=nothing", "advertiser=rival"])
      expect([query, await csv(`conversions.csv?${query}`, token)]).toEqual([query, []]);
  });

  test("an advertiser exports its own rows without payout and sub-ids", async () => {
    const token = await tokenOf("advertiser", "rival");
    for (const table of TABLES) {
      const rows = await csv(`${table}.csv`, token);
      expect([table, rows.length]).toEqual([table, planted.filter((row) => row.advertiser === 2).length]);
      for (const name of ["payout", "rule", "sub1", "sub10", "external_id"]) expect(rows[0]).not.toHaveProperty(name);
    }
    expect((await csv("conversions.csv", token))[0]).toHaveProperty("revenue");
    expect(await csv("conversions.csv?advertiser=acme", token)).toEqual([]);
  });

  test("an analyst exports everything", async () => {
    const token = Object((await api.call("POST", "/api/tokens", { name: "a", role: "analyst" })).json).token;
    expect(await csv("conversions.csv", token)).toHaveLength(ROWS);
  });
});
