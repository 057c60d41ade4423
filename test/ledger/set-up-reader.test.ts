/** The set-up as the ledger reads it: what holds new conversions. */
import { expect, test } from "vitest";
import { readSetUp } from "../../workers/ledger/set-up-reader.ts";
import { seedSetUp } from "./seed.ts";
import { SqliteD1 } from "./sqlite-platform.ts";
import { SET_UP } from "./world.ts";

function seeded(): SqliteD1 {
  const books = new SqliteD1("books", "schema/migrations/books", async () => {});
  seedSetUp(books.db);
  return books;
}

test("is what was set", async () => {
  expect(await readSetUp(seeded(), SET_UP.links.keys(), SET_UP.credentials.keys(), SET_UP.coupons.keys())).toEqual({
    ...SET_UP,
    hasDestinations: false,
  });
});

test("an offer without a limit of its own has that of its currency", async () => {
  const books = seeded();
  books.db.exec("UPDATE offers SET max_amount = NULL; UPDATE offers SET currency = 'JPY' WHERE slug = 'tea'");
  const { links } = await readSetUp(books, SET_UP.links.keys(), [], []);
  expect([...links.values()].map(({ offerSlug, maxAmountMicros }) => [offerSlug, maxAmountMicros])).toEqual([
    ["shoes", 10_000_000_000],
    ["shoes", 10_000_000_000],
    ["hats", 10_000_000_000],
    ["tea", 1_000_000_000_000],
    ["shoes", 10_000_000_000],
    ["shoes", 10_000_000_000],
    ["hats", 10_000_000_000],
    ["shoes", 10_000_000_000],
  ]);
});
