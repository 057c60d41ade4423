/** Where the books' database was taken back behind the signed log, as the console tells it, and an operator's word that it was restored. */
import { type ConsoleFetch, callConsole, recordsIn, textOf } from "../console-api.ts";

export interface Restoration {
  /** How many minutes were published when it was found, and the last row of the audit log that was chained then. */
  minutes: number;
  row: number;
  foundAt: string;
  /** Null until it is said. */
  saidAt: string | null;
  by: string | null;
  checkpoint: number | null;
}

const PATH = "/api/signed-log/restorations";

export async function readRestorations(fetchConsole: ConsoleFetch): Promise<Restoration[]> {
  return listed(await callConsole(fetchConsole, { path: PATH }));
}

/** Says it of all that were found and not said yet. */
export async function sayRestored(fetchConsole: ConsoleFetch): Promise<Restoration[]> {
  return listed(await callConsole(fetchConsole, { method: "POST", path: PATH, body: { name: "books" } }));
}

function listed({ items }: Record<string, unknown>): Restoration[] {
  return recordsIn(items).map(({ minutes, row, found_at, said_at, by, checkpoint }) => ({
    minutes: Number(minutes),
    row: Number(row),
    foundAt: String(found_at),
    saidAt: textOf(said_at),
    by: textOf(by),
    checkpoint: checkpoint === null ? null : Number(checkpoint),
  }));
}

/** What is said of one that nobody spoke of yet. */
export function tellUnsaid({ row, foundAt }: Restoration): string {
  return `the books' database was found taken back behind row ${row} of the audit log at ${foundAt}: if it was restored, say so with npm run rebuild -- --restored --yes books`;
}
