/** Rows whose every cell is drawn, by what `schema/tables.ts` says of their columns, and the click log of its facts: a new one has values by itself. */
import { getTableColumns, getTableName } from "drizzle-orm";
import { type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Cell } from "../../schema/columns.ts";
import type { ClickKind } from "../../schema/messages.ts";
import * as schema from "../../schema/tables.ts";
import { type Random, seededRandom } from "../../scripts/random.ts";
import { CLICK_FACTS, type ClickFact } from "../../workers/core/click-log/click-facts.ts";
import { knownClick, MOST_CLICKS, MOST_LINKS, START_MS } from "./known-clicks.ts";
import { type Cells, TABLE_NAMES, type TableName } from "./seen-cells.ts";

/** Every table of the databases, by its name. */
export const SCHEMA: ReadonlyMap<string, SQLiteTable> = new Map(
  Object.values(schema).flatMap((table): [string, SQLiteTable][] =>
    table instanceof SQLiteTable ? [[getTableName(table), table]] : [],
  ),
);

/** Cells that are more than the type of their column says. */
const SPECIAL: Record<string, (random: Random) => Cell> = {
  created_at: () => START_MS,
  allowed_ips: (random) => random.pick(["[]", '["192.0.2.1"]']),
  mapping: (random) => random.pick([null, '{"preset":"voluum"}']),
  credentials: (random) => `[{"version":${random.whole(1, 4)},"key":1}]`,
  deep_link_hosts: (random) => random.pick(["[]", '["shop.example"]']),
  rules: (random) => random.pick(["[]", `[{"countries":["${random.pick(["DE", "FR"])}"]}]`]),
  caps: (random) => random.pick(["[]", `[{"event":"sale","per":"day","limit":${random.whole(1, 9)}}]`]),
  payout: (random) => random.whole(0, 9) * 1_000_000,
  revenue: (random) => random.whole(0, 9) * 1_000_000,
  amount: (random) => random.whole(0, 99) * 1_000_000,
  redirect_status: (random) => random.pick([302, 307]),
  destination: (random) => `https://shop${random.whole(1, 9)}.example/`,
  fallback_url: (random) => random.pick([null, `https://shop${random.whole(1, 9)}.example/over`]),
  time_zone: (random) => random.pick(["UTC", "Europe/Berlin"]),
  currency: (random) => random.pick(["USD", "EUR"]),
  original_currency: (random) => random.pick([null, "GBP"]),
  rate: (random) => `1.0${random.whole(1, 9)}`,
  rate_day: (random) => `2026-11-0${random.whole(1, 9)}`,
  per_euro: (random) => `1.${random.whole(1, 9)}`,
  payment_currency: (random) => random.pick([null, "USD", "EUR"]),
  digits: (random) => random.pick([null, random.whole(2, 6)]),
  window_days: (random) => random.whole(1, 90),
  country: (random) => random.pick([null, "DE", "FR"]),
  device: (random) => random.pick([null, "mobile", "desktop"]),
  click_id: (random) => knownClick(random.whole(1, MOST_LINKS), random.whole(0, MOST_CLICKS - 1)).id,
  meta: (random) => random.pick([null, `{"margin":"${random.whole(1, 9)}"}`]),
  params: (random) => random.pick([null, `{"clickId":"x","amountMicros":${random.whole(1, 9)},"coupon":"c"}`]),
  address: (random) => random.pick([null, "0123456789abcdef"]),
  attempts: (random) =>
    random.pick([
      null,
      `[{"receivedAtMs":${START_MS},"row":0,"credentialVersion":${random.whole(1, 9)},"addressHash":null,"status":"rejected","reason":null}]`,
    ]),
  config: (random) => `{"values":{"account":"${random.whole(1, 9)}"},"ratePerSecond":${random.whole(1, 9)}}`,
  filters: (random) => random.pick(["{}", '{"events":["sale"]}']),
  // Whether a tracker has one is no secret.
  secret: (random) => `sealed ${random.whole(1, 9)}`,
  // Each is another one.
  key: (random) => `key ${random.whole(1, 1_000_000_000)}`,
  secrets: (random) => `{"key":"sealed ${random.whole(1, 9)}"}`,
  reject_reason: (random) => random.pick([null, "reason-1", "reason-2", "reason-3"]),
  asked: (random) => `{"event":"sale ${random.whole(1, 9)}"}`,
  sums: (random) => `[{"currency":"USD","conversions":${random.whole(1, 9)},"amount":"1.00","payout":"1.00"}]`,
  conversions: (random) => `[[1,"${random.whole(1, 9)}"]]`,
  figures: (random) => {
    const value = random.whole(1, 9) / 10;
    const usual = { usual: value / 9, usualBound: value / 8, usualCases: 100, peers: random.whole(3, 9) };
    return JSON.stringify({ unit: "share", own: value, ownBound: value / 2, cases: 100, ...usual, detail: null });
  },
  thresholds: (random) => `{"seconds":${random.whole(1, 9)}}`,
  chosen: () => null,
  items: (random) => `[[1,"thing ${random.whole(1, 9)}","active",null]]`,
  changed: () => null,
  put_back: () => null,
  tags: (random) => `["tag-${random.whole(1, 9)}"]`,
  before: () => null,
  after: (random) => `{"note":"${random.whole(1, 9)}"}`,
};

/** Where a price is a rule, and not an amount. */
const PRICED: readonly TableName[] = ["offer_events", "offer_event_overrides"];

function drawCell(column: SQLiteColumn, random: Random): Cell {
  const special = SPECIAL[column.name];
  if (special) return special(random);
  const [one, ...others] = column.enumValues ?? [];
  if (one !== undefined) return random.pick([one, ...others]);
  if (column.dataType === "boolean") return random.whole(0, 1);
  if (column.dataType === "number") return random.whole(1, 9);
  if (!column.notNull && random.whole(0, 2) === 0) return null;
  if (column.dataType === "json") return `{"drawn":${random.whole(1, 9)}}`;
  return `${column.name} ${random.whole(1, 9)}`;
}

const CLICK_KINDS: readonly [ClickKind, ...ClickKind[]] = ["counted", "provisional", "bot", "embedded"];

/** No database has clicks: their cells are the facts of the log. A new one is drawn by itself as well. */
function drawClick(random: Random): Cells {
  return Object.fromEntries(CLICK_FACTS.map((fact) => [fact.name, drawFact(fact, random)]));
}

function drawFact({ name, kind }: ClickFact, random: Random): Cell {
  const special = SPECIAL[name];
  if (special) return special(random);
  if (name === "kind") return random.pick(CLICK_KINDS);
  if (kind === "flag") return random.whole(0, 1);
  if (kind !== "text") return random.whole(1, 9);
  return random.whole(0, 2) === 0 ? null : `${name} ${random.whole(1, 9)}`;
}

/** The row of this number in its table, of the world with this seed; `cells` win. */
export function drawRow(table: TableName, seed: number, number: number, cells: Cells = {}): Cells {
  const random = seededRandom(seed * 1_009 + TABLE_NAMES.indexOf(table) * 131 + number);
  if (table === "clicks") return { ...drawClick(random), ...cells };
  const known = SCHEMA.get(table);
  if (!known) throw new Error(`there is no table ${table}`);
  const columns: SQLiteColumn[] = Object.values(getTableColumns(known));
  const row: Cells = Object.fromEntries(columns.map((column) => [column.name, drawCell(column, random)]));
  if ("slug" in row) Object.assign(row, { number, slug: `${table.slice(0, -1)}${number}-${random.whole(1, 99)}` });
  if (PRICED.includes(table))
    for (const price of ["payout", "revenue"])
      row[price] = random.pick([`{"flat":${random.whole(1, 9)}000000}`, `{"percent":${random.whole(1, 9)}0000}`]);
  return { ...row, ...cells };
}
