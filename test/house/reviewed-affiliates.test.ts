/** Affiliates that were there before one could be in review keep their status, and their links are published as before. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { filesUnder, read } from "./files.ts";

test("the column is made anew with what was in it", () => {
  const database = new DatabaseSync(":memory:");
  const files = filesUnder("schema/migrations/books").sort();
  const holds = files.findIndex((file) => file.endsWith("_holds.sql"));
  for (const file of files.slice(0, holds)) database.exec(read(file));
  database.exec(`
    INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('acme', 'Acme', '[]', 0, 0);
    INSERT INTO affiliates (slug, name, status, created_at, updated_at) VALUES ('blog', 'Blog', 'active', 1, 1), ('deals', 'Deals', 'paused', 2, 2);
    INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at) VALUES ('shoes', 'Shoes', 1, 'https://shop.example/', 'USD', 0, 0);
    INSERT INTO links (slug, offer, affiliate, created_at, updated_at) VALUES ('demo', 1, 1, 0, 0);
    DELETE FROM due_records;
  `);
  for (const file of files.slice(holds)) database.exec(read(file));
  const kept = database.prepare("SELECT slug, status, created_at FROM affiliates ORDER BY number").all();
  expect(kept.map((row) => ({ ...row }))).toEqual([
    { slug: "blog", status: "active", created_at: 1 },
    { slug: "deals", status: "paused", created_at: 2 },
  ]);
  expect(database.prepare("SELECT * FROM due_records").all()).toEqual([]);
  database.exec("UPDATE affiliates SET status = 'review', updated_at = 3 WHERE slug = 'blog'");
  expect(
    database
      .prepare("SELECT number, changed_at FROM due_records")
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([{ number: 1, changed_at: 3 }]);
  expect(() => database.exec("UPDATE affiliates SET status = 'away'")).toThrow(/CHECK/);
});
