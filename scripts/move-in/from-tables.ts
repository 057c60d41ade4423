/**
 * A programme and its history out of tables that people write down: `advertisers.csv`, `affiliates.csv`, `offers.csv`, `events.csv`, `links.csv`, and `history.csv`, whose
 * columns are those of the console's imports. What names another row does so by its slug.
 */
import { HISTORY_COLUMNS, readHistoryTime } from "../../workers/core/table-file/history-columns.ts";
import type { OldConversion, OldEvent, OldOffer, OldPrice, OldProgramme, OldTracker } from "./old-programme.ts";
import { tableRows } from "./table-folder.ts";

/** The columns of each table; those in `required` say something in every row. */
export const MOVE_TABLES = {
  advertisers: { columns: ["slug", "name"], required: ["slug"] },
  affiliates: { columns: ["slug", "name"], required: ["slug"] },
  offers: {
    columns: ["slug", "name", "advertiser", "destination", "currency"],
    required: ["slug", "advertiser", "destination", "currency"],
  },
  events: { columns: ["offer", "name", "payout", "revenue", "repeat"], required: ["offer", "name", "payout"] },
  links: { columns: ["slug", "offer", "affiliate", "status", "aliases"], required: ["slug", "offer", "affiliate"] },
} as const;
type MoveTable = keyof typeof MOVE_TABLES;

/** Reads the tables of a folder. Throws, with file and line, at the first that says what cannot be. */
export function tablesIn(folder: string, dialect: string | null): OldTracker {
  return {
    dialect,
    programme: () => readTables(folder),
    history: (range) => readHistory(folder, range),
  };
}

async function readTables(folder: string): Promise<OldProgramme> {
  const rows = (table: MoveTable) => tableRows(folder, table, MOVE_TABLES[table]);
  const named = async (table: "advertisers" | "affiliates") => {
    const things: { slug: string; name: string }[] = [];
    for await (const { cells } of rows(table))
      things.push({ slug: said(cells, "slug"), name: said(cells, "name") || said(cells, "slug") });
    return things;
  };
  const [advertisers, affiliates] = [await named("advertisers"), await named("affiliates")];
  const events = new Map<string, OldEvent[]>();
  for await (const { line, cells } of rows("events")) {
    const own = events.get(said(cells, "offer")) ?? [];
    events.set(said(cells, "offer"), [...own, eventOf(cells, `events.csv line ${line}`)]);
  }
  const offers: OldOffer[] = [];
  for await (const { line, cells } of rows("offers")) {
    const [slug, advertiser] = [said(cells, "slug"), said(cells, "advertiser")];
    known(advertisers, advertiser, "advertiser", `offers.csv line ${line}`);
    const [destination, currency] = [said(cells, "destination"), said(cells, "currency").toUpperCase()];
    const own = { slug, name: said(cells, "name") || slug, advertiser, destination, currency };
    offers.push({ ...own, events: events.get(slug) ?? [] });
  }
  for (const offer of events.keys()) known(offers, offer, "offer", "events.csv");
  const links: OldProgramme["links"] = [];
  for await (const { line, cells } of rows("links")) {
    const [slug, offer, affiliate] = [said(cells, "slug"), said(cells, "offer"), said(cells, "affiliate")];
    known(offers, offer, "offer", `links.csv line ${line}`);
    known(affiliates, affiliate, "affiliate", `links.csv line ${line}`);
    const aliases = said(cells, "aliases").split(/\s+/).filter(Boolean);
    links.push({ slug, offer, affiliate, aliases, isPaused: said(cells, "status") === "paused" });
  }
  return { advertisers, affiliates, offers, links, left: [] };
}

function said(cells: Readonly<Record<string, string>>, column: string): string {
  return cells[column] ?? "";
}

function known(things: readonly { slug: string }[], slug: string, kind: string, where: string): void {
  if (!things.some((thing) => thing.slug === slug)) throw new Error(`${where}: there is no ${kind} “${slug}”`);
}

function eventOf(cells: Readonly<Record<string, string>>, where: string): OldEvent {
  const revenue = said(cells, "revenue");
  const repeat = said(cells, "repeat") || "per_txid";
  if (repeat !== "per_txid" && repeat !== "once_per_click")
    throw new Error(`${where}: repeat is per_txid or once_per_click, and is “${repeat}”`);
  return {
    name: said(cells, "name"),
    payout: priceOf(said(cells, "payout"), where),
    revenue: revenue === "posted" ? revenue : priceOf(revenue || "0", where),
    repeat,
  };
}

/** `2.50` is flat, `10 %` a share of the amount. */
function priceOf(text: string, where: string): OldPrice {
  const { number, sign } = /^(?<number>\d+(?:\.\d+)?)\s*(?<sign>%?)$/.exec(text)?.groups ?? {};
  if (number === undefined) throw new Error(`${where}: a price is such as 2.50 or 10 %, and is “${text}”`);
  return sign === "%" ? { percent: number } : { flat: number };
}

/** Those of a range; a row whose time cannot be read goes along, and the console says so. */
async function* readHistory(folder: string, range: { from: string; to: string }): AsyncGenerator<OldConversion> {
  const columns = ["advertiser", ...HISTORY_COLUMNS];
  const [fromMs, toMs] = [Date.parse(range.from), Date.parse(range.to)];
  for await (const { cells } of tableRows(folder, "history", { columns, required: ["advertiser"] })) {
    const atMs = readHistoryTime(cells.received_at || cells.occurred_at || "");
    if (atMs === null || (atMs >= fromMs && atMs < toMs)) yield cells;
  }
}
