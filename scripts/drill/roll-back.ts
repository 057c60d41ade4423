/**
 * Rehearses going back behind a migration that was wrong: the books' database is set to what it was before, as a bookmark does it, and rows that were settled since are written anew.
 * Locally D1 has no bookmarks, so a copy of its files from before stands for one.
 */
import { cpSync } from "node:fs";
import { callConsole } from "../console-api.ts";
import { checkLog } from "../log-check.ts";
import { repairRows } from "../rebuild/rebuilding.ts";
import { type Restoration, readRestorations, sayRestored } from "../rebuild/restored.ts";
import { until } from "../until.ts";
import { rowsOf, sumsOf } from "./drill-world.ts";
import { type LocalCopy, setBack } from "./local-copy.ts";
import { isLoggedAnew, prove } from "./rehearsals.ts";

const SETTLES = { everyMs: 300, withinMs: 60_000 };
const MINUTES = { everyMs: 1_000, withinMs: 180_000 };
const WRONG = ["UPDATE conversions SET payout = 0", "UPDATE offers SET name = 'migrated'"];

/** `bookmark` is where the copy of before goes, on the same disk. */
export async function rollBack(world: LocalCopy, stateDir: string, bookmark: string): Promise<string> {
  await world.whileStopped(() => cpSync(stateDir, bookmark, { recursive: true }));
  const held = await sayOne(world);
  if (held !== null) await logged(world);
  const sums = await sumsOf(world);
  for (const statement of WRONG) await rowsOf(world.books, statement);
  if ((await sumsOf(world)) === sums) throw new Error("the migration was not wrong");
  await world.whileStopped((dir) => setBack(dir, bookmark, "advertisers"));
  const { disagreements } = await repairRows(world.fetchConsole, undefined, () => {});
  if (disagreements.length > 0) throw new Error(`${disagreements.length} rows still differ`);
  await prove(world, sums);
  if (held !== null) await sayIt(world);
  return held === null
    ? "with nothing settled since"
    : `with a word on ${held} settled since, and the signed log says it`;
}

/** Waits until the signed log has the newest row of the audit log: what follows is to take it away. */
async function logged(world: LocalCopy): Promise<void> {
  const isLogged = async () => {
    const [row] = await rowsOf(
      world.books,
      "SELECT (SELECT max(number) FROM audit) = (SELECT max(number) FROM audit_chain WHERE checkpoint IS NOT NULL) AS all_logged",
    );
    return row?.all_logged === 1;
  };
  if (!(await until(isLogged, MINUTES)))
    throw new Error("the signed log does not have the newest row of the audit log");
}

/** The audit log lost what the signed log has: that is named until it is said, and then told. */
async function sayIt({ fetchConsole }: LocalCopy): Promise<void> {
  if (!(await until(async () => (await readRestorations(fetchConsole)).some(isUnsaid), MINUTES)))
    throw new Error("the ledger did not find that the database was taken back");
  if ((await checkLog(fetchConsole)).findings.length === 0)
    throw new Error("what the audit log lost was named by nobody");
  await sayRestored(fetchConsole);
  if (!(await until(() => isLoggedAnew({ fetchConsole }, null), MINUTES)))
    throw new Error("the signed log does not say that the database was restored, or has findings");
}

const isUnsaid = ({ saidAt }: Restoration) => saidAt === null;

/** Something is settled after the bookmark: an operator holds a conversion. Null where there is none to hold. */
async function sayOne({ fetchConsole, books }: LocalCopy): Promise<string | null> {
  const [row] = await rowsOf(
    books,
    "SELECT conversion_id AS id, seq FROM conversions WHERE hold = '' AND status = 'approved' ORDER BY conversion_id DESC LIMIT 1",
  );
  if (!row) return null;
  const id = String(row.id);
  await callConsole(
    fetchConsole,
    { method: "POST", path: `/api/conversions/${id}/hold`, body: { note: "a drill" } },
    [202],
  );
  await until(async () => {
    const [now] = await rowsOf(books, "SELECT seq FROM conversions WHERE conversion_id = ?", id);
    return Number(now?.seq) > Number(row.seq);
  }, SETTLES);
  return id;
}
