/**
 * Checks the signed log: as anybody can from outside, that each checkpoint is signed, has the root of its leaves and begins with the one before; and with an operator's token, that
 * journals, audit log and click log are what the log has of them.
 */
import type { JournalFinding } from "../workers/core/journal/check.ts";
import { type Checkpoint, openCheckpoint } from "../workers/core/signed-log/checkpoint.ts";
import {
  explainHeads,
  type GoneBack,
  type ToldGoneBack,
  type UnmetHead,
} from "../workers/core/signed-log/gone-back.ts";
import { readEntries, TILE_WIDTH, type Tile, tileIn, tilePath } from "../workers/core/signed-log/hash-tiles.ts";
import { hashEntry } from "../workers/core/signed-log/minute.ts";
import { KEYS_PATH } from "../workers/core/signed-log/published-keys.ts";
import { type NoteKey, readVerifierKey } from "../workers/core/signed-log/signed-note.ts";
import { consistencyPath, isConsistent, type ReadTile, rootBetween } from "../workers/core/signed-log/tree-proofs.ts";
import { callConsole, recordsIn, textOf } from "./console-api.ts";
import { type Restoration, readRestorations } from "./rebuild/restored.ts";

/** Checkpoints that are looked at one by one: the newest, and of those before every 256th. */
const ONE_BY_ONE = 2_000;
/** Of a time, those that say its day. */
const DAY_LETTERS = 10;

/** A fetch of the console, with as much of an answer as is read here. */
export type LogFetch = (path: string) => Promise<{
  status: number;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

export interface LogReport {
  /** How many minutes the log has; and how many of its checkpoints were looked at. */
  size: number;
  checkpoints: number;
  findings: JournalFinding[];
  /** Journals that were made anew, and the audit log where its database was restored: no fault, and never passed over. */
  goneBack: ToldGoneBack[];
  /** Where the database was found taken back, and nobody said that it was restored. */
  unsaid: Restoration[];
}

/** Everything that is wrong with the log. An empty one has no checkpoint, and nothing is wrong with it. */
export async function checkLog(fetchConsole: LogFetch): Promise<LogReport> {
  const report: LogReport = { size: 0, checkpoints: 0, findings: [], goneBack: [], unsaid: [] };
  const newest = await fetchConsole("/log/checkpoint");
  if (newest.status !== 404) await checkPublished(fetchConsole, await newest.text(), report);
  await checkSources(fetchConsole, report);
  return report;
}

async function checkPublished(fetchConsole: LogFetch, note: string, report: LogReport): Promise<void> {
  const keys = await keysOf(fetchConsole);
  const broken = (name: string, why: string) => report.findings.push({ what: "broken", name, why });
  const newest = await openCheckpoint(note, keys);
  if (!newest.ok) {
    broken("the newest checkpoint", `its signature: ${newest.refusal}`);
    return;
  }
  const { size } = newest.value;
  report.size = size;
  const read = publishedTiles(fetchConsole, size);
  await checkEntries(fetchConsole, { size, read, report });
  let before: Checkpoint | null = null;
  for (const number of numbersOf(size)) {
    const name = `checkpoint ${number}`;
    const opened = await openCheckpoint(await textAt(fetchConsole, `/log/checkpoints/${number}`), keys);
    report.checkpoints++;
    if (!opened.ok) broken(name, `its signature: ${opened.refusal}`);
    else if (opened.value.size !== number) broken(name, `it is one of size ${opened.value.size}`);
    else {
      if (!isSame(opened.value.root, await rootBetween(read, 0, number)))
        broken(name, "its root is not that of its leaves");
      if (before && !isConsistent(before, opened.value, await consistencyPath(read, before.size, number)))
        broken(name, `it does not begin with checkpoint ${before.size}`);
      before = opened.value;
    }
  }
  if (before && !isSame(before.root, newest.value.root)) broken(`checkpoint ${size}`, "there are two of that size");
}

/** Every leaf is the hash of its entry. */
async function checkEntries(
  fetchConsole: LogFetch,
  { size, read, report }: { size: number; read: ReadTile; report: LogReport },
): Promise<void> {
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const tile = tileIn(size, 0, index);
    if (!tile) return;
    const entries = readEntries(await bytesAt(fetchConsole, `/log/${tilePath(tile, "entries")}`));
    const leaves = await read(0, index);
    leaves.forEach((leaf, place) => {
      const entry = entries[place];
      const name = `minute ${index * TILE_WIDTH + place + 1}`;
      if (!entry) report.findings.push({ what: "removed", name, why: "its entry is not published" });
      else if (!isSame(leaf, hashEntry(new TextDecoder().decode(entry))))
        report.findings.push({ what: "changed", name, why: "its entry is not what its leaf was made of" });
    });
  }
}

function numbersOf(size: number): number[] {
  const all = Array.from({ length: size }, (_, at) => at + 1);
  return all.filter((number) => number > size - ONE_BY_ONE || number % TILE_WIDTH === 0);
}

async function checkSources(fetchConsole: LogFetch, report: LogReport): Promise<void> {
  const logged = new Map<string, string>();
  const unmet: UnmetHead[] = [];
  const goneBack: GoneBack[] = [];
  let minutes = 0;
  for (const walk of ["minutes", "audit", "clicks"] as const)
    for (let after: string | null = "0"; after !== null; ) {
      const path = `/api/signed-log/verification?${new URLSearchParams({ walk, after })}`;
      const page = await callConsole(fetchConsole, { path });
      const found: JournalFinding[] = Array.isArray(page.findings) ? page.findings : [];
      report.findings.push(...found);
      unmet.push(...(Array.isArray(page.unmet) ? page.unmet : []));
      goneBack.push(...(Array.isArray(page.gone_back) ? page.gone_back : []));
      if (walk === "minutes") minutes += Number(page.checked);
      for (const { hour, root } of recordsIn(page.roots)) {
        const name = `hour ${new Date(Number(hour) * 3_600_000).toISOString().slice(0, 13)} of the click log`;
        if (walk === "minutes") logged.set(String(hour), String(root));
        else if (logged.get(String(hour)) !== String(root))
          report.findings.push({ what: "changed", name, why: "its files are not those that the log has a root of" });
      }
      after = textOf(page.next);
    }
  if (minutes < report.size)
    report.findings.push({
      what: "removed",
      name: `minutes ${minutes + 1} to ${report.size}`,
      why: "they are published, and the database does not have them: it was taken back, and enters them again within minutes",
    });
  const explained = explainHeads(unmet, goneBack);
  report.findings.push(...explained.findings);
  report.goneBack.push(...explained.told);
  report.unsaid.push(...(await readRestorations(fetchConsole)).filter(({ saidAt }) => saidAt === null));
}

/** What is said of each journal that was made anew, and of the database where it was restored. */
export function tellGoneBack({ goneBack }: Pick<LogReport, "goneBack">): string[] {
  return goneBack.map(({ journal, row, at, by, lost }) => {
    const heads = lost === 1 ? "1 head logged before is" : `${lost} heads logged before are`;
    const said = `on ${at.slice(0, DAY_LETTERS)} by ${by}`;
    return journal === null
      ? `the books' database was restored ${said}, to row ${row} of the audit log: ${heads} no longer there`
      : `the journal of ${journal} was rebuilt at row ${row} ${said}: ${heads} not in it`;
  });
}

async function keysOf(fetchConsole: LogFetch): Promise<NoteKey[]> {
  const { log } = await callConsole(fetchConsole, { path: KEYS_PATH });
  return (Array.isArray(log) ? log : []).flatMap((key) => readVerifierKey(String(key)) ?? []);
}

/** Tiles as everybody reads them. */
function publishedTiles(fetchConsole: LogFetch, size: number): ReadTile {
  const kept = new Map<string, Promise<Uint8Array[]>>();
  return (level, index) => {
    const tile = tileIn(size, level, index);
    if (!tile) return Promise.resolve([]);
    const path = tilePath(tile);
    const known = kept.get(path) ?? hashesAt(fetchConsole, tile);
    kept.set(path, known);
    return known;
  };
}

async function hashesAt(fetchConsole: LogFetch, tile: Tile): Promise<Uint8Array[]> {
  const bytes = await bytesAt(fetchConsole, `/log/${tilePath(tile)}`);
  return Array.from({ length: tile.width }, (_, at) => bytes.slice(at * 32, at * 32 + 32));
}

async function bytesAt(fetchConsole: LogFetch, path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchConsole(path)).arrayBuffer());
}

async function textAt(fetchConsole: LogFetch, path: string): Promise<string> {
  return (await fetchConsole(path)).text();
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}
