/** An import under bad circumstances: doors that say "not now", connections that break, runs that die, files that change. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockPath } from "../../scripts/file-lock.ts";
import { type BatchAnswer, type RowAnswer, readRetryAfter, sendBatch } from "../../scripts/import/batch-answer.ts";
import { reportPath } from "../../scripts/import/refused-report.ts";
import type { Row } from "../../scripts/import/rows.ts";
import { runImport } from "../../scripts/import/run.ts";
import { upload } from "../../scripts/import/upload.ts";
import { progressPath } from "../../scripts/progress-file.ts";

const TARGET = "https://postback.example/p/acme";
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clickback-import-"));
  file = join(dir, "rows.csv");
});
afterEach(() => rmSync(dir, { recursive: true }));

function answerFor(row: Row, reason = ""): RowAnswer {
  return { accepted: reason === "", receipt: `r${row.number}`, reason, parameter: null, message: "" };
}

describe("a piece", () => {
  const piece = [1, 2, 3, 4].map((number) => ({ number, line: number + 1, bytes: Buffer.from(`row ${number}`) }));
  type Refusal = BatchAnswer["refusal"];
  const outage = (status: number | null, retryAfterS: number | null = null): Refusal => ({
    status,
    text: "not now",
    retryAfterS,
  });

  /** A door that answers as it is told, try after try, and then accepts everything. */
  function door(...tries: ((rows: readonly Row[]) => [(string | null)[], Refusal])[]) {
    const sent: number[][] = [];
    const waits: number[] = [];
    return {
      sent,
      waits,
      parts: {
        send: async (rows: readonly Row[]): Promise<BatchAnswer> => {
          sent.push(rows.map(({ number }) => number));
          const [reasons, refusal] = tries.shift()?.(rows) ?? [rows.map(() => ""), null];
          const answers = rows.flatMap((row, index) => {
            const reason = reasons[index];
            return typeof reason === "string" ? [[index + 1, answerFor(row, reason)] as const] : [];
          });
          return { rows: new Map(answers), refusal };
        },
        sleep: async (ms: number) => void waits.push(ms),
      },
    };
  }

  test.each<[string, [(string | null)[], Refusal][], number[][], number[]]>([
    ["is sent once where all goes well", [], [[1, 2, 3, 4]], []],
    [
      "waits as long as Retry-After says",
      [[[], outage(429, 7)]],
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
      [7000],
    ],
    [
      "waits longer and longer where nobody answers",
      [
        [[], outage(null)],
        [[], outage(502)],
        [[], outage(null)],
      ],
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
      [1000, 2000, 4000],
    ],
    [
      "sends only what was not answered before the connection broke",
      [[["", "bad_amount"], outage(null)]],
      [
        [1, 2, 3, 4],
        [3, 4],
      ],
      [1000],
    ],
    [
      "sends again what the queue did not take",
      [[["", "try_again", "bad_status", "rate_limited"], null]],
      [
        [1, 2, 3, 4],
        [2, 4],
      ],
      [1000],
    ],
    ["sends again what was left out of the answer", [[["", "", null, ""], null]], [[1, 2, 3, 4], [3]], [1000]],
  ])("%s", async (_, tries, sent, waits) => {
    const played = door(...tries.map((one) => () => one));
    const answers = await upload(played.parts, piece);
    expect([...answers.keys()].map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
    expect(played).toMatchObject({ sent, waits });
  });

  test.each([401, 403, 404, 413, 415])("stops where the batch is refused with %s", async (status) => {
    const played = door(() => [[], { status, text: "bad_token", retryAfterS: null }]);
    await expect(upload(played.parts, piece)).rejects.toThrow(`${status}: bad_token`);
    expect(played.sent).toHaveLength(1);
  });

  test("gives up when nothing is taken for minutes, and not as long as something is", async () => {
    const dead = door(...Array.from({ length: 50 }, () => (): [[], Refusal] => [[], outage(503)]));
    await expect(upload(dead.parts, piece)).rejects.toThrow("12 tries brought nothing");
    expect(dead.waits.reduce((sum, ms) => sum + ms)).toBeGreaterThan(180_000);
    const slow = door(
      ...Array.from(
        { length: 33 },
        (_, index) => (): [(string | null)[], Refusal] =>
          index % 11 === 10 ? [[""], outage(null)] : [[], outage(503)],
      ),
    );
    expect((await upload(slow.parts, piece)).size).toBe(4);
  });
});

test.each([
  [null, null],
  ["5", 5],
  ["Mon, 23 Nov 2026 08:00:30 GMT", 30],
  ["Mon, 23 Nov 2026 07:00:00 GMT", 0],
  ["soon", null],
])("Retry-After: %s is %s seconds", (text, seconds) => {
  expect(readRetryAfter(text, Date.parse("2026-11-23T08:00:00Z"))).toBe(seconds);
});

test("of an answer that breaks off, the whole lines count", async () => {
  const line = (row: number) => `${JSON.stringify({ row, status: "accepted", receipt: `r${row}` })}\n`;
  const server = createServer((_, response) => {
    response.writeHead(200);
    response.write(line(1) + line(2) + line(3).slice(0, 20), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const answer = await sendBatch({
    method: "POST",
    url: `http://127.0.0.1:${port}/`,
    headers: {},
    body: Buffer.from("x"),
  });
  server.close();
  expect([...answer.rows.keys()]).toEqual([1, 2]);
  expect(answer.refusal?.status).toBeNull();
});

describe("a run", () => {
  const csv = (rows: number) =>
    `txid,amount\n${Array.from({ length: rows }, (_, index) => `order-${index + 1},10\n`).join("")}`;

  const accept = (_: Row): string => "";

  /** Imports the file, three rows a piece; `dieAfter` pieces the run dies, after the door took the piece and before that is written down. */
  async function run({ dieAfter = Number.POSITIVE_INFINITY, target = TARGET, refuse = accept } = {}) {
    const sent: number[] = [];
    let pieces = 0;
    const result = await runImport({
      file,
      table: { mapping: {}, layout: null, columns: [], decimal: null, encoding: null },
      target,
      limits: { rows: 3, bytes: 1_000 },
      upload: async (piece) => {
        sent.push(...piece.map(({ number }) => number));
        if (++pieces > dieAfter) throw new Error("killed");
        return new Map(piece.map((row) => [row, answerFor(row, refuse(row))]));
      },
      pace: async () => {},
      tell: () => {},
    }).catch((error: unknown) => String(error));
    return { sent, result };
  }

  test("sends every row once and leaves no progress behind", async () => {
    writeFileSync(file, csv(10));
    expect(await run()).toEqual({
      sent: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      result: expect.objectContaining({ rows: 10, accepted: 10, refused: 0, skipped: 0 }),
    });
    expect(existsSync(progressPath(file))).toBe(false);
    expect(existsSync(reportPath(file))).toBe(false);
  });

  test("goes on where the last one died, and reports each refused row once", async () => {
    writeFileSync(file, csv(10));
    const refuse = ({ number }: Row) => (number % 2 === 0 ? "bad_amount" : "");
    expect((await run({ dieAfter: 2, refuse })).result).toContain("killed");
    // What a dying run may have left behind its last piece.
    writeFileSync(reportPath(file), '{"line":', { flag: "a" });
    expect(await run({ refuse })).toEqual({
      sent: [7, 8, 9, 10],
      result: expect.objectContaining({ rows: 10, accepted: 5, refused: 5, skipped: 6 }),
    });
    const lines = readFileSync(reportPath(file), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [2, 4, 6, 8, 10].map((row) => ({
        line: row + 1,
        row,
        reason: "bad_amount",
        parameter: null,
        message: "",
        receipt: `r${row}`,
      })),
    );
  });

  test("goes on in a file that grew", async () => {
    writeFileSync(file, csv(10));
    await run({ dieAfter: 3 });
    writeFileSync(file, csv(12));
    expect((await run()).sent).toEqual([10, 11, 12]);
  });

  test.each([
    ["changed in a row that was sent", csv(10).replace("order-2,10", "order-2,11")],
    ["changed in its header", csv(10).replace("amount", "revenue")],
    ["shorter than what was sent", csv(4)],
  ])("begins anew in a file that is %s", async (_, content) => {
    writeFileSync(file, csv(10));
    await run({ dieAfter: 2, refuse: () => "bad_amount" });
    writeFileSync(file, content);
    const { sent, result } = await run();
    expect(sent[0]).toBe(1);
    expect(result).toMatchObject({ skipped: 0, refused: 0 });
    expect(existsSync(reportPath(file))).toBe(false);
  });

  test("does not mistake another target's progress for its own", async () => {
    writeFileSync(file, csv(10));
    await run({ dieAfter: 1 });
    const { sent, result } = await run({ target: "https://postback.example/p/other" });
    expect([sent, result]).toEqual([[], expect.stringContaining(TARGET)]);
    // Where nothing was sent there is nothing to mistake.
    rmSync(progressPath(file));
    await run({ dieAfter: 0 });
    expect((await run({ target: "https://postback.example/p/other" })).sent).toHaveLength(10);
  });

  test("is refused while another process imports the file, and not when that one has died", async () => {
    writeFileSync(file, csv(10));
    await run({ dieAfter: 1 });
    expect(existsSync(lockPath(file))).toBe(false);
    writeFileSync(lockPath(file), String(process.ppid));
    expect(await run()).toEqual({ sent: [], result: expect.stringContaining(`process ${process.ppid}`) });
    // Higher than any process number.
    writeFileSync(lockPath(file), "99999999");
    expect((await run()).sent).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });

  test("is not refused for a lock that bears its own process's number: in a container every run has the same", async () => {
    writeFileSync(file, csv(3));
    writeFileSync(lockPath(file), String(process.pid));
    expect((await run()).sent).toEqual([1, 2, 3]);
    expect(existsSync(lockPath(file))).toBe(false);
  });

  test("is refused while the same process imports the file already", async () => {
    writeFileSync(file, csv(3));
    const both = await Promise.all([run(), run()]);
    expect(both.map(({ sent }) => sent.length).sort()).toEqual([0, 3]);
  });

  test("a row that cannot be read is reported with its line, and the others are sent", async () => {
    writeFileSync(file, `${csv(4)}order-5,"1"0\norder-6,10\n`);
    expect(await run()).toEqual({
      sent: [1, 2, 3, 4, 6],
      result: expect.objectContaining({ rows: 6, accepted: 5, refused: 1 }),
    });
    expect(JSON.parse(readFileSync(reportPath(file), "utf8"))).toMatchObject({
      line: 6,
      row: 5,
      reason: "unreadable_amount",
      parameter: "amount",
    });
  });

  test("a table that cannot be read sends nothing", async () => {
    writeFileSync(file, `${csv(4)}order-5,"10\norder-6,10\n`);
    expect(await run()).toEqual({ sent: [], result: expect.stringContaining("Quote Not Closed") });
  });
});
