/**
 * Reads an Everflow network: its Network API (`/v1/networks/`, header `X-Eflow-Api-Key`; https://developers.everflow.io), or its answers in a folder as `offers.json`,
 * `offers-7-visibility.json`, `encode-tracking_link_offer.json`, `entity-table.json`, `conversions.json`.
 */
import { isRecord } from "../../workers/core/is-record.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { recordsIn } from "../console-api.ts";
import { type AskOldApi, keptAnswer, keptAnswerOr, type OldApiParts, oldApi } from "./old-api.ts";

export type EverflowRow = Record<string, unknown>;

/** By which field each thing is told from others of its kind. */
const IDS = {
  advertisers: "network_advertiser_id",
  affiliates: "network_affiliate_id",
  offers: "network_offer_id",
  conversions: "conversion_id",
} as const;
type EverflowKind = keyof typeof IDS;

/** What an ID is in a placed link. */
export type EverflowCode = "tracking_link_affiliate" | "tracking_link_offer";

export interface EverflowPair {
  offer: number;
  affiliate: number;
}

export interface EverflowReader {
  /** All of a kind, each once. */
  list(kind: Exclude<EverflowKind, "conversions">): Promise<EverflowRow[]>;
  /** Which affiliates were let onto an offer, or kept from it, one by one. */
  visibility(offer: number): Promise<EverflowRow>;
  /** The codes of IDs in placed links; those that were told. */
  codes(type: EverflowCode, ids: readonly number[]): Promise<Map<number, string>>;
  /** Which affiliates had clicks or conversions on which offers, as long as it remembers. */
  ran(): Promise<EverflowPair[]>;
  /** Conversions and events of a time, Unix milliseconds, each once. */
  conversions(range: { fromMs: number; toMs: number }): AsyncGenerator<EverflowRow>;
  /** It tells of nothing before this, Unix milliseconds; null where it tells all that it has. */
  earliestMs: number | null;
}

export interface EverflowParts extends OldApiParts {
  origin: string;
  key: string;
  nowMs: number;
}

const KEY_ADVICE = "check that the key is a network's (Control Center > Security), and may read all of it";
/** The API gives 50 where nothing is said, and mostly takes 2,000. */
const PAGE = 500;
/** Reports go 365 days back, and not a day further. */
const REPORT_DAYS = 364;
/** Conversions that come while pages are read move all behind them: in a short time there are few pages. */
const CONVERSION_DAYS = 7;
/** One answer of an aggregated report has 10,000 rows at most. */
const PAIR_DAYS = 91;
const CODES_AT_ONCE = 100;
const MOST_READINGS = 3;
/** UTC, among its time zones. */
const UTC = 67;
const CODE = /^[0-9A-Za-z]{4,12}$/;

/** Reads over HTTP. Throws as whoever asks an old tracker does, and where an answer is not of the form that the API has. */
export function everflowApi({ origin, key, nowMs, ...parts }: EverflowParts): EverflowReader {
  const api = oldApi(parts, { headers: { "x-eflow-api-key": key }, keyAdvice: KEY_ADVICE });
  const ask: AskOldApi = (path, init) => api(`${origin}/v1/networks/${path}`, init);
  const post = (path: string, body: object) => ask(path, { method: "POST", body: JSON.stringify(body) });
  const earliestMs = nowMs - REPORT_DAYS * DAY_MS;
  return {
    earliestMs,
    list: (kind) => {
      const more = kind === "offers" ? "&relationship=payout_revenue&relationship=custom_payout_revenue_settings" : "";
      return allPages(kind, (page) => ask(`${kind}?page=${page}&page_size=${PAGE}${more}`, { method: "GET" }));
    },
    visibility: async (offer) => recordOf("visibility", await ask(`offers/${offer}/visibility`, { method: "GET" })),
    codes: async (type, ids) => {
      const codes = new Map<number, string>();
      for (let at = 0; at < ids.length; at += CODES_AT_ONCE) {
        const answer = await post("encode", { type, ids: ids.slice(at, at + CODES_AT_ONCE) });
        for (const [id, code] of codesIn(type, answer)) codes.set(id, code);
      }
      return codes;
    },
    // A day that is named as the end may not belong to the time.
    ran: () => pairsBetween(post, earliestMs, nowMs + DAY_MS),
    conversions: (range) => conversionsBetween(post, Math.max(range.fromMs, earliestMs), Math.min(range.toMs, nowMs)),
  };
}

/** The same out of answers that were kept in a folder. Who ran what is told by `entity-table.json`, or without it by `conversions.json`. */
export function everflowFolder(folder: string): EverflowReader {
  const all = (kind: EverflowKind) => allPages(kind, async () => keptAnswer(folder, kind));
  return {
    earliestMs: null,
    list: all,
    visibility: async (offer) => recordOf("visibility", keptAnswerOr(folder, `offers-${offer}-visibility`, {})),
    codes: async (type) => codesIn(type, keptAnswer(folder, `encode-${type}`)),
    ran: async () => {
      const table = keptAnswerOr(folder, "entity-table", null);
      return table === null ? (await all("conversions")).flatMap(pairOf) : pairsIn(table);
    },
    conversions: async function* ({ fromMs, toMs }) {
      yield* (await all("conversions")).filter((row) => isBetween(row, fromMs, toMs));
    },
  };
}

/** The pair of a conversion; none where it names none. */
export function pairOf({ relationship }: EverflowRow): EverflowPair[] {
  const { offer, affiliate } = isRecord(relationship) ? relationship : {};
  const pair = {
    offer: isRecord(offer) ? Number(offer.network_offer_id) : Number.NaN,
    affiliate: isRecord(affiliate) ? Number(affiliate.network_affiliate_id) : Number.NaN,
  };
  return Number.isSafeInteger(pair.offer) && Number.isSafeInteger(pair.affiliate) ? [pair] : [];
}

/** Rows of all pages of a list, by their IDs. What changes while it is read can move rows to another page: read again, it is whole. */
async function allPages(kind: EverflowKind, pageAt: (page: number) => Promise<unknown>): Promise<EverflowRow[]> {
  const rows = new Map<string, EverflowRow>();
  let total = 0;
  for (let reading = 1; reading <= MOST_READINGS; reading++) {
    const read = new Set<string>();
    for (let page = 1; ; page++) {
      const answer = await pageAt(page);
      const told = listIn(kind, answer);
      const before = read.size;
      for (const row of told) {
        const id = idOf(kind, row);
        read.add(id);
        rows.set(id, row);
      }
      const said = totalIn(answer);
      total = said ?? total;
      if (read.size === before || (said !== null && read.size >= said)) break;
    }
    if (rows.size >= total) return [...rows.values()];
  }
  throw new Error(`of ${total} ${kind} only ${rows.size} were told: try again later, or keep all pages`);
}

function listIn(kind: EverflowKind, answer: unknown): EverflowRow[] {
  const list = isRecord(answer) ? answer[kind] : answer;
  // A list with nothing in it is told as null.
  if (isRecord(answer) && kind in answer && list === null) return [];
  if (!Array.isArray(list)) throw new Error(`${kind} is no list: ${JSON.stringify(answer).slice(0, 80)}`);
  return recordsIn(list);
}

function idOf(kind: EverflowKind, row: EverflowRow): string {
  const id = row[IDS[kind]];
  const isId = kind === "conversions" ? typeof id === "string" && id !== "" : Number.isSafeInteger(id);
  if (!isId) throw new Error(`among ${kind} one has the ${IDS[kind]} ${JSON.stringify(id)}`);
  return String(id);
}

/** Null for an answer that is no page. */
function totalIn(answer: unknown): number | null {
  const paging = isRecord(answer) ? answer.paging : null;
  const total = isRecord(paging) ? Number(paging.total_count) : Number.NaN;
  return Number.isSafeInteger(total) ? total : null;
}

function codesIn(type: EverflowCode, answer: unknown): Map<number, string> {
  const values = isRecord(answer) ? answer.values : null;
  if (!Array.isArray(values)) throw new Error(`encode told no codes: ${JSON.stringify(answer).slice(0, 80)}`);
  return new Map(
    recordsIn(values).map(({ decoded, encoded }) => {
      if (typeof encoded !== "string" || !CODE.test(encoded))
        throw new Error(`encode told a ${type} of ${decoded} that is no code: ${JSON.stringify(encoded)}`);
      return [Number(decoded), encoded];
    }),
  );
}

type Post = (path: string, body: object) => Promise<unknown>;

async function pairsBetween(post: Post, fromMs: number, toMs: number, days = PAIR_DAYS): Promise<EverflowPair[]> {
  const pairs: EverflowPair[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += days * DAY_MS) {
    const endMs = Math.min(atMs + days * DAY_MS, toMs);
    const answer = await post("reporting/entity/table", {
      ...{ from: day(atMs), to: day(endMs), timezone_id: UTC, currency_id: "USD", query: { filters: [] } },
      columns: [{ column: "offer" }, { column: "affiliate" }],
    });
    if (!isRecord(answer) || answer.incomplete_results !== true) pairs.push(...pairsIn(answer));
    else if (days === 1) throw new Error(`more affiliates ran offers on ${day(atMs)} than one report tells`);
    else pairs.push(...(await pairsBetween(post, atMs, endMs, Math.ceil(days / 2))));
  }
  return pairs;
}

function pairsIn(answer: unknown): EverflowPair[] {
  const table = isRecord(answer) ? answer.table : null;
  if (!Array.isArray(table) && !(isRecord(answer) && "table" in answer && table === null))
    throw new Error(`the report of offers and affiliates has no table: ${JSON.stringify(answer).slice(0, 80)}`);
  return recordsIn(table).flatMap(({ columns }) => {
    const ids = new Map(recordsIn(columns).map(({ column_type: type, id }) => [type, Number(id)]));
    const pair = { offer: ids.get("offer") ?? 0, affiliate: ids.get("affiliate") ?? 0 };
    return pair.offer > 0 && pair.affiliate > 0 ? [pair] : [];
  });
}

async function* conversionsBetween(post: Post, fromMs: number, toMs: number): AsyncGenerator<EverflowRow> {
  for (let atMs = fromMs; atMs < toMs; atMs += CONVERSION_DAYS * DAY_MS) {
    const endMs = Math.min(atMs + CONVERSION_DAYS * DAY_MS, toMs);
    const asked = { show_conversions: true, show_events: true, timezone_id: UTC, query: { filters: [] } };
    const body = { ...asked, from: moment(atMs), to: moment(endMs) };
    const rows = await allPages("conversions", (page) =>
      post(`reporting/conversions?page=${page}&page_size=${PAGE}`, body),
    );
    // Whether the end belongs to the time is not documented.
    yield* rows.filter((row) => isBetween(row, atMs, endMs));
  }
}

function isBetween({ conversion_unix_timestamp: seconds }: EverflowRow, fromMs: number, toMs: number): boolean {
  const atMs = Number(seconds) * 1_000;
  if (Number.isNaN(atMs)) throw new Error(`a conversion was booked at ${JSON.stringify(seconds)}, which is no time`);
  return atMs >= fromMs && atMs < toMs;
}

function recordOf(what: string, value: unknown): EverflowRow {
  if (!isRecord(value)) throw new Error(`${what} is no object: ${JSON.stringify(value).slice(0, 80)}`);
  return value;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}
