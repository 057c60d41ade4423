/** The archive as the console tells of it: its sum, its manifest, its verification and its files. */
import type { Log } from "../../workers/core/archive-piece.ts";
import { callConsole, type FullFetch, itemsOf, pagesOf, recordsIn, textOf } from "../console-api.ts";

export interface Summary {
  log: string;
  pieces: number;
  rows: number;
  bytes: number;
  from: string | null;
  to: string | null;
  deletedTo: string | null;
  waitingHours: number;
  waitingFrom: string | null;
}

export interface NamedPiece {
  name: string;
  bytes: number;
  sha256: string;
}

export interface Fault {
  log: Log;
  name: string;
  hour: string;
  what: string;
}

export interface Range {
  from?: string | undefined;
  to?: string | undefined;
}

/** How many hours one call has archived again. */
const HOURS_AT_ONCE = 200;

export async function readSummary(fetchConsole: FullFetch): Promise<Summary[]> {
  const { logs } = await callConsole(fetchConsole, { path: "/api/archive" });
  return recordsIn(logs).map((log) => ({
    log: String(log.log),
    pieces: Number(log.pieces),
    rows: Number(log.rows),
    bytes: Number(log.bytes),
    from: textOf(log.from),
    to: textOf(log.to),
    deletedTo: textOf(log.deleted_to),
    waitingHours: Number(log.waiting_hours),
    waitingFrom: textOf(log.waiting_from),
  }));
}

/** Every piece of the log whose hour begins in the range. */
export async function* listPieces(fetchConsole: FullFetch, log: Log, { from, to }: Range): AsyncGenerator<NamedPiece> {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), limit: "1000" };
  for await (const item of itemsOf(fetchConsole, `/api/archive/${log}?${new URLSearchParams(range)}`))
    yield { name: String(item.name), bytes: Number(item.bytes), sha256: String(item.sha256) };
}

/** Has every piece of the log read back; tells how many rows were read so far. Gives what is wrong. */
export async function verifyLog(
  fetchConsole: FullFetch,
  log: Log,
  tell: (pieces: number, rows: number) => void,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for await (const page of pagesOf(fetchConsole, { path: `/api/archive/${log}/verification` })) {
    tell(Number(page.checked), Number(page.rows));
    for (const fault of recordsIn(page.faults))
      faults.push({ log, name: String(fault.name), hour: String(fault.hour), what: String(fault.what) });
  }
  return faults;
}

/** Has the hours of these faults archived again. */
export async function archiveAgain(fetchConsole: FullFetch, faults: readonly Fault[]): Promise<void> {
  for (const [log, own] of Map.groupBy(faults, (fault) => fault.log)) {
    const hours = [...new Set(own.map(({ hour }) => hour))];
    for (let start = 0; start < hours.length; start += HOURS_AT_ONCE) {
      const body = { hours: hours.slice(start, start + HOURS_AT_ONCE) };
      await callConsole(fetchConsole, { method: "POST", path: `/api/archive/${log}/again`, body }, [202]);
    }
  }
}

/** The bytes of a piece. Throws when the archive does not have it. */
export async function fetchPiece(fetchConsole: FullFetch, log: Log, name: string): Promise<Uint8Array> {
  const answer = await fetchConsole(`/api/archive/${log}/file?${new URLSearchParams({ name })}`);
  if (answer.status !== 200) throw new Error(`${name}: the console answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
