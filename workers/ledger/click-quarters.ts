/**
 * The quarter-hours of a day of clicks, as its object counts them: from its packs, some at a time, with the mark up to which they count in the same transaction. So
 * nothing is lost that was not counted yet when an object dies, and nothing is counted twice.
 */
import type { Cell } from "../../schema/columns.ts";
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

const KEYS = ["link", ...CLICK_ROLLUP.keys.filter((name) => name !== "link"), ...CLICK_ROLLUP.finer];
const SUMS = COUNTS_OF_CLICK.map(({ column }) => column);
const COLUMNS = ["quarter", ...KEYS, ...SUMS];

const ADD = `
  ${WITH_ROWS} INSERT INTO click_quarters (${COLUMNS.join(", ")}) SELECT ${cells(COLUMNS.length)} FROM given WHERE true
  ON CONFLICT DO UPDATE SET ${SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;

/** Counts what came since it was counted last, all of it. In a transaction of the caller's. */
export function countQuarters(sql: Sql): void {
  for (;;) {
    const packs = packsSince(sql, readState(sql, "counted_through"), PACKS_AT_ONCE);
    const last = packs.at(-1);
    if (!last) return;
    const sums = new Map<string, Cell[]>();
    for (const { pack } of packs) addPack(sums, openPack(pack));
    for (const chunk of jsonChunks([...sums.values()])) sql.exec(ADD, chunk);
    writeState(sql, "counted_through", last.seq);
  }
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
