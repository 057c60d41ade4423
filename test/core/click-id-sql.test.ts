/** What SQL reads of a click ID is what code reads of it. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { linkSql, provisionalSql } from "../../workers/core/click-id-sql.ts";
import { read } from "../house/files.ts";
import { ringOf } from "./keys.ts";

const ring = await ringOf({ 1: 0x11, 14: 0x22 }, 14);
const database = new DatabaseSync(":memory:");

const clicks = fc.record({
  issuedAtMs: fc.nat({ max: 2 ** 48 - 1 }),
  link: fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 7, 8, 2 ** 32 - 1)),
  counter: fc.nat({ max: 2 ** 28 - 1 }),
  test: fc.boolean(),
  provisional: fc.boolean(),
});

const linkOf = database.prepare(`SELECT ${linkSql("id")} AS link FROM (SELECT ? AS id)`);

test("the link, in either case", () => {
  fc.assert(
    fc.property(clicks, (click) => {
      const id = issueClickId(ring, click);
      for (const text of [id, id.toUpperCase()]) expect(linkOf.get(text)?.link).toBe(click.link);
    }),
  );
});

test.each([null, "", "x", "0".repeat(35), "0".repeat(37), `${"0".repeat(14)}u${"0".repeat(21)}`])(
  "%j names none",
  (text) => {
    expect(linkOf.get(text)?.link).toBeNull();
  },
);

const isProvisional = database.prepare(`SELECT ${provisionalSql("id")} AS flag FROM (SELECT ? AS id)`);

test("the flag of a provisional click, whatever the key and the other flag", () => {
  const rings = [ring, { ...ring, signing: 1 }];
  fc.assert(
    fc.property(clicks, fc.constantFrom(...rings), (click, signing) => {
      expect(isProvisional.get(issueClickId(signing, click))?.flag).toBe(Number(click.provisional));
    }),
  );
});

test.each(["0004_rollups", "0010_click_kinds"])("the index of %s is made of the same text", (name) => {
  expect(read(`schema/migrations/books/${name}.sql`)).toContain(`WHERE ${provisionalSql("click_id")}`);
});
