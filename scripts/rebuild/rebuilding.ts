/** Makes rows of D1 anew from the objects, and an object anew from the archive of its commands, over the console's API; each says first how it is. */
import { setTimeout as sleep } from "node:timers/promises";
import { type PieceLine, readPiece } from "../../workers/core/books/command-piece.ts";
import { isRecord } from "../../workers/core/is-record.ts";
import { type ConsoleFetch, callConsole, type FullFetch, textOf } from "../console-api.ts";
import { type Report, repairBooks, verifyBooks } from "../verification.ts";

/** How an object and its archive are. */
export interface ObjectState {
  messages: number;
  conversions: number;
  journal: number;
  isBeingRebuilt: boolean;
  pieces: number;
  /** The last piece behind which the object was as it was at one moment; null where there is none. */
  complete: number | null;
  completeAt: string | null;
  archivedJournal: number | null;
}

/** What an archive comes to, read piece by piece. */
export interface ArchivedBooks {
  messages: number;
  conversions: number;
}

/** What is behind the archive is looked for from so long before: it may have been settled while the piece was written. */
const BEFORE_MS = 60_000;
/** A backlog, or a queue that was paused, takes its time. */
const LOOKS = 200;
const LOOK_EVERY_MS = 1_500;
const SECOND_LOOK_MS = 500;

export async function readState(fetchConsole: ConsoleFetch, advertiser: string): Promise<ObjectState> {
  const { object, archive } = await callConsole(fetchConsole, { path: `/api/rebuilding/${advertiser}` });
  if (!isRecord(object) || !isRecord(archive)) throw new Error("the console does not tell of objects: deploy it first");
  return {
    messages: Number(object.messages),
    conversions: Number(object.conversions),
    journal: Number(object.journal),
    isBeingRebuilt: object.being_rebuilt === true,
    pieces: Number(archive.pieces),
    complete: archive.complete === null ? null : Number(archive.complete),
    completeAt: textOf(archive.complete_at),
    archivedJournal: archive.journal === null ? null : Number(archive.journal),
  };
}

/** Reads the archive up to its last complete piece: what an object that is made of it will hold. */
export async function readArchive(
  fetchConsole: FullFetch,
  advertiser: string,
  complete: number,
): Promise<ArchivedBooks> {
  const held = { messages: new Set<unknown>(), conversions: new Set<unknown>() };
  for (let piece = 1; piece <= complete; piece++) {
    const answer = await fetchConsole(`/api/rebuilding/${advertiser}/piece?number=${piece}`);
    if (answer.status !== 200) throw new Error(`piece ${piece}: the console answered ${answer.status}`);
    for (const line of readPiece(new Uint8Array(await answer.arrayBuffer()))) {
      count(held.messages, "messages", "receipt", line);
      count(held.conversions, "conversions", "id", line);
    }
  }
  return { messages: held.messages.size, conversions: held.conversions.size };
}

function count(held: Set<unknown>, table: string, key: string, line: PieceLine): void {
  if (line.table !== table) return;
  if ("gone" in line) held.delete(line.gone);
  else held.add(line.row[key]);
}

/** Has what the object took since the last hour archived. */
export async function archiveNow(fetchConsole: ConsoleFetch, advertiser: string): Promise<void> {
  for (;;) {
    const path = `/api/rebuilding/${advertiser}/archive`;
    const { archived } = await callConsole(fetchConsole, { method: "POST", path });
    if (archived === "lost")
      throw new Error("the object is not the one whose archive this is: it was lost, and is to be rebuilt");
    if (archived === "all") return;
  }
}

/** Makes the object anew, then has what it took since decided once more; gives receipts of operators' words that are to be said anew. */
export async function rebuildObject(
  fetchConsole: ConsoleFetch,
  advertiser: string,
  over: boolean,
  tell: (line: string) => void,
): Promise<string[]> {
  const { completeAt } = await readState(fetchConsole, advertiser);
  for (let isDone = false; !isDone; ) {
    const body = { name: advertiser, over };
    const { pieces, of, done } = await callConsole(fetchConsole, {
      method: "POST",
      path: `/api/rebuilding/${advertiser}`,
      body,
    });
    tell(`piece ${pieces} of ${of}`);
    isDone = done === true;
  }
  const since = new Date(Date.parse(completeAt ?? "") - BEFORE_MS).toISOString();
  let sent = 0;
  const untold: string[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const body = { since, after };
    const page = await callConsole(
      fetchConsole,
      { method: "POST", path: `/api/rebuilding/${advertiser}/messages`, body },
      [202],
    );
    sent += Number(page.sent);
    untold.push(...(Array.isArray(page.untold) ? page.untold.map(String) : []));
    after = textOf(page.next);
  }
  tell(`${sent} messages that it took since are decided once more`);
  return untold;
}

/** Has rows of D1 written anew until they are what the objects hold, or for a minute; gives what is left. */
export async function repairRows(
  fetchConsole: ConsoleFetch,
  only: string | undefined,
  tell: (line: string) => void,
): Promise<Report> {
  let report = await verifyBooks(fetchConsole, 0, SECOND_LOOK_MS, only);
  for (let look = 0; look < LOOKS && report.disagreements.length > 0; look++) {
    tell(`${report.disagreements.length} rows are written anew …`);
    await repairBooks(fetchConsole, report);
    await sleep(LOOK_EVERY_MS);
    report = await verifyBooks(fetchConsole, 0, SECOND_LOOK_MS, only);
  }
  return report;
}
