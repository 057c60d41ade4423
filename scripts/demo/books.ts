/** What the books say of a run, read as an analyst would: from the exports. */
import { parse } from "csv-parse/sync";
import type { ConsoleFetch } from "../console-api.ts";
import type { ExpectedConversion } from "./scene.ts";

export interface LoggedVisit {
  clickId: string;
  kind: string;
  test: boolean;
}

/** The conversions of `advertisers` received since `fromMs` whose order is one of the run's, by the key that `keyOf` makes. */
export async function readConversions(
  fetchConsole: ConsoleFetch,
  advertisers: readonly string[],
  run: string,
  fromMs: number,
): Promise<ExpectedConversion[]> {
  const rows = await readExport(fetchConsole, "conversions", advertisers, fromMs);
  return rows.filter(({ txid = "" }) => txid.startsWith(`demo-${run}-`)).map(conversionOf);
}

/** The run's clicks in the click log. */
export async function readVisits(
  fetchConsole: ConsoleFetch,
  advertisers: readonly string[],
  run: string,
  fromMs: number,
): Promise<LoggedVisit[]> {
  const rows = await readExport(fetchConsole, "clicks", advertisers, fromMs);
  return rows
    .filter(({ sub1 }) => sub1 === run)
    .map((row) => ({ clickId: row.click_id ?? "", kind: row.kind ?? "", test: row.test === "true" }));
}

async function readExport(
  fetchConsole: ConsoleFetch,
  table: string,
  advertisers: readonly string[],
  fromMs: number,
): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for (const advertiser of advertisers) {
    const query = new URLSearchParams({ advertiser, from: new Date(fromMs).toISOString() });
    const answer = await fetchConsole(`/api/exports/${table}.csv?${query}`);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`the export of ${table} answered ${answer.status}: ${text}`);
    const parsed: Record<string, string>[] = parse(text, { columns: true, bom: true });
    for (const row of parsed) rows.push(row);
  }
  return rows;
}

function conversionOf(row: Record<string, string>): ExpectedConversion {
  return {
    advertiser: row.advertiser ?? "",
    affiliate: row.affiliate ?? "",
    event: row.event ?? "",
    txid: row.txid ?? "",
    status: row.status ?? "",
    currency: row.currency ?? "",
    amountMicros: micros(row.amount),
    payoutMicros: micros(row.payout),
    revenueMicros: micros(row.revenue),
    test: row.test === "true",
  };
}

/** A decimal as whole micros: its digits moved, never multiplied. */
function micros(decimal = ""): number {
  const [whole = "0", part = ""] = decimal.split(".");
  return Number(whole + part.padEnd(6, "0"));
}
