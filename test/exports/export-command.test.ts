/** What `npm run export` does with answers that break: every row is in the file once, whatever happened on the way. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FullFetch } from "../../scripts/console-api.ts";
import { FORMATS, type Job, readJob } from "../../scripts/export/job.ts";
import { mergedFooter } from "../../scripts/export/parquet-merge.ts";
import { partPath } from "../../scripts/export/progress.ts";
import { runExport } from "../../scripts/export/run.ts";
import { textRows } from "../../scripts/export/text-rows.ts";
import { lockPath } from "../../scripts/file-lock.ts";
import { progressPath } from "../../scripts/progress-file.ts";
import { parquetFile } from "../../workers/core/parquet-writer.ts";
import { conversionRow, plant, plantSetUp } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";
import { type Duck, openDuck } from "./duckdb.ts";

const ROWS = 1_000;
const PART_ROWS = 150;

let api: Console;
let duck: Duck;
const directory = mkdtempSync(join(tmpdir(), "export-command-"));

beforeAll(async () => {
  [api, duck] = await Promise.all([startConsole(), openDuck()]);
  await plantSetUp(api.env.DB);
  const hostile = { sub2: 'line\r\n"break', sub3: "\n\n", coupon: "=1+1" };
  await plant(
    api.env.DB,
    "conversions",
    Array.from({ length: ROWS }, (_, number) => ({ ...conversionRow(number), ...hostile })),
  );
});
afterAll(async () => {
  duck.close();
  rmSync(directory, { recursive: true });
  await api.stop();
});

const whole: FullFetch = async (path) => {
  const { status, headers, bytes } = await api.download(path);
  return new Response(bytes, { status, headers });
};

/** Fails before, in the middle of, or instead of the answer, by turns; every third one comes whole. */
function unreliable(): FullFetch {
  let asked = 0;
  return async (path) => {
    asked++;
    if (asked % 4 === 1) throw new TypeError("fetch failed");
    if (asked % 4 === 2) return new Response("try again", { status: 503 });
    const answer = await whole(path);
    return asked % 4 === 3 ? broken(answer) : answer;
  };
}

async function broken(answer: Response): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(half),
    pull: (controller) => controller.error(new Error("the connection broke")),
  });
  return new Response(body, { headers: new Headers([...answer.headers]) });
}

let files = 0;
function jobFor(format: Job["format"], query: Record<string, string> = {}): Job {
  return { table: "conversions", format, query, out: join(directory, `${files++}.${format}`) };
}

const said: string[] = [];
const run = (job: Job, fetchConsole: FullFetch, partRows = PART_ROWS) =>
  runExport({
    job,
    origin: "",
    fetchConsole,
    partRows,
    sleep: async () => {},
    tell: () => {},
    say: (line) => said.push(line),
  });

/** The rows as DuckDB or the parser reads them. */
async function rowsOf(path: string): Promise<unknown[]> {
  if (path.endsWith(".parquet")) return duck.query(`SELECT * FROM '${path}'`);
  const text = readFileSync(path, "utf8");
  if (path.endsWith(".csv")) return parse(text, { columns: true, record_delimiter: "\r\n" });
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe.each(FORMATS)("%s", (format) => {
  test("seven parts that broke again and again are the file that one answer gives", async () => {
    const [once, parts] = [jobFor(format), jobFor(format)];
    expect(await run(once, whole, ROWS)).toMatchObject({ rows: ROWS, resumed: 0 });
    expect(await run(parts, unreliable())).toMatchObject({ rows: ROWS, resumed: 0 });
    const expected = await rowsOf(once.out);
    expect(expected).toHaveLength(ROWS);
    expect(await rowsOf(parts.out)).toEqual(expected);
    if (format !== "parquet") expect(readFileSync(parts.out)).toEqual(readFileSync(once.out));
    for (const path of [partPath(parts.out), progressPath(parts.out), lockPath(parts.out)])
      expect(existsSync(path)).toBe(false);
  });

  test.each(["cut", "written over", "empty"])("parts that were %s are begun anew, which is said", async (damage) => {
    const job = jobFor(format);
    let left = 3;
    await expect(run(job, (path) => (left-- > 0 ? whole(path) : Promise.reject(new Error("no"))))).rejects.toThrow();
    const part = readFileSync(partPath(job.out));
    const damaged = { cut: part.subarray(0, -5), "written over": Buffer.alloc(part.length), empty: Buffer.alloc(0) };
    writeFileSync(partPath(job.out), Object.entries(damaged).find(([name]) => name === damage)?.[1] ?? "");
    said.length = 0;
    expect(await run(job, whole)).toMatchObject({ rows: ROWS, resumed: 0 });
    expect(said).toEqual([expect.stringContaining("begins anew")]);
    const once = jobFor(format);
    await run(once, whole, ROWS);
    expect(await rowsOf(job.out)).toEqual(await rowsOf(once.out));
  });

  test("stopped anywhere, the next run goes on", async () => {
    const job = jobFor(format);
    let left = 3;
    const stops: FullFetch = async (path) => {
      if (left-- > 0) return whole(path);
      return left % 2 ? broken(await whole(path)) : Promise.reject(new TypeError("fetch failed"));
    };
    await expect(run(job, stops)).rejects.toThrow();
    expect(existsSync(job.out)).toBe(false);
    const asked: string[] = [];
    const exported = await run(job, (path) => {
      asked.push(path);
      return whole(path);
    });
    expect(exported).toMatchObject({ rows: ROWS, resumed: 3 * PART_ROWS });
    expect(asked).toHaveLength(4);
    const once = jobFor(format);
    await run(once, whole, ROWS);
    expect(await rowsOf(job.out)).toEqual(await rowsOf(once.out));
  });
});

test("two exports of one file do not write it both, and one that was killed leaves no lock", async () => {
  const job = jobFor("csv");
  let second: Promise<unknown> | null = null;
  const meanwhile: FullFetch = (path) => {
    second ??= expect(run(job, whole)).rejects.toThrow(`process ${process.pid} is writing ${job.out}`);
    return whole(path);
  };
  expect(await run(job, meanwhile)).toMatchObject({ rows: ROWS });
  await second;
  expect(await rowsOf(job.out)).toHaveLength(ROWS);
  const ended = spawnSync(process.execPath, ["--version"]).pid;
  writeFileSync(lockPath(job.out), `${ended}\n`);
  expect(await run(job, whole)).toMatchObject({ rows: ROWS });
  expect(existsSync(lockPath(job.out))).toBe(false);
  writeFileSync(lockPath(job.out), "");
  await expect(run(job, whole)).rejects.toThrow("cannot be read");
});

test("what the console no longer has is told, whichever part says so", async () => {
  const job = jobFor("csv");
  let asked = 0;
  const kept: FullFetch = async (path) => {
    const answer = await whole(path);
    if (asked++ > 0) answer.headers.set("x-rows-from", "2026-11-01T01:00:00.000Z");
    return answer;
  };
  expect(await run(job, kept)).toMatchObject({ rowsFrom: "2026-11-01T01:00:00.000Z" });
  expect(await run(jobFor("csv"), whole)).toMatchObject({ rowsFrom: null });
});

test("a refusal is told at once, in the console's words, and leaves no file", async () => {
  const job = jobFor("csv", { offer: "nope" });
  let asked = 0;
  const counting: FullFetch = (path) => {
    asked++;
    return whole(path);
  };
  await expect(run(job, counting)).rejects.toThrow('offer: There is no offer "nope".');
  expect([asked, existsSync(job.out), existsSync(partPath(job.out))]).toEqual([1, false, false]);
});

test("progress of another question, or what is none, is not gone on with", async () => {
  const job = jobFor("csv");
  await expect(run(job, async () => new Response("", { status: 500 }))).rejects.toThrow("answered 500");
  writeFileSync(progressPath(job.out), JSON.stringify({ asked: "other", after: null, rows: 0, partBytes: [] }));
  await expect(run(job, whole)).rejects.toThrow("is of another export");
  writeFileSync(progressPath(job.out), "{");
  await expect(run(job, whole)).rejects.toThrow("cannot be read");
});

test("parts with other columns are not merged", () => {
  const path = join(directory, "mixed");
  const parts = ["a", "b"].map((name) => {
    const file = parquetFile([{ name, kind: "text" }]);
    return Buffer.concat([file.rowGroup([["x"]]), file.finish()]);
  });
  writeFileSync(path, Buffer.concat(parts));
  expect(() =>
    mergedFooter(
      path,
      parts.map(({ length }) => length),
    ),
  ).toThrow("different columns");
  expect(() => mergedFooter(path, [10])).toThrow("does not hold a Parquet file");
});

test("DuckDB uses the merged file's statistics, and finds a row in the middle of it", async () => {
  const job = jobFor("parquet");
  await run(job, whole);
  const groups = await duck.query(
    `SELECT row_group_id, stats_min_value AS least FROM parquet_metadata('${job.out}') WHERE path_in_schema = 'conversion_id' ORDER BY 1`,
  );
  expect(groups).toHaveLength(Math.ceil(ROWS / PART_ROWS));
  expect(new Set(groups.map(({ least }) => least)).size).toBe(groups.length);
  expect(await duck.query(`SELECT txid FROM '${job.out}' WHERE amount = 40.000500`)).toEqual([{ txid: "order-500" }]);
});

test("rows of text are counted wherever the data is cut, and a later part loses its header", () => {
  const bytes = Buffer.from('a,b\r\n1,"x\r\n""y"\r\n2,z\r\n');
  for (const first of [true, false])
    for (let at = 0; at <= bytes.length; at++) {
      const rows = textRows("csv", first);
      const kept = Buffer.concat([rows.take(bytes.subarray(0, at)), rows.take(bytes.subarray(at))]);
      expect([at, rows.rows(), kept.toString()]).toEqual([at, 2, bytes.toString().slice(first ? 0 : 5)]);
    }
  const lines = textRows("ndjson", false);
  expect(lines.take(Buffer.from('{"a":"\\""}\n{}\n'))).toHaveLength(14);
  expect(lines.rows()).toBe(2);
});

describe("the command line", () => {
  test("a table, a file and what the console takes", () => {
    const args = ["clicks", "--from", "2026-11-01", "--offer", "shoes", "--out", "x.parquet", "--state", "s"];
    expect(readJob(args, "/here")).toEqual({
      job: {
        table: "clicks",
        format: "parquet",
        query: { from: "2026-11-01", offer: "shoes" },
        out: "/here/x.parquet",
      },
      options: { url: undefined, token: undefined, state: "s" },
    });
    expect(readJob(["entries"], "/here").job).toMatchObject({ format: "csv", out: "/here/entries.csv" });
    expect(readJob(["entries", "--out", "x.gz", "--format", "ndjson"], "/here").job).toMatchObject({
      format: "ndjson",
    });
  });

  test.each([
    [],
    ["users"],
    ["clicks", "entries"],
    ["clicks", "--format", "xlsx"],
    ["clicks", "--out", "x.txt"],
    ["clicks", "--nope", "1"],
  ])("%j is refused", (...args) => {
    expect(() => readJob(args, "/here")).toThrow();
  });
});
