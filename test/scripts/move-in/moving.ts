/** A console that is moved into, which may die in the middle, and what came of it. */
import type { ConsoleFetch } from "../../../scripts/console-api.ts";
import { type MoveChoice, move } from "../../../scripts/move-in/move.ts";
import type { OldTracker } from "../../../scripts/move-in/old-programme.ts";
import type { Console } from "../../console/console.ts";

/** The console; the write after `dies` others fails, and all that follow. */
export function consoleWith(api: Console, dies = Number.POSITIVE_INFINITY): ConsoleFetch {
  let writes = 0;
  return async (path, { method = "GET", headers = {}, body } = {}) => {
    if (method !== "GET" && ++writes > dies) throw new Error("killed");
    return body === undefined ? api.fetch(path, headers) : api.fetch(path, headers, { method, body });
  };
}

/** A move of which nothing is chosen but `choice`, and what it printed. */
export async function moved(tracker: OldTracker, fetchConsole: ConsoleFetch, choice: Partial<MoveChoice>) {
  const lines: string[] = [];
  const chosen = { apply: false, history: null, addresses: null, ...choice };
  const done = await move(tracker, fetchConsole, chosen, (line) => lines.push(line));
  return { done, text: lines.join("\n") };
}

/** How many of a kind the console has, up to 100. */
export async function countOf(api: Console, kind: string): Promise<number> {
  const { items } = Object((await api.call("GET", `/api/${kind}?limit=100`)).json);
  return items.length;
}

/** Of what was imported between two days: link, conversions, rejected ones and revenue. */
export async function importedByLink(api: Console, from: string, to: string): Promise<unknown[][]> {
  const path = `/api/reports?from=${from}&to=${to}&imported=yes&group_by=link`;
  const { rows } = Object((await api.call("GET", path)).json);
  return rows.map((row: Record<string, unknown>) => [row.link, row.conversions, row.rejected, row.revenue]);
}
