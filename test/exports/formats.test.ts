/** One selection in three formats: DuckDB finds the same rows in all of them, typed in Parquet. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionRow, plant, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";
import { type Duck, openDuck } from "./duckdb.ts";

const TABLES = ["conversions", "entries", "clicks", "postbacks"] as const;
type Table = (typeof TABLES)[number];
/** A row group and a part of one. */
const ROWS = 11_500;

const HOSTILE = {
  txid: "=cmd|' /C calc'!A0, \"quoted\"",
  referrer: "+49.example",
  external_id: "-1+1",
  sub1: "@SUM(A1)",
  sub2: "line\r\nbreak",
  sub3: " =1+1",
  sub7: "żółć 👟",
  sub8: "\tTAB",
  sub10: "\uFEFFmark",
  meta: JSON.stringify({ store: "7, north", note: '"=1+1"' }),
  original_status: "=ok",
};
/** Beyond 53 bits and odd, so that a rounded one shows; together beyond 64 bits of micros. */
const HUGE = "999999999999999999";

let api: Console;
let duck: Duck;
const directory = mkdtempSync(join(tmpdir(), "exports-"));
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  [api, duck] = await Promise.all([startConsole(), openDuck()]);
  const planted = Array.from({ length: ROWS }, (_, number) => conversionRow(number));
  planted[1] = conversionRow(1, HOSTILE);
  for (let number = 2; number < 22; number++)
    planted[number] = conversionRow(number, { amount: HUGE, revenue: `-${HUGE}`, payout: "-1" });
  await plantBooks(api.env, planted);
});
afterAll(async () => {
  duck.close();
  rmSync(directory, { recursive: true });
  await api.stop();
});

/** Saves an export under `name`, and gives the answer's headers. */
async function save(path: string, name: string, token?: string): Promise<Headers> {
  const answer = await api.download(`/api/exports/${path}`, token);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${Buffer.from(answer.bytes)}`);
  writeFileSync(file(name), answer.bytes);
  return answer.headers;
}

/** What DuckDB calls the columns' types in a Parquet file. */
async function types(name: string): Promise<Record<string, unknown>> {
  const rows = await duck.query(`DESCRIBE SELECT * FROM '${file(name)}'`);
  return Object.fromEntries(rows.map(({ column_name, column_type }) => [String(column_name), column_type]));
}

const DECIMAL = "DECIMAL(18,6)";
const TIME = "TIMESTAMP WITH TIME ZONE";

const TYPED: Record<Table, Record<string, string>> = {
  conversions: {
    amount: DECIMAL,
    revenue: DECIMAL,
    payout: DECIMAL,
    original_amount: DECIMAL,
    clicked_at: TIME,
    occurred_at: TIME,
    received_at: TIME,
    settled_at: TIME,
    test: "BOOLEAN",
    imported: "BOOLEAN",
    refunded: DECIMAL,
  },
  entries: { seq: "BIGINT", amount: DECIMAL, revenue: DECIMAL, payout: DECIMAL, received_at: TIME },
  clicks: { clicked_at: TIME, unique: "BOOLEAN", test: "BOOLEAN" },
  postbacks: { received_at: TIME, test: "BOOLEAN", credential_version: "BIGINT" },
};

for (const table of TABLES)
  test(`${table}: CSV, NDJSON and Parquet hold the same rows, in the same columns and order`, async () => {
    await save(`${table}.csv`, `${table}.csv`);
    await save(`${table}.ndjson`, `${table}.ndjson`);
    const headers = await save(`${table}.parquet`, `${table}.parquet`);
    expect(headers.get("content-type")).toBe("application/vnd.apache.parquet");
    expect(headers.get("link")).toBeNull();
    expect(headers.get("x-complete-until")).toMatch(/Z$/);

    const columns = await types(`${table}.parquet`);
    const expected = Object.keys(columns).map((name): [string, string] => [name, TYPED[table][name] ?? "VARCHAR"]);
    expect(Object.entries(columns)).toEqual(expected);

    const typed = `{${expected.map(([name, type]) => `'${name}': '${type}'`).join(", ")}}`;
    const sources = {
      parquet: `SELECT * FROM read_parquet('${file(`${table}.parquet`)}')`,
      // An empty field of CSV is null. Text that was disarmed is armed again: only text is.
      csv: `SELECT ${expected.map(([name, type]) => (type === "VARCHAR" ? armed(name) : `"${name}"`)).join(", ")} FROM read_csv('${file(`${table}.csv`)}', header = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', columns = ${typed})`,
      ndjson: `SELECT * FROM read_json('${file(`${table}.ndjson`)}', format = 'newline_delimited', columns = ${typed})`,
    };
    for (const [format, source] of Object.entries(sources)) {
      const [count] = await duck.query(`SELECT count(*) AS n FROM (${source})`);
      expect([format, count?.n]).toEqual([format, String(ROWS)]);
      const difference = await duck.query(
        `SELECT count(*) AS n FROM ((${source} EXCEPT ALL ${sources.parquet}) UNION ALL (${sources.parquet} EXCEPT ALL ${source}))`,
      );
      expect([format, difference[0]?.n]).toEqual([format, "0"]);
    }
    const order = Object.values(sources).map((source) =>
      duck.query(`SELECT list("${Object.keys(columns)[0]}") AS ids FROM (${source})`),
    );
    const [inParquet, inCsv, inNdjson] = await Promise.all(order);
    expect(inCsv).toEqual(inParquet);
    expect(inNdjson).toEqual(inParquet);
  });

function armed(name: string): string {
  // What is held by nothing says so by an empty text, which CSV does not tell from none.
  if (name === "hold") return "coalesce(hold, '') AS hold";
  return `regexp_replace("${name}", '^''([\\s=+@＝-])', '\\1') AS "${name}"`;
}

test("sums are exact beyond 64 bits", async () => {
  const sum = async (name: string) =>
    duck.query(`SELECT sum(amount) AS amount, sum(revenue) AS revenue FROM '${file(name)}' WHERE payout < 0`);
  const expected = [{ amount: "19999999999999.999980", revenue: "-19999999999999.999980" }];
  expect(await sum("conversions.parquet")).toEqual(expected);
  expect(await sum("entries.parquet")).toEqual(expected);
});

test("entries add up to their conversions, in what was taken away as well", async () => {
  const differing = await duck.query(`
    SELECT count(*) AS n FROM '${file("conversions.parquet")}' AS c
    JOIN (SELECT conversion_id, sum(amount) AS amount, sum(revenue) AS revenue, sum(payout) AS payout FROM '${file("entries.parquet")}' GROUP BY 1) AS e
    USING (conversion_id) WHERE c.amount <> e.amount OR c.revenue <> e.revenue OR c.payout <> e.payout`);
  expect(differing).toEqual([{ n: "0" }]);
});

test("parts, one behind the other, are the whole, and say how far they go", async () => {
  for (const table of TABLES) {
    const [whole] = await duck.query(`SELECT list(t) AS rows FROM '${file(`${table}.parquet`)}' AS t`);
    const names: string[] = [];
    let path: string | null = `${table}.parquet?limit=5000&from=2026-10-01`;
    while (path !== null) {
      names.push(`part-${table}-${names.length}.parquet`);
      const headers: Headers = await save(path, names.at(-1) ?? "");
      const next = /^<\/api\/exports\/(.*)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1] ?? null;
      expect(next === null).toBe(headers.get("x-next-after") === null);
      if (next !== null) {
        const [last] = await duck.query(
          `SELECT strftime(max(${table === "clicks" ? "clicked_at" : "received_at"}), '%Y-%m-%dT%H:%M:%S.%gZ') AS at FROM '${file(names.at(-1) ?? "")}'`,
        );
        expect(headers.get("x-part-until")).toBe(last?.at);
      }
      path = next;
    }
    expect(names).toHaveLength(3);
    const list = names.map((name) => `'${file(name)}'`).join(", ");
    expect(await duck.query(`SELECT list(t) AS rows FROM read_parquet([${list}]) AS t`)).toEqual([whole]);
  }
});

test("a limit ends text too, at most a hundred thousand rows, and a last part that is full names no next", async () => {
  const lines = async (query: string) =>
    (await api.call("GET", `/api/exports/conversions.ndjson?${query}`)).text.split("\n").length - 1;
  expect(await lines("limit=7")).toBe(7);
  expect(await lines(`limit=${ROWS}`)).toBe(ROWS);
  expect((await save(`conversions.parquet?limit=${ROWS}`, "full.parquet")).get("link")).toBeNull();
  expect((await save(`conversions.parquet?limit=${ROWS - 1}`, "almost.parquet")).get("x-next-after")).toMatch(
    /^[0-9a-z]{26}$/,
  );
  for (const limit of ["0", "100001", "1e3", "-1", "x"])
    expect((await api.call("GET", `/api/exports/clicks.parquet?limit=${limit}`)).status).toBe(400);
});

test("a row that arrives between two parts is in one of them, and none is lost", async () => {
  const range = "from=2026-11-01&to=2026-11-02&limit=10";
  const first = await save(`conversions.parquet?${range}`, "first.parquet");
  const after = String(first.get("x-next-after"));
  const between = { ...conversionRow(30), conversion_id: `${after.slice(0, -1)}z`, txid: "late" };
  await plant(api.env.DB, "conversions", [between]);
  await save(`conversions.parquet?${range}&after=${after}`, "second.parquet");
  const [second] = await duck.query(`SELECT txid FROM '${file("second.parquet")}' LIMIT 1`);
  expect(second).toEqual({ txid: "late" });
  await api.env.DB.prepare("DELETE FROM conversions WHERE txid = 'late'").run();
});

test("filters, clocks and roles hold for Parquet as for text", async () => {
  const token = Object(
    (await api.call("POST", "/api/tokens", { name: "d", role: "affiliate", subject: "deals" })).json,
  ).token;
  const queries: [string, string | undefined][] = [
    ["from=2026-11-02&to=2026-11-03&clock=occurred&test=false", undefined],
    ["offer=hats&event=lead&status=approved", undefined],
    ["from=2026-11-05", token],
  ];
  for (const [query, as] of queries) {
    await save(`conversions.csv?${query}`, "some.csv", as);
    await save(`conversions.parquet?${query}`, "some.parquet", as);
    const [csv, parquet] = await Promise.all(
      ["some.csv", "some.parquet"].map((name) => duck.query(`SELECT list(conversion_id) AS ids FROM '${file(name)}'`)),
    );
    expect(parquet).toEqual(csv);
    expect(JSON.stringify(parquet).length).toBeGreaterThan(100);
  }
  expect(Object.keys(await types("some.parquet"))).not.toContain("revenue");
  expect(Object.keys(await types("some.parquet"))).toContain("payout");
});

test("nothing is a file with columns and no rows", async () => {
  await save("clicks.parquet?from=2031-01-01", "none.parquet");
  expect(await duck.query(`SELECT count(*) AS n FROM '${file("none.parquet")}'`)).toEqual([{ n: "0" }]);
  expect(Object.keys(await types("none.parquet"))).toHaveLength(27);
});

test("what fails at once is an error and no file", async () => {
  const answer = await api.download("/api/exports/conversions.parquet?offer=nope");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
});
