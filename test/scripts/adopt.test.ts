/** `npm run adopt` over files: in parts, again, broken off and gone on, and in bounded memory. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdoptParts, rejectedPath, runAdoption } from "../../scripts/adopt/run.ts";
import { progressPath } from "../../scripts/progress-file.ts";

let folder: string;
let file: string;
let sent: string[][];
let queries: string[];
let answerPart: (rows: string[]) => { status: number; body: object };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "adopt-"));
  file = join(folder, "clicks.csv");
  [sent, queries] = [[], []];
  answerPart = (rows) => ({
    status: 200,
    body: { new: rows.length, known: 0, not_adopted: 0, reasons: [], lines: [] },
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

const parts = (over: Partial<AdoptParts> = {}): AdoptParts => ({
  fetchConsole: async (path, init) => {
    const rows = String(init?.body ?? "").split("\n");
    queries.push(path);
    const { status, body } = answerPart(rows);
    if (status === 200) sent.push(rows);
    return { status, text: async () => JSON.stringify(body) };
  },
  file,
  tracker: "old",
  isCheck: false,
  sleep: async () => {},
  tell: () => {},
  ...over,
});

function writeRows(rows: number): void {
  const lines = Array.from({ length: rows }, (_, row) => `id-${row},2026-11-01T00:00:00Z,a`);
  writeFileSync(file, `click_id,clicked_at,alias\n${lines.join("\n")}\n`);
}

test("every row goes once, in parts, as an object with the file’s own names", async () => {
  writeRows(4_500);
  expect(await runAdoption(parts({ timeZone: "Europe/Berlin" }))).toMatchObject({
    rows: 4_500,
    adopted: 4_500,
    refused: 0,
  });
  expect(sent.map((rows) => rows.length)).toEqual([2_000, 2_000, 500]);
  expect(JSON.parse(sent[2]?.[0] ?? "")).toEqual({
    click_id: "id-4000",
    clicked_at: "2026-11-01T00:00:00Z",
    alias: "a",
  });
  expect(queries[0]).toBe("/api/trackers/old/clicks?time_zone=Europe%2FBerlin");
  expect(existsSync(progressPath(file))).toBe(false);
});

test("what broke off goes on behind what was sent, and a changed file begins anew", async () => {
  writeRows(7_000);
  const broken = () => {
    let left = 2;
    answerPart = (rows) =>
      left-- > 0
        ? { status: 200, body: { new: rows.length, known: 0, not_adopted: 0, reasons: [], lines: [] } }
        : { status: 403, body: { detail: "not you" } };
  };
  const whole = answerPart;
  broken();
  await expect(runAdoption(parts())).rejects.toThrow("not you");
  answerPart = whole;
  expect(await runAdoption(parts())).toMatchObject({ rows: 7_000, adopted: 7_000 });
  expect(sent.flat().map((row) => JSON.parse(row).click_id)).toEqual(
    Array.from({ length: 7_000 }, (_, row) => `id-${row}`),
  );
  broken();
  await expect(runAdoption(parts())).rejects.toThrow("not you");
  writeFileSync(file, readFileSync(file, "utf8").replace("id-0,", "id-x,"));
  answerPart = whole;
  sent = [];
  expect(await runAdoption(parts())).toMatchObject({ rows: 7_000 });
  expect(sent.flat()).toHaveLength(7_000);
  broken();
  await expect(runAdoption(parts())).rejects.toThrow();
  await expect(runAdoption(parts({ tracker: "other" }))).rejects.toThrow("is of the tracker old");
});

test("what is not adopted stands in a report beside the file, by its line", async () => {
  writeFileSync(file, '{"click_id":"a"}\nno object\n{"click_id":"b","n":{"m":1}}\n');
  answerPart = () => ({
    status: 200,
    body: {
      ...{ new: 1, known: 0, not_adopted: 1 },
      reasons: [{ reason: "unknown_alias", rows: 1, message: "Set it." }],
      lines: [{ row: 2, reason: "unknown_alias", message: "Set it.", text: "x" }],
    },
  });
  const done = await runAdoption(parts());
  expect(done).toMatchObject({ rows: 3, adopted: 1, refused: 2 });
  expect(sent).toEqual([['{"click_id":"a"}', '{"click_id":"b","n.m":"1"}']]);
  const lines = readFileSync(rejectedPath(file), "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { line: 2, reason: "unreadable_row" },
    { line: 3, reason: "unknown_alias", text: "x" },
  ]);
});

test("a check sends nothing, and what is down is asked again", async () => {
  writeRows(3);
  let down = 3;
  const whole = answerPart;
  answerPart = (rows) => (down-- > 0 ? { status: 503, body: { detail: "later" } } : whole(rows));
  expect(await runAdoption(parts({ isCheck: true }))).toMatchObject({ rows: 3, adopted: 3 });
  expect(queries).toHaveLength(4);
  expect(queries.every((query) => query.includes("check=1"))).toBe(true);
  expect(existsSync(progressPath(file))).toBe(false);
});
