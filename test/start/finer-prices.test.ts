/** A start on the state of a version whose flat prices could be finer than their currency: they stay what they are, and their events get the digits that they need. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../scripts/local/migrate.ts";
import { minorUnitDigits } from "../../workers/core/minor-units.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const BOOKS = "schema/migrations/books";
const DIGITS = "0050";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clickback-finer-"));
  for (const part of ["none", "older"]) mkdirSync(join(dir, part));
  for (const file of readdirSync(BOOKS).filter((name) => name < DIGITS))
    cpSync(join(BOOKS, file), join(dir, "older", file));
});
afterEach(() => rmSync(dir, { recursive: true }));

const flat = (micros: number) => JSON.stringify({ flat: micros });

async function migrated(plant: (books: SqliteD1) => void): Promise<SqliteD1> {
  const books = new SqliteD1("books", join(dir, "none"), async () => {});
  await migrate(books, join(dir, "older"));
  const created = "0, 0";
  books.db.exec(`
    INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (1, 'a', 'a', '[]', ${created});
    INSERT INTO affiliates (number, slug, name, created_at, updated_at) VALUES (1, 'b', 'b', ${created})`);
  plant(books);
  expect((await migrate(books, BOOKS))[0]).toBe("0050_digits.sql");
  return books;
}

function plantEvent(
  { db }: SqliteD1,
  offer: number,
  currency: string,
  payout: string,
  revenue: string,
  own: string | null = null,
): void {
  db.prepare(
    "INSERT INTO offers (number, slug, name, advertiser, destination, currency, created_at, updated_at) VALUES (?, ?, 'o', 1, 'https://a.example', ?, 0, 0)",
  ).run(offer, `o${offer}`, currency);
  db.prepare("INSERT INTO offer_events (offer, name, position, payout, revenue) VALUES (?, 'sale', 0, ?, ?)").run(
    offer,
    payout,
    revenue,
  );
  if (own !== null)
    db.prepare(
      "INSERT INTO offer_event_overrides (offer, event, affiliate, payout, revenue) VALUES (?, 'sale', 1, ?, NULL)",
    ).run(offer, own);
}

const PERCENT = '{"percent":100000}';

test.each([
  ["USD", flat(2_500_000), flat(4_000_000), null, null],
  ["USD", flat(2_505_000), flat(4_000_000), null, 3],
  ["USD", flat(2_500_000), flat(4_000_010), null, 5],
  ["USD", PERCENT, '"posted"', flat(1), 6],
  ["USD", PERCENT, '"posted"', PERCENT, null],
  ["JPY", flat(2_500_000), PERCENT, null, 1],
  ["JPY", flat(2_000_000), PERCENT, flat(250_000), 2],
  ["JPY", flat(0), '"posted"', null, null],
  ["KWD", flat(2_505_000), PERCENT, null, null],
  ["KWD", flat(2_505_100), PERCENT, null, 4],
  ["CLF", flat(2_505_100), PERCENT, null, null],
])("in %s a payout of %s and a revenue of %s, or of %s for one", async (currency, payout, revenue, own, digits) => {
  const books = await migrated((older) => plantEvent(older, 1, currency, payout, revenue, own));
  expect(books.db.prepare("SELECT digits, payout, version FROM offer_events").get()).toEqual({
    digits,
    payout,
    version: 1,
  });
});

test("the currencies of the migration are those of ISO 4217 as the workers know them", async () => {
  const currencies = Intl.supportedValuesOf("currency");
  const books = await migrated((older) => {
    for (const [index, currency] of currencies.entries())
      plantEvent(older, index + 1, currency, flat(1_234_567), PERCENT);
    // As fine as the minor unit, and so nothing that needs digits.
    for (const [index, currency] of currencies.entries())
      plantEvent(older, 1_000 + index, currency, flat(10 ** (6 - minorUnitDigits(currency))), PERCENT);
    for (const [index, currency] of currencies.entries())
      plantEvent(older, 2_000 + index, currency, flat(10 ** (5 - minorUnitDigits(currency))), PERCENT);
  });
  const found = books.db.prepare("SELECT offer, digits FROM offer_events ORDER BY offer").all();
  expect(found.map(({ digits }) => digits)).toEqual([
    ...currencies.map(() => 6),
    ...currencies.map(() => null),
    ...currencies.map((currency) => minorUnitDigits(currency) + 1),
  ]);
});
