/** A file of another tracker's history for an advertiser: its rows at links of ours, each under a name that it has in every file. */

import type { Taken } from "../../core/postback/postback.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { FileEncoding } from "../../core/table-file/encoding.ts";
import { formOf, recordsOf } from "../../core/table-file/file-form.ts";
import {
  type FaultyHistory,
  findHistoryColumns,
  HISTORY_COLUMNS,
  type HistoryColumn,
  type HistorySlugs,
  readHistory,
} from "../../core/table-file/history-columns.ts";
import type { TableRecord } from "../../core/table-file/table-records.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../web/problem.ts";
import type { OpenedImport, ReadRow } from "./opened-import.ts";

/** What rows are put down to. */
interface PlaceOfLink {
  number: number;
  slug: string;
  offer: string;
  affiliate: string;
  /** Of the offer, as JSON. */
  events: string;
}

/** An offer and an affiliate mean the oldest link of both that no coupon made. */
const LINKS = `
  SELECT l.number, l.slug, o.slug AS offer, a.slug AS affiliate,
    (SELECT json_group_array(e.name) FROM offer_events AS e WHERE e.offer = o.number) AS events
  FROM offers AS o CROSS JOIN links AS l ON l.offer = o.number JOIN affiliates AS a ON a.number = l.affiliate
  WHERE o.advertiser = ?1 ORDER BY EXISTS (SELECT 1 FROM coupons AS c WHERE c.link = l.number), l.number`;

/** Opens the file. Refuses, in a sentence, what is no history. */
export async function openHistory(
  env: Pick<Env, "DB">,
  bytes: Uint8Array,
  { advertiser, encoding, nowMs }: { advertiser: number; encoding: FileEncoding | null; nowMs: number },
): Promise<Result<OpenedImport, Problem>> {
  const open = async function* () {
    yield bytes;
  };
  const form = await formOf(open, encoding);
  const records = recordsOf(open, form);
  const head = await firstOf(records);
  if (!head.ok) return head;
  const columns = findHistoryColumns(head.value.cells);
  if (!columns) return refuse(unnamed(head.value.cells));
  const { results } = await env.DB.prepare(LINKS).bind(advertiser).all<PlaceOfLink>();
  const reading = { columns, cellsInHeader: head.value.cells.length, nowMs };
  const named = { header: head.value.cells, fields: new Map(), open: [] };
  const table = { ...form, headerLine: head.value.line, ahead: 1, columns: named, layout: null };
  return accept({ rows: rowsOf(records, reading, placesOf(results)), plan: null, table, summary: () => null });
}

async function firstOf(records: AsyncGenerator<TableRecord, void>): Promise<Result<TableRecord, Problem>> {
  try {
    const { value } = await records.next();
    return value ? accept(value) : refuse({ name: "malformed_request", detail: "This file is empty." });
  } catch (error) {
    return refuse({ name: "malformed_request", detail: `This file is no CSV: ${String(error)}.` });
  }
}

function unnamed(cells: readonly string[]): Problem {
  const detail = `The first line is to name the columns of history: link, or offer and affiliate; conversion_id, txid or click_id; received_at or occurred_at. It says “${cells.join(", ").slice(0, 200)}”. All that are read: ${HISTORY_COLUMNS.join(", ")}.`;
  return { name: "malformed_request", detail };
}

interface HistoryReading {
  columns: ReadonlyMap<HistoryColumn, number>;
  cellsInHeader: number;
  nowMs: number;
}

async function* rowsOf(
  records: AsyncIterable<TableRecord>,
  { columns, ...told }: HistoryReading,
  placeFor: (slugs: HistorySlugs) => PlaceOfLink | undefined,
): AsyncGenerator<ReadRow, void> {
  const names = new Set<string>();
  let number = 0;
  for await (const record of records) {
    const { line, cells } = record;
    const decided = decide(record);
    const says = () =>
      Object.fromEntries([...columns].flatMap(([name, place]) => (cells[place] ? [[name, cells[place]]] : [])));
    yield { decided: { number: ++number, line, ...decided }, says };
  }

  function decide(record: TableRecord): { taken: Taken } | { faulty: FaultyHistory } {
    const read = readHistory(record, columns, told);
    if (!read.ok) return { faulty: read.refusal };
    const { name, slugs, content, history } = read.value;
    const place = placeFor(slugs);
    const faulty = (fault: FaultyHistory["fault"], column: HistoryColumn, text: string | null) => ({
      faulty: { fault, column, text },
    });
    if (!place) {
      const column = slugs.link === null ? "offer" : "link";
      return faulty("unknown_place", column, slugs[column]);
    }
    const events: string[] = JSON.parse(place.events);
    if (content.event !== undefined && !events.includes(content.event))
      return faulty("unknown_event", "event", content.event);
    const key = JSON.stringify(name);
    if (names.has(key)) return faulty("twice", "conversion_id", name.at(-1) ?? null);
    names.add(key);
    return { taken: { channel: "import", content: { ...content, history: { link: place.number, ...history } }, name } };
  }
}

function placesOf(links: readonly PlaceOfLink[]): (slugs: HistorySlugs) => PlaceOfLink | undefined {
  const bySlug = new Map(links.map((link) => [link.slug, link]));
  const byPair = new Map<string, PlaceOfLink>();
  for (const link of links) {
    const pair = JSON.stringify([link.offer, link.affiliate]);
    if (!byPair.has(pair)) byPair.set(pair, link);
  }
  return ({ link, offer, affiliate }) =>
    link === null ? byPair.get(JSON.stringify([offer, affiliate])) : bySlug.get(link);
}
