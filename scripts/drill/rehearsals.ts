/** What is rehearsed: each loses something, brings it back as docs/recovery.md says, and gives what was proved. Throws where it is not as before. */
import { readPiece } from "../../workers/core/books/command-piece.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { callConsole, itemsOf, recordsIn } from "../console-api.ts";
import { checkJournals } from "../journal-check.ts";
import { checkLog } from "../log-check.ts";
import { archiveNow, readState, rebuildObject, repairRows } from "../rebuild/rebuilding.ts";
import { listCopies, readDifferences, restoreSetUp } from "../rebuild/set-up-copies.ts";
import { until } from "../until.ts";
import { verifyBooks } from "../verification.ts";
import { type DrillWorld, rowsOf, sumsOf } from "./drill-world.ts";

export interface Rehearsal {
  name: string;
  /** Gives what it did, in a few words. */
  run(world: DrillWorld): Promise<string>;
}

const SECOND_LOOK_MS = 200;
const SETTLES = { everyMs: 300, withinMs: 120_000 };
const NIGHT_MS = 2 * HOUR_MS;
/** What is taken away of the set-up, in an order in which nothing refers to what is gone. */
const LOST_SET_UP = ["link_aliases", "coupons", "admissions", "links", "offer_event_overrides"];
const GUARD = "entries_are_never_deleted_alone";

/** In the order in which they are rehearsed. */
export const REHEARSALS: readonly Rehearsal[] = [
  { name: "the books are proved to begin with", run: begin },
  { name: "set-up lost, brought back from the night's copy", run: loseSetUp },
  { name: "rows of D1 lost, written anew from the objects", run: loseRows },
  { name: "an object lost, made anew from its commands", run: loseObject },
  { name: "a person erased, and brought back by nothing", run: erasePerson },
];

/** Rows that differ, and findings of the journal, as text; empty where the books are proved. */
export async function findingsOf({ fetchConsole }: Pick<DrillWorld, "fetchConsole">): Promise<string> {
  const { disagreements, silent } = await verifyBooks(fetchConsole, 0, SECOND_LOOK_MS);
  const { findings } = await checkJournals(fetchConsole);
  const found = [
    ...silent.map((database) => `${database} did not answer`),
    ...disagreements.map(({ advertiser, table, key, what }) => `${advertiser} ${table} ${key} ${what}`),
    ...findings.map(({ advertiser, what, name }) => `${advertiser} journal ${what} ${name}`),
  ];
  return found.length === 0 ? "" : `${found.length} findings, the first: ${found[0]}`;
}

/** Throws where the books are not proved, or do not come to what they came to. */
export async function prove(world: DrillWorld, before: string): Promise<void> {
  const found = await findingsOf(world);
  if (found !== "") throw new Error(found);
  const after = await sumsOf(world);
  if (after !== before) throw new Error(`the sums are others: ${before} became ${after}`);
}

async function begin(world: DrillWorld): Promise<string> {
  const { fetchConsole, books } = world;
  // What is on its way lands.
  await until(async () => (await findingsOf(world)) === "", SETTLES);
  const found = await findingsOf(world);
  if (found !== "") throw new Error(found);
  for (const advertiser of await advertisersOf(world)) await archiveNow(fetchConsole, advertiser);
  const [row] = await rowsOf(books, "SELECT count(*) AS conversions FROM conversions");
  return `${row?.conversions} conversions`;
}

async function loseSetUp(world: DrillWorld): Promise<string> {
  const { fetchConsole, books, consoleCron } = world;
  const sums = await sumsOf(world);
  const nightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS + NIGHT_MS;
  const day = new Date(nightMs).toISOString().slice(0, 10);
  // A copy of today is of this night already, and then of before what follows.
  await rowsOf(books, "DELETE FROM set_up_copies WHERE day = ?", nightMs / DAY_MS - NIGHT_MS / DAY_MS);
  await until(async () => {
    await consoleCron(nightMs);
    return (await listCopies(fetchConsole)).some((copy) => copy.day === day) && (await isWhole(world, day));
  }, SETTLES);
  const before = await setUpOf(world);
  await books.batch([
    books.prepare("PRAGMA defer_foreign_keys = ON").bind(),
    ...LOST_SET_UP.map((table) => books.prepare(`DELETE FROM ${table}`).bind()),
    books.prepare("UPDATE offers SET name = 'overwritten'").bind(),
  ]);
  const restored = await restoreSetUp(fetchConsole, day, true);
  if ((await setUpOf(world)) !== before) throw new Error("the set-up is not what it was");
  await prove(world, sums);
  return `${restored} rows brought back`;
}

async function isWhole({ fetchConsole }: DrillWorld, day: string): Promise<boolean> {
  const differences = await readDifferences(fetchConsole, day);
  return differences.every(({ missing, changed, added }) => missing + changed + added === 0);
}

async function setUpOf({ books }: DrillWorld): Promise<string> {
  const all = [];
  for (const table of ["offers", ...LOST_SET_UP])
    all.push(await rowsOf(books, `SELECT * FROM ${table} ORDER BY 1, 2, 3`));
  return JSON.stringify(all);
}

async function loseRows(world: DrillWorld): Promise<string> {
  const { fetchConsole, books, log } = world;
  const sums = await sumsOf(world);
  const [guard] = await rowsOf(books, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", GUARD);
  // Nothing of ours deletes entries: damage does not ask.
  await rowsOf(books, `DROP TRIGGER IF EXISTS ${GUARD}`);
  for (const table of ["entries", "conversions", "claims"]) await rowsOf(books, `DELETE FROM ${table}`);
  await rowsOf(log, "DELETE FROM postbacks WHERE stage > 0");
  if (guard) await rowsOf(books, String(guard.sql));
  const { disagreements } = await repairRows(fetchConsole, undefined, () => {});
  if (disagreements.length > 0) throw new Error(`${disagreements.length} rows still differ`);
  await prove(world, sums);
  return "conversions, entries, claims and the postback log";
}

async function loseObject(world: DrillWorld): Promise<string> {
  const sums = await sumsOf(world);
  const advertiser = await largestOf(world);
  const before = await rebuildLost(world, advertiser);
  await prove(world, sums);
  if (!(await until(() => isLoggedAnew(world, advertiser), SETTLES)))
    throw new Error("the signed log does not say that the journal was made anew, or has findings");
  return `${before.messages} messages and ${before.conversions} conversions of ${advertiser}`;
}

/** The signed log says it of that journal, or with null of the audit log, and besides has no findings. */
export async function isLoggedAnew(
  { fetchConsole }: Pick<DrillWorld, "fetchConsole">,
  advertiser: string | null,
): Promise<boolean> {
  const { findings, goneBack } = await checkLog(fetchConsole);
  return findings.length === 0 && goneBack.some(({ journal }) => journal === advertiser);
}

/** Archives, loses and makes anew the object; gives what it held. */
async function rebuildLost({ fetchConsole, loseObject: lose }: DrillWorld, advertiser: string) {
  await archiveNow(fetchConsole, advertiser);
  const before = await readState(fetchConsole, advertiser);
  await lose(advertiser);
  const lost = await readState(fetchConsole, advertiser);
  if (lost.messages > 0) throw new Error("the object was not lost");
  await rebuildObject(fetchConsole, advertiser, false, () => {});
  const after = await readState(fetchConsole, advertiser);
  const told = ({ messages, conversions, journal }: typeof before) =>
    `${messages} messages, ${conversions} conversions, ${journal} rows of the journal`;
  if (told(after) !== told(before)) throw new Error(`it held ${told(before)}, and holds ${told(after)}`);
  return before;
}

async function erasePerson(world: DrillWorld): Promise<string> {
  const { fetchConsole, books } = world;
  const sums = await sumsOf(world);
  const advertiser = await largestOf(world);
  const [person] = await rowsOf(
    books,
    `SELECT txid, click_id FROM conversions WHERE advertiser = (SELECT number FROM advertisers WHERE slug = ?) AND attributed_by = 'click' AND txid NOT LIKE 'erased-%'
     ORDER BY length(txid) DESC, conversion_id LIMIT 1`,
    advertiser,
  );
  if (!person) return `nobody in the books of ${advertiser} to erase`;
  const names = [String(person.txid), String(person.click_id)];
  await archiveNow(fetchConsole, advertiser);
  if ((await archivedNames(world, advertiser, names)) === 0)
    throw new Error("the archive did not name the person to begin with");
  const path = `/api/personal?${new URLSearchParams({ advertiser, txid: String(person.txid) })}`;
  await callConsole(fetchConsole, { method: "DELETE", path }, [202]);
  const isGone = async () => {
    const { held, erased } = await callConsole(fetchConsole, { path });
    const said = recordsIn(held).filter(({ values }) =>
      names.some((name) => JSON.stringify(values).includes(JSON.stringify(name))),
    );
    return erased === true && said.length === 0 && (await archivedNames(world, advertiser, names)) === 0;
  };
  if (!(await until(isGone, SETTLES))) throw new Error("the person is still there");
  await rebuildLost(world, advertiser);
  const { disagreements } = await repairRows(fetchConsole, advertiser, () => {});
  if (disagreements.length > 0) throw new Error(`${disagreements.length} rows still differ`);
  if (!(await isGone())) throw new Error("the person was brought back");
  await prove(world, sums);
  return "in no archive, no copy, and not in what was rebuilt";
}

/** How many lines of the archive of commands say one of these names. */
async function archivedNames(
  { fetchConsole }: DrillWorld,
  advertiser: string,
  names: readonly string[],
): Promise<number> {
  const { pieces } = await readState(fetchConsole, advertiser);
  let found = 0;
  for (let piece = 1; piece <= pieces; piece++) {
    const answer = await fetchConsole(`/api/rebuilding/${advertiser}/piece?number=${piece}`);
    for (const line of readPiece(new Uint8Array(await answer.arrayBuffer()))) {
      // A cell of JSON is a text in the text.
      const text = JSON.stringify(line).replaceAll('\\"', '"');
      if (
        line.table !== "common" &&
        line.table !== "journal" &&
        names.some((name) => text.includes(JSON.stringify(name)))
      )
        found++;
    }
  }
  return found;
}

async function advertisersOf({ fetchConsole }: DrillWorld): Promise<string[]> {
  const slugs: string[] = [];
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers")) slugs.push(String(slug));
  return slugs;
}

async function largestOf({ books }: DrillWorld): Promise<string> {
  const [row] = await rowsOf(
    books,
    "SELECT slug FROM advertisers ORDER BY (SELECT count(*) FROM conversions WHERE conversions.advertiser = advertisers.number) DESC LIMIT 1",
  );
  if (!row) throw new Error("there is no advertiser: drill a state in which something happened");
  return String(row.slug);
}
