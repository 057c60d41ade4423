/** How each row of an import ended: asked of the console by receipt, written beside the file, and counted. */
import { rmSync } from "node:fs";
import * as v from "valibot";
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import { until } from "../until.ts";
import { addLines } from "./refused-report.ts";
import { type SentRow, sentPath, sentRows } from "./sent-list.ts";

/** So many receipts are asked for at once, and so long. */
const AT_ONCE = 500;
const ASK_EVERY_MS = 500;
const SETTLED_WITHIN_MS = 300_000;
/** Outcomes with which a row's order is not in the books. */
const UNBOOKED: readonly string[] = ["rejected", "unattributed", "failed", "refused", "queued"];

const receipt = v.object({
  receipt: v.string(),
  status: v.string(),
  reason: v.nullable(v.string()),
  message: v.nullable(v.string()),
  conversion: v.nullable(v.string()),
});
const answer = v.object({ receipts: v.array(receipt) });
type SettledRow = v.InferOutput<typeof receipt>;

/** One way of ending, and how many rows ended so. */
export interface Ending {
  status: string;
  reason: string | null;
  message: string | null;
  rows: number;
}

export function outcomesPath(file: string): string {
  return `${file}.outcomes.ndjson`;
}

/** True for an ending with which nothing was booked. */
export function isUnbooked({ status }: Ending): boolean {
  return UNBOOKED.includes(status);
}

/** Waits for every accepted row, writes a line for each, and gives how many ended in which way. What is not settled within minutes is `queued`. */
export async function awaitOutcomes(file: string, fetchConsole: ConsoleFetch): Promise<Ending[]> {
  const path = outcomesPath(file);
  rmSync(path, { force: true });
  const endings = new Map<string, Ending>();
  for await (const sent of sentRows(file, AT_ONCE)) {
    const settled = await settle(fetchConsole, sent);
    const lines = sent.map(({ line, row, receipt: name }) => {
      const { status = "queued", reason = null, message = null, conversion = null } = settled.get(name) ?? {};
      const key = JSON.stringify([status, reason]);
      const held = endings.get(key);
      endings.set(key, { status, reason, message, rows: (held?.rows ?? 0) + 1 });
      return JSON.stringify({ line, row, receipt: name, status, reason, message, conversion });
    });
    addLines(path, lines);
  }
  rmSync(sentPath(file), { force: true });
  return [...endings.values()].sort((left, right) => right.rows - left.rows);
}

/** Asks until all are settled, or for minutes. */
async function settle(fetchConsole: ConsoleFetch, sent: readonly SentRow[]): Promise<Map<string, SettledRow>> {
  const settled = new Map<string, SettledRow>();
  await until(
    async () => {
      const open = sent.flatMap(({ receipt: name }) => (settled.has(name) ? [] : [name]));
      const read = await callConsole(fetchConsole, { method: "POST", path: "/receipts", body: { receipts: open } });
      for (const one of v.parse(answer, read).receipts) if (one.status !== "queued") settled.set(one.receipt, one);
      return sent.every(({ receipt: name }) => settled.has(name));
    },
    { everyMs: ASK_EVERY_MS, withinMs: SETTLED_WITHIN_MS },
  );
  return settled;
}
