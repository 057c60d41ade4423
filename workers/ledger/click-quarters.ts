/**
 * The quarter-hours of a day of clicks, as its object counts them: from its packs, in memory, and written seldom, since a row is billed however much it changes; the mark up to
 * which they count is written in the same transaction. So nothing is lost that was not written yet when an object dies, and nothing is counted twice.
 */
import type { Cell } from "../../schema/columns.ts";
import { MOST_UNWRITTEN_CLICKS } from "../core/click-log/click-days.ts";
import type { OpenPack } from "../core/click-log/click-pack.ts";
import { openPack } from "../core/click-log/click-pack.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { COUNTS_OF_CLICK } from "../core/metrics/measures.ts";
import { CLICK_ROLLUP } from "../core/metrics/rollups.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";
import { packsSince, readState, writeState } from "./click-day-storage.ts";
import { cells, WITH_ROWS } from "./json-rows.ts";
import type { Sql } from "./sql.ts";

/** Packs that are opened at once. */
const PACKS_AT_ONCE = 100;
/** So many links, countries and devices wait in memory at most: 20 MB. */
const MOST_CELLS = 50_000;

const KEYS = ["link", ...CLICK_ROLLUP.keys.filter((name) => name !== "link"), ...CLICK_ROLLUP.finer];
const SUMS = COUNTS_OF_CLICK.map(({ column }) => column);
const COLUMNS = ["quarter", ...KEYS, ...SUMS];

const ADD = `
  ${WITH_ROWS} INSERT INTO click_quarters (${COLUMNS.join(", ")}) SELECT ${cells(COLUMNS.length)} FROM given WHERE true
  ON CONFLICT DO UPDATE SET ${SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;

/** Counts of one object: what came since they were written is counted in memory, and again from the packs where the object died meanwhile. */
export interface QuarterCounts {
  /** Counts what came since it was counted last. True where so much waits that it is to be written. */
  count(): boolean;
  /** Counts, and writes all that is not written yet. In a transaction of the caller's. */
  write(): void;
}

/** The counts of the object that is stored in `sql`. */
export function quarterCounts(sql: Sql): QuarterCounts {
  let sums = new Map<string, Cell[]>();
  let [written, through, clicks] = [0, 0, 0];
  /** Where the mark is another one than was left, that transaction was undone, or nothing was read yet. */
  const begin = () => {
    const mark = readState(sql, "counted_through");
    if (mark !== written || through < mark) {
      sums = new Map();
      [written, through, clicks] = [mark, mark, 0];
    }
  };
  const flush = () => {
    for (const chunk of jsonChunks([...sums.values()])) sql.exec(ADD, chunk);
    writeState(sql, "counted_through", through);
    sums = new Map();
    [written, clicks] = [through, 0];
  };
  /** As far as there is room, which `makeRoom` makes. */
  const count = (makeRoom?: () => void) => {
    begin();
    for (;;) {
      const packs = packsSince(sql, through, PACKS_AT_ONCE);
      for (const { seq, pack } of packs) {
        const open = openPack(pack);
        addPack(sums, open);
        clicks += open.count;
        through = seq;
      }
      if (packs.length === 0) return;
      if (!isMuch()) continue;
      if (!makeRoom) return;
      makeRoom();
    }
  };
  const isMuch = () => clicks >= MOST_UNWRITTEN_CLICKS || sums.size >= MOST_CELLS;
  return {
    count() {
      count();
      return isMuch();
    },
    write() {
      count(flush);
      if (through > written) flush();
    },
  };
}

/** A provisional click counts when a conversion follows, from there. */
function addPack(sums: Map<string, Cell[]>, { count, column }: OpenPack): void {
  const [time, kind, unique] = [column("clicked_at"), column("kind"), column("unique")];
  const keys = KEYS.map(column);
  for (let place = 0; place < count; place++) {
    const click = { kind: kind(place), unique: unique(place) };
    if (click.kind === "provisional") continue;
    const key = [Math.floor(Number(time(place)) / QUARTER_MS), ...keys.map((of) => of(place) ?? "")];
    const name = key.join("\n");
    const row = sums.get(name) ?? [...key, ...SUMS.map(() => 0)];
    sums.set(name, row);
    for (const [index, { of }] of COUNTS_OF_CLICK.entries()) {
      const at = key.length + index;
      row[at] = Number(row[at]) + of(click);
    }
  }
}
