/** Two worlds that are one to somebody: the second is another world, but for what the looker may see of the first. */
import { sha256 } from "../../workers/core/sha256.ts";
import type { Draft } from "./drafts.ts";
import { drawRow } from "./drawn-rows.ts";
import { START_MS } from "./known-clicks.ts";
import {
  type Cells,
  isOperator,
  type Looker,
  OWN,
  OWN_TOKEN,
  seenCells,
  type TableName,
  type World,
} from "./seen-cells.ts";
import { keptFromView, movedAway, NOW_MS, setUpOf, withBooks } from "./worlds.ts";

const TRIES = 8;

/** With which the looker is signed in. */
export const LOOKERS_TOKEN = "cbk_the-token-of-who-looks";

/** What the looker calls the API with on its visit of this number: every visit has tokens, and so budgets, of its own. */
export function tokenOfVisit(visit: number): string {
  return `${LOOKERS_TOKEN}-${visit}`;
}

/** What a row is known by, in either world. */
const KEYS: Record<TableName, readonly string[]> = {
  advertisers: ["number"],
  affiliates: ["number"],
  offers: ["number"],
  offer_events: ["offer", "name"],
  offer_event_overrides: ["offer", "event", "affiliate"],
  review_reasons: ["slug"],
  review_bulks: ["number"],
  review_bulk_parts: ["bulk", "part"],
  status_changes: ["number"],
  notes: ["number"],
  what_ifs: ["number"],
  what_if_parts: ["what_if", "part"],
  links: ["number"],
  admissions: ["affiliate", "offer"],
  coupons: ["number"],
  sources: ["number"],
  trackers: ["number"],
  link_aliases: ["tracker", "alias"],
  tokens: ["id"],
  users: ["number"],
  conversions: ["conversion_id"],
  entries: ["conversion_id", "seq"],
  postbacks: ["receipt"],
  claims: ["receipt"],
  audit: ["number"],
  alerts: ["number"],
  signals: ["number"],
  signal_rows: ["signal", "row_id"],
  signal_settings: ["signal", "offer"],
  settings: ["name"],
  rates: ["currency", "day"],
  clicks: ["click_id"],
  destinations: ["number"],
  deliveries: ["delivery_id"],
  statements: ["id"],
  statement_lines: ["conversion_id", "owner_type", "owner", "currency", "turn"],
  adjustments: ["id"],
  list_views: ["id"],
  list_settings: ["holder", "list"],
};
/** In this order, since what is seen of a thing hangs on those before it. */
const SET_UP = [
  "links",
  "coupons",
  "sources",
  "trackers",
  "link_aliases",
  "affiliates",
  "admissions",
  "offers",
  "offer_event_overrides",
  "offer_events",
  "advertisers",
] as const;
const BOOKS = [
  "conversions",
  // Who sees a conversion sees why it was rejected.
  "review_reasons",
  "review_bulks",
  "review_bulk_parts",
  "status_changes",
  "notes",
  "what_ifs",
  "what_if_parts",
  "entries",
  "postbacks",
  "claims",
  "clicks",
  "tokens",
  "users",
  "audit",
  "alerts",
  "signals",
  "signal_rows",
  "signal_settings",
  "settings",
  "rates",
  // What was told is known by whose its destination is.
  "destinations",
  "deliveries",
  // What is listed is known by whose its statement is.
  "statements",
  "statement_lines",
  "adjustments",
  "list_views",
  "list_settings",
] as const;

export function twins(one: Draft, other: Draft, looker: Looker, visit: number): [World, World] {
  const own = lookersOwn(looker, visit);
  const first = withBooks(own(setUpOf(one, 0)), one, 0);
  const strange = own(setUpOf(other, 1));
  const setUp = blend(first, strange, SET_UP, other.seed, looker);
  return [first, blend(first, withBooks(setUp, other, 1), BOOKS, other.seed, looker)];
}

/** What is used now is not due to be noted: nothing is written behind an answer. */
const NOT_OVER = { revoked_at: null, expires_at: null, last_used_at: NOW_MS };

/** What both worlds agree on: the looker's tokens, and whether it is told who its affiliates are. */
function lookersOwn({ role, isTold }: Looker, visit: number): (world: World) => World {
  const subject = isOperator(role) ? null : OWN;
  const common = { name: "the looker", role, subject, created_at: START_MS, ...NOT_OVER };
  const tokens = [LOOKERS_TOKEN, tokenOfVisit(visit)].map((token, index) => ({
    ...common,
    id: `${OWN_TOKEN}${visit}-${index}`,
    hash: sha256(token),
  }));
  return (world) => ({
    ...world,
    advertisers: world.advertisers.map((row) =>
      row.number === OWN ? { ...row, share_affiliates: isTold ? 1 : 0 } : row,
    ),
    tokens: [...world.tokens, ...tokens],
  });
}

/** The second world, with these tables as the looker sees them in the first. */
function blend(first: World, second: World, tables: readonly TableName[], seed: number, looker: Looker): World {
  const blended = { ...second };
  for (const table of tables) {
    const kept = first[table].flatMap((row, index) => {
      const seen = seenCells(looker, table, row, first);
      if (seen.length === 0) return [];
      const shown = Object.fromEntries([...KEYS[table], ...seen].map((column) => [column, row[column] ?? null]));
      const tries = Array.from({ length: TRIES }, (_, number) => ({
        ...drawRow(table, seed + number, "number" in row ? Number(row.number) : 100 + index),
        ...shown,
      }));
      // A secret that shows itself, such as a click of the looker's own, is none.
      const secret = tries.find((one) => sameList(seenCells(looker, table, one, blended), seen));
      return [secret ?? row];
    });
    const keys = new Set(kept.map((row) => keyOf(table, row)));
    const others = second[table].filter((row) => !keys.has(keyOf(table, row)));
    blended[table] = [...kept, ...others.flatMap((row) => unseen(row, table, blended, looker))];
  }
  return blended;
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.join() === right.join();
}

/** The row as one that the looker does not see, since the first world has none such; nothing where it cannot be. */
function unseen(row: Cells, table: TableName, world: World, looker: Looker): Cells[] {
  if (seenCells(looker, table, row, world).length === 0) return hangsOnNothing(row, table, world) ? [] : [row];
  if (isOperator(looker.role)) return [];
  if (table === "offers") return [keptFromView(row)].filter((one) => seenCells(looker, table, one, world).length === 0);
  return table === "links" ? [movedAway(row)] : [];
}

/** True of an entry or postback whose conversion is not in this world, and of what stands in a statement that is not. */
function hangsOnNothing({ conversion_id, statement }: Cells, table: TableName, world: World): boolean {
  if (table === "statement_lines" || table === "adjustments")
    return !world.statements.some(({ id }) => id === statement);
  if (table !== "entries" && table !== "postbacks") return false;
  return conversion_id !== null && !world.conversions.some((one) => one.conversion_id === conversion_id);
}

function keyOf(table: TableName, row: Cells): string {
  return JSON.stringify(KEYS[table].map((column) => row[column]));
}
