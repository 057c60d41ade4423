/**
 * Reads a Keitaro tracker: its Admin API v1 (`/admin_api/v1/`, header `Api-Key`; playtini/keitaro-client original/openapi.json), or its answers in a folder as
 * `campaigns.json`, `campaigns-7-streams.json`, `conversions-log.json`.
 */
import { isRecord } from "../../workers/core/is-record.ts";
import { recordsIn } from "../console-api.ts";
import { keptAnswer, type OldApiParts, oldApi } from "./old-api.ts";

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

export interface KeitaroParts extends OldApiParts {
  origin: string;
  key: string;
}

const KEY_ADVICE = "check the key, and that its user may see all campaigns";

/** Reads over HTTP. Throws as whoever asks an old tracker does; columns that this tracker does not know are a `RefusedRequest`. */
export function keitaroApi({ origin, key, ...parts }: KeitaroParts): KeitaroReader {
  const api = oldApi(parts, { headers: { "api-key": key }, keyAdvice: KEY_ADVICE });
  const ask = (path: string, init: { method: string; body?: string }) => api(`${origin}/admin_api/v1/${path}`, init);
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

/** The same out of answers that were kept in a folder. */
export function keitaroFolder(folder: string): KeitaroReader {
  return {
    list: async (path) => {
      const name = path.replaceAll("/", "-");
      return listIn(name, keptAnswer(folder, name));
    },
    conversions: async ({ limit, offset }) => {
      const answer = keptAnswer(folder, "conversions-log");
      return recordsIn(isRecord(answer) ? answer.rows : answer).slice(offset, offset + limit);
    },
  };
}

function listIn(path: string, value: unknown): Rows {
  if (!Array.isArray(value)) throw new Error(`${path} is no list: ${JSON.stringify(value).slice(0, 80)}`);
  return recordsIn(value);
}
