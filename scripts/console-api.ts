/** The console's API as scripts and tests call it: a method, a path, a body, and the parsed answer. */

/** The part of an HTTP answer that callers read; every fetch gives it. */
export interface Answer {
  status: number;
  text(): Promise<string>;
}

export interface CallInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Fetches a path of the console with its bearer token set. */
export type ConsoleFetch = (path: string, init?: CallInit) => Promise<Answer>;

/** The same, with everything that an answer has. */
export type FullFetch = (path: string, init?: CallInit) => Promise<Response>;

/** A fetch for the console that listens at `origin`, with `token` as its bearer. */
export function consoleFetch(origin: string, token: string): FullFetch {
  return (path, init = {}) =>
    fetch(new URL(path, origin), { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
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

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
