/**
 * Reads a Keitaro tracker: its Admin API v1 (`/admin_api/v1/`, header `Api-Key`; playtini/keitaro-client original/openapi.json), or its answers in a folder as
 * `campaigns.json`, `campaigns-7-streams.json`, `conversions-log.json`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../workers/core/is-record.ts";
import { recordsIn } from "../console-api.ts";

type Rows = Record<string, unknown>[];

export interface KeitaroReader {
  /** A list, by its path, such as `campaigns/7/streams`. */
  list(path: string): Promise<Rows>;
  /** A page of the log of conversions; fewer than `limit` rows where it is the last. */
  conversions(asked: KeitaroLogPage): Promise<Rows>;
}

export interface KeitaroLogPage {
  columns: readonly string[];
  from: string;
  to: string;
  limit: number;
  offset: number;
}

export interface KeitaroParts {
  origin: string;
  key: string;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Waits for so many milliseconds. */
  sleep: (ms: number) => Promise<unknown>;
}

const MOST_TRIES = 6;
const LONGEST_WAIT_S = 120;

/** Columns that a tracker does not know, so that asking for them is refused. */
export class UnknownColumns extends Error {}

/** Reads over HTTP. Throws one line that says what to do: for a key that is wrong, for what is no JSON, and when the tracker does not answer for long. */
export function keitaroApi({ origin, key, fetch, sleep }: KeitaroParts): KeitaroReader {
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const url = `${origin}/admin_api/v1/${path}`;
    for (let tries = 1; ; tries++) {
      const answer = await fetch(url, {
        ...init,
        headers: { "api-key": key, "content-type": "application/json" },
      }).catch((error: unknown) => (tries < MOST_TRIES ? null : Promise.reject(error)));
      if (answer?.status === 200) return readJson(url, await answer.text());
      if (answer?.status === 401 || answer?.status === 402 || answer?.status === 403)
        throw new Error(`${url} answered ${answer.status}: check the key, and that its user may see all campaigns`);
      if (answer && answer.status !== 429 && answer.status < 500) {
        const text = (await answer.text()).slice(0, 300);
        const failed = `${url} answered ${answer.status}: ${text}`;
        throw answer.status === 400 || answer.status === 422 ? new UnknownColumns(failed) : new Error(failed);
      }
      if (tries === MOST_TRIES) throw new Error(`${url} answered ${answer?.status} ${tries} times: try again later`);
      await sleep(waitMs(answer, tries));
    }
  };
  return {
    list: async (path) => listIn(path, await ask(path, { method: "GET" })),
    conversions: async ({ columns, from, to, limit, offset }) => {
      const range = { from, to, timezone: "UTC" };
      const body = JSON.stringify({ range, columns, limit, offset });
      const answer = await ask("conversions/log", { method: "POST", body });
      if (!isRecord(answer) || !Array.isArray(answer.rows)) throw new Error("the log of conversions has no rows");
      return recordsIn(answer.rows);
    },
  };
}

function waitMs(answer: Response | null, tries: number): number {
  const said = Number(answer?.headers.get("retry-after") ?? Number.NaN);
  return 1_000 * Math.min(LONGEST_WAIT_S, Number.isFinite(said) ? said : 2 ** tries);
}

/** The same out of answers that were kept in a folder. */
export function keitaroFolder(folder: string): KeitaroReader {
  const read = (name: string): unknown => {
    const path = join(folder, `${name}.json`);
    if (!existsSync(path)) throw new Error(`${path} is not there`);
    return readJson(path, readFileSync(path, "utf8"));
  };
  return {
    list: async (path) => {
      const name = path.replaceAll("/", "-");
      return listIn(name, read(name));
    },
    conversions: async ({ limit, offset }) => {
      const answer = read("conversions-log");
      return recordsIn(isRecord(answer) ? answer.rows : answer).slice(offset, offset + limit);
    },
  };
}

function readJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where} is no JSON, and begins with ${JSON.stringify(text.slice(0, 80))}`);
  }
}

function listIn(path: string, value: unknown): Rows {
  if (!Array.isArray(value)) throw new Error(`${path} is no list: ${JSON.stringify(value).slice(0, 80)}`);
  return recordsIn(value);
}
