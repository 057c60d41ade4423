/** What the books of the system under soak say, read as an analyst would: from the exports. */
import type { FullFetch } from "../console-api.ts";
import type { Booked } from "./stories.ts";

export interface Books {
  /** Status by receipt. */
  postbacks: Map<string, string>;
  /** Receipts that have two rows. */
  double: string[];
  conversions: Map<string, Booked>;
  clicks: Set<string>;
}

/** The receipts that have a row, of what was received since then. */
export async function readPostbacks(
  fetchConsole: FullFetch,
  fromMs: number,
): Promise<Pick<Books, "postbacks" | "double">> {
  const postbacks = new Map<string, string>();
  const double: string[] = [];
  for await (const { receipt = "", status = "" } of readExport(fetchConsole, "postbacks", fromMs)) {
    if (postbacks.has(receipt)) double.push(receipt);
    postbacks.set(receipt, status);
  }
  return { postbacks, double };
}

export async function readClicks(fetchConsole: FullFetch, fromMs: number): Promise<Set<string>> {
  const clicks = new Set<string>();
  for await (const { click_id = "" } of readExport(fetchConsole, "clicks", fromMs)) clicks.add(click_id);
  return clicks;
}

/** By order. */
export async function readConversions(fetchConsole: FullFetch, fromMs: number): Promise<Map<string, Booked>> {
  const conversions = new Map<string, Booked>();
  for await (const row of readExport(fetchConsole, "conversions", fromMs)) {
    const { txid = "", status = "" } = row;
    const booked = {
      txid,
      status,
      amountCents: centsOf(row.amount),
      revenueCents: centsOf(row.revenue),
      payoutCents: centsOf(row.payout),
    };
    conversions.set(conversions.has(txid) ? `${txid} a second time` : txid, booked);
  }
  return conversions;
}

/** A decimal of whole cents; anything finer is no whole number here. */
function centsOf(decimal = ""): number {
  return Math.round(Number(decimal) * 1_000_000) / 10_000;
}

async function* readExport(
  fetchConsole: FullFetch,
  table: string,
  fromMs: number,
): AsyncGenerator<Record<string, string>> {
  const answer = await fetchConsole(`/api/exports/${table}.ndjson?from=${new Date(fromMs).toISOString()}`);
  if (answer.status !== 200 || !answer.body) throw new Error(`the export of ${table} answered ${answer.status}`);
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
}
