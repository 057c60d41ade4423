/** The console's API as scripts and tests call it: a method, a path, a body, and the parsed answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "../workers/core/is-record.ts";
import { reach } from "./reach.ts";

/** As which the audit log has our scripts' calls. */
const BY_SCRIPT = { "x-clickback-script": "1" };

/** The part of an HTTP answer that callers read; every fetch gives it. */
export interface Answer {
  status: number;
  text(): Promise<string>;
}

export interface CallInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

/** Fetches a path of the console with its bearer token set. */
export type ConsoleFetch = (path: string, init?: CallInit) => Promise<Answer>;

/** The same, with everything that an answer has. */
export type FullFetch = (path: string, init?: CallInit) => Promise<Response>;

/** So often a request waits for its caller's budget; a minute is the longest wait. */
const MOST_WAITS = 5;

/** A fetch for the console that listens at `origin`, with `token` as its bearer. What is beyond the caller's budget waits as long as the answer says. */
export function consoleFetch(origin: string, token: string): FullFetch {
  return async (path, init = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...BY_SCRIPT, ...init.headers };
    for (let waits = 0; ; waits++) {
      const answer = await reach(new URL(path, origin), { ...init, headers });
      if (waits === MOST_WAITS || !(await isBeyondBudget(answer))) return answer;
      await sleep(Number(answer.headers.get("retry-after") ?? 1) * 1_000);
    }
  };
}

/** True where waiting helps: not for who guesses tokens. */
async function isBeyondBudget(answer: Response): Promise<boolean> {
  return answer.status === 429 && (await answer.clone().text()).includes(":too_many_requests");
}

/** Calls the API and gives the JSON object it answers. Throws, with the console's own words, when the status is not one of `expected`. */
export async function callConsole(
  fetchConsole: ConsoleFetch,
  call: { method?: string; path: string; body?: unknown },
  expected: readonly number[] = [200, 201],
): Promise<Record<string, unknown>> {
  const method = call.method ?? "GET";
  const init: CallInit = { method };
  if (call.body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(call.body);
  }
  const answer = await fetchConsole(call.path, init);
  const text = await answer.text();
  if (!expected.includes(answer.status)) throw new Error(`${method} ${call.path} answered ${answer.status}: ${text}`);
  return parseObject(text);
}

/** Every page of a list, to which the `next` of the one before leads. */
export async function* pagesOf(
  fetchConsole: ConsoleFetch,
  { method = "GET", path }: { method?: string; path: string },
): AsyncGenerator<Record<string, unknown>> {
  for (let cursor = ""; ; ) {
    const page = await callConsole(fetchConsole, { method, path: path + cursor });
    yield page;
    if (typeof page.next !== "string") return;
    cursor = `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(page.next)}`;
  }
}

/** Every item of a list, page after page. */
export async function* itemsOf(fetchConsole: ConsoleFetch, path: string): AsyncGenerator<Record<string, unknown>> {
  for await (const { items } of pagesOf(fetchConsole, { path })) yield* recordsIn(items);
}

/** The sentence of an answer in the form of RFC 9457, or else the answer itself. */
export function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    return isRecord(problem) && typeof problem.detail === "string" ? problem.detail : text;
  } catch {
    return text;
  }
}

export function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  return isRecord(value) ? value : {};
}
