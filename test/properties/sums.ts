/**
 * What is booked is what is shown: whatever is sold and given back, at whatever prices and in whatever currency, lists, reports, charts, exports, a conversion's story
 * and what others are told of it add up to the sum of the entries, to the last digit, for operators and for each affiliate.
 */
import fc from "fast-check";
import { NOTICES_BY_TIME, type NoticeRow, noticeOf } from "../../workers/core/books/notice-rows.ts";
import { macroNamed, moneyText } from "../../workers/core/courier/template-macros.ts";
import { writeWebhook } from "../../workers/core/courier/webhook-payload.ts";
import { sha256 } from "../../workers/core/sha256.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import { DAY_MS, START_MS, testKeyRing } from "../ledger/world.ts";
import { atInstant, type ConsoleInProcess } from "./console-in-process.ts";
import { deliveryOf, partsOn } from "./ledger-in-process.ts";
import {
  AFFILIATES,
  batchesOf,
  CURRENCIES,
  type Currency,
  eventDigits,
  MINOR_DIGITS,
  type PricedHistory,
  pricedHistories,
  setUpRows,
} from "./priced-histories.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";
import type { Cells } from "./seen-cells.ts";
import { chartsIn, digitsIn, factsIn, microsOf, tableIn } from "./shown-money.ts";

const NOW_MS = START_MS + 9 * DAY_MS;
const MOST_SHRINKING_MS = 30_000;
const MONEY = ["amount", "revenue", "payout"] as const;
type Money = (typeof MONEY)[number];
const LABELS: Record<Money, string> = { amount: "Amount", revenue: "Revenue", payout: "Payout" };
const GROUPS = ["affiliate", "link", "offer,event", "day", "offer,affiliate,country"] as const;
const RANGE = `from=${dayOf(START_MS)}&tz=UTC`;

/** By currency. */
type Sums = Map<string, Record<Money, bigint>>;

/** A user of the console, and what it may see of money; of one affiliate or of all. */
interface Viewer {
  name: string;
  affiliate: number | null;
  sees: readonly Money[];
}
const VIEWERS: readonly Viewer[] = [
  { name: "admin", affiliate: null, sees: MONEY },
  ...AFFILIATES.map((name, index) => ({ name, affiliate: index + 1, sees: ["amount", "payout"] as const })),
];

interface EntryCells extends Record<Money, string> {
  conversion_id: string;
  offer: number;
  affiliate: number;
  event: string;
  currency: Currency;
}

/** Prepares the property: a function that holds the system to it over one history, and throws with the smallest that breaks it. */
export async function prepareSums(
  console: ConsoleInProcess,
  { shrinks = true } = {},
): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const databases = new RolledBackDatabases();
  let visit = 0;
  const history = fc.record({ priced: pricedHistories, isSealed: fc.boolean(), group: fc.constantFrom(...GROUPS) });
  const property = fc.asyncProperty(history, ({ priced, isSealed, group }) =>
    databases.takingBack(async () => {
      visit += 1;
      plant(databases, { ...setUpRows(priced), tokens: VIEWERS.map((viewer) => tokenRow(viewer, visit)) });
      const parts = partsOn(databases, ring);
      for (const batch of batchesOf(priced, ring)) await settleOrRetry(parts, batch.map(deliveryOf));
      if (isSealed) await closeConversions(databases, NOW_MS);
      const entries = entriesIn(databases);
      checkDigits(priced, entries);
      checkTold(databases, entries);
      await atInstant(NOW_MS, async () => {
        for (const viewer of VIEWERS) await checkShown(new Asker(console, databases, viewer, visit), entries, group);
      });
    }),
  );
  return async (seed) =>
    fc.assert(property, { seed, numRuns: 1, endOnFailure: !shrinks, interruptAfterTimeLimit: MOST_SHRINKING_MS });
}

/** Asks the console as a viewer: the API with its token, pages with its session. */
class Asker {
  readonly #console: ConsoleInProcess;
  readonly #storage: RolledBackDatabases;
  readonly #token: string;
  #cookie = "";
  readonly viewer: Viewer;

  constructor(console: ConsoleInProcess, storage: RolledBackDatabases, viewer: Viewer, visit: number) {
    [this.#console, this.#storage, this.viewer] = [console, storage, viewer];
    this.#token = tokenOf(viewer, visit);
  }

  async file(path: string): Promise<string> {
    return this.#ask(path, { authorization: `Bearer ${this.#token}` });
  }

  async page(path: string): Promise<string> {
    if (this.#cookie === "") {
      const form = { token: this.#token };
      const { headers } = await this.#console.ask(this.#storage, { path: "/sign-in", headers: {}, form });
      this.#cookie = /(__Host-session=[^;"\\]+)/.exec(headers)?.[1] ?? "";
    }
    return this.#ask(path, { cookie: this.#cookie });
  }

  async #ask(path: string, headers: Record<string, string>): Promise<string> {
    const { status, body } = await this.#console.ask(this.#storage, { path, headers });
    if (status !== 200) throw new Error(`${this.viewer.name} asks ${path}: ${status} ${body}`);
    return Buffer.from(body, "latin1").toString("utf8");
  }
}

function tokenOf({ name }: Viewer, visit: number): string {
  return `cbk_the-token-of-${name}-${visit}`;
}

function tokenRow(viewer: Viewer, visit: number): Cells {
  const { name, affiliate } = viewer;
  const role = affiliate === null ? "admin" : "affiliate";
  const whose = { name, role, subject: affiliate };
  return { id: `${name}-${visit}`, ...whose, hash: sha256(tokenOf(viewer, visit)), created_at: START_MS };
}

function entriesIn({ DB }: RolledBackDatabases): EntryCells[] {
  const cells = MONEY.map((name) => `CAST(e.${name} AS TEXT) AS ${name}`).join(", ");
  const rows = DB.db.prepare(
    `SELECT e.conversion_id, c.offer, c.affiliate, c.event, c.currency, ${cells} FROM all_entries e JOIN conversions c USING (conversion_id)`,
  );
  // Rows of SQLite, as the query names them.
  return JSON.parse(JSON.stringify(rows.all()));
}

/** Prices are as fine as their event says, and no finer; amounts are the sender's. */
function checkDigits(priced: PricedHistory, entries: readonly EntryCells[]): void {
  for (const { offer, event, revenue, payout } of entries)
    for (const micros of [revenue, payout])
      if (BigInt(micros) % 10n ** BigInt(6 - eventDigits(priced, offer, event)) !== 0n)
        throw new Error(`${micros} micros are finer than the prices of ${event}`);
}

/** Every place where the viewer sees money says the sums of the entries that are its to see. */
async function checkShown(asker: Asker, entries: readonly EntryCells[], group: string): Promise<void> {
  const { affiliate, sees } = asker.viewer;
  const own = entries.filter((entry) => affiliate === null || entry.affiliate === affiliate);
  const expected = sumsOf(own.map((entry) => [entry.currency, entry]));
  const hold = (place: string, shown: Sums) => same(`${asker.viewer.name}, ${place}`, shown, expected, sees);
  const rows = (text: string) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const byColumn = (all: readonly Record<string, string>[]) =>
    sumsOf(all.map((row) => [String(row.currency), readMoney(row, sees)]));

  hold("conversions.ndjson", byColumn(rows(await asker.file("/api/exports/conversions.ndjson"))));
  hold("entries.ndjson", byColumn(rows(await asker.file("/api/exports/entries.ndjson"))));
  hold("conversions.csv", byColumn(csvRows(await asker.file("/api/exports/conversions.csv"))));
  hold(
    "report.csv",
    byColumn(csvRows(await asker.file(`/api/reports?${RANGE}&metrics=${sees}&format=csv&group_by=${group}`))),
  );
  const report = JSON.parse(await asker.file(`/api/reports?${RANGE}&metrics=${sees}&group_by=${group}`));
  hold("rows of the report", byColumn(report.rows));
  hold("totals of the report", byColumn(report.totals));

  const columns = [...new Set<Money>(["amount", ...sees])].join(",");
  const list = tableIn(await asker.page(`/conversions?columns=${columns}`), "Conversions");
  hold("the list", byHead(list, list.slice(1), sees, null));
  const page = await asker.page(
    `/reports?${RANGE}&metrics=${sees}&${group
      .split(",")
      .map((one) => `group_by=${one}`)
      .join("&")}`,
  );
  const [head = [], ...shown] = tableIn(page, "Report");
  hold(
    "the report's page",
    byHead(
      [head],
      shown.filter(([first]) => first !== "Total"),
      sees,
      "Currency",
    ),
  );
  hold(
    "its totals",
    byHead(
      [head],
      shown.filter(([first]) => first === "Total"),
      sees,
      "Currency",
    ),
  );
  await checkChart(asker, expected);
  await checkStories(asker, own);
}

/** The chart of payouts by day, which has a part for each of the first two currencies. */
async function checkChart(asker: Asker, expected: Sums): Promise<void> {
  const { sees } = asker.viewer;
  const page = await asker.page(`/reports?${RANGE}&metrics=${sees}&group_by=day&sort=payout`);
  const drawn = chartsIn(page).map((lines) => sum(lines.flat().map((text) => (text === null ? 0n : microsOf(text)))));
  const sums = [...expected.values()].map(({ payout }) => payout);
  const stray = drawn.find((micros) => !sums.includes(micros));
  if (stray !== undefined) throw new Error(`a chart draws ${stray} micros, and the entries have ${sums.join(", ")}`);
  const most = sums.filter((micros) => micros !== 0n).length;
  if (drawn.length < Math.min(1, most)) throw new Error("no chart draws anything");
}

/** A conversion's own page: what it comes to, and the entries that make it. */
async function checkStories(asker: Asker, own: readonly EntryCells[]): Promise<void> {
  const told = Map.groupBy(own, ({ conversion_id }) => conversion_id);
  const longest = [...told].toSorted(([, left], [, right]) => right.length - left.length).slice(0, 2);
  for (const [id, entries] of longest) {
    const facts = factsIn(await asker.page(`/conversions/${id}`));
    for (const name of asker.viewer.sees) {
      const expected = sum(entries.map((entry) => BigInt(entry[name])));
      const worth = facts.filter(([fact]) => fact === LABELS[name]).map(([, value]) => moneyIn(value));
      const moves = facts.filter(([fact]) => fact === name).map(([, value]) => moneyIn(value));
      for (const [place, micros] of [
        ["comes to", sum(worth)],
        ["has entries of", sum(moves)],
      ] as const)
        if (micros !== expected) throw new Error(`${id} ${place} ${micros} micros of ${name}, and not ${expected}`);
    }
  }
}

/** What others are told of each entry, by whole sums and by rounded ones: the changes add up to the total. */
function checkTold({ DB }: RolledBackDatabases, entries: readonly EntryCells[]): void {
  const found: NoticeRow[] = JSON.parse(
    JSON.stringify(DB.db.prepare(NOTICES_BY_TIME).all(0, "", 0, Number.MAX_SAFE_INTEGER, 10_000, "", "~")),
  );
  for (const [id, rows] of Map.groupBy(found, ({ conversion_id }) => conversion_id)) {
    const notices = rows.toSorted((left, right) => left.entry_seq - right.entry_seq).map(noticeOf);
    const last = notices.at(-1);
    if (!last) continue;
    const booked = (name: Money) =>
      sum(entries.filter(({ conversion_id }) => conversion_id === id).map((entry) => BigInt(entry[name])));
    for (const name of MONEY) {
      for (const digits of [null, 0, 1, 2, 6]) {
        const text = (macro: string, notice: (typeof notices)[number]) => {
          const found = macroNamed(macro);
          if (found?.kind !== "money") throw new Error(`{${macro}} is no money`);
          return microsOf(moneyText(found, notice, digits));
        };
        const changes = sum(notices.map((notice) => text(`${name}_delta`, notice)));
        if (changes !== text(name, last)) throw new Error(`{${name}_delta:${digits}} of ${id} come to ${changes}`);
        if (digits === null && changes !== booked(name)) throw new Error(`{${name}} of ${id} is ${changes}`);
        const margin = text("margin", last) - text("revenue", last) + text("payout", last);
        if (margin !== 0n) throw new Error(`{margin:${digits}} of ${id} is ${margin} off`);
      }
      const names = { offer: "o", link: "l", affiliate: "a", advertiser: "v" };
      const bodies = notices.map((notice) =>
        JSON.parse(
          writeWebhook({ ...{ id, type: "conversion.updated", names, notice }, nowMs: 0, random: 0 }, "programme"),
        ),
      );
      const told = sum(bodies.map(({ data }) => microsOf(data[`${name}_delta`])));
      if (told !== booked(name) || microsOf(bodies.at(-1).data[name]) !== told)
        throw new Error(`webhooks tell ${told} micros of ${name} of ${id}`);
    }
  }
}

function sumsOf(rows: readonly (readonly [currency: string, Record<Money, string | bigint>])[]): Sums {
  const sums: Sums = new Map();
  for (const [currency, row] of rows) {
    const sum = sums.get(currency) ?? { amount: 0n, revenue: 0n, payout: 0n };
    for (const name of MONEY) sum[name] += BigInt(row[name]);
    sums.set(currency, sum);
  }
  return sums;
}

/** The money of a row of a file. */
function readMoney(row: Record<string, string>, sees: readonly Money[]): Record<Money, bigint> {
  const of = (name: Money) => (sees.includes(name) ? microsOf(String(row[name])) : 0n);
  return { amount: of("amount"), revenue: of("revenue"), payout: of("payout") };
}

/** The money of a table's rows, of which the currency stands in a column, or behind each sum. */
function byHead(
  [head = []]: readonly string[][],
  rows: readonly string[][],
  sees: readonly Money[],
  column: string | null,
): Sums {
  const at = (name: string) => head.findIndex((text) => text.replace(/ [↓↑]$/, "") === name);
  const cell = (row: readonly string[], name: string) => row[at(name)] ?? "";
  return sumsOf(
    rows.map((row) => {
      const currency = column === null ? currencyIn(cell(row, LABELS.amount)) : cell(row, column);
      const of = (name: Money) => {
        if (!sees.includes(name)) return 0n;
        const [text = ""] = cell(row, LABELS[name]).split(" ");
        checkFineness(text, currency);
        return microsOf(text);
      };
      return [currency, { amount: of("amount"), revenue: of("revenue"), payout: of("payout") }];
    }),
  );
}

/** People read money in the digits of its currency, at least. */
function checkFineness(text: string, currency: string): void {
  const known = CURRENCIES.find((one) => one === currency);
  if (!known || digitsIn(text) < MINOR_DIGITS[known]) throw new Error(`${text} ${currency} lacks digits`);
  if (digitsIn(text) > MINOR_DIGITS[known] && text.endsWith("0")) throw new Error(`${text} ${currency} says nothing`);
}

function currencyIn(text: string): string {
  return text.split(" ")[1] ?? "";
}

/** `+1.50 USD` */
function moneyIn(text: string): bigint {
  const [amount = "", currency = ""] = text.split(" ");
  checkFineness(amount, currency);
  return microsOf(amount);
}

/** Lines of plain cells. */
function csvRows(text: string): Record<string, string>[] {
  const [head = "", ...lines] = text.split("\r\n").filter((line) => line !== "");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(head.split(",").map((name, index) => [name, cells[index] ?? ""]));
  });
}

function same(place: string, shown: Sums, expected: Sums, sees: readonly Money[]): void {
  for (const currency of new Set([...shown.keys(), ...expected.keys()]))
    for (const name of sees) {
      const [is, due] = [shown.get(currency)?.[name] ?? 0n, expected.get(currency)?.[name] ?? 0n];
      if (is !== due) throw new Error(`${place}: ${name} in ${currency} is ${is} micros, and the entries have ${due}`);
    }
}

function sum(all: readonly bigint[]): bigint {
  return all.reduce((total, micros) => total + micros, 0n);
}

function plant({ DB }: RolledBackDatabases, tables: Record<string, readonly Cells[]>): void {
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {});
    const values = columns.map((name) => `value ->> '${name}'`).join(", ");
    if (columns.length > 0)
      DB.db
        .prepare(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`)
        .run(JSON.stringify(rows));
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
