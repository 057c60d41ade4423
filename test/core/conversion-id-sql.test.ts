/** What SQL reads of a conversion ID is what code reads of it, and the indexes of what was received elsewhere are of this very text. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { conversionId, timeInId, timePrefix } from "../../workers/core/books/conversion-id.ts";
import { receivedElsewhereSql } from "../../workers/core/books/conversion-id-sql.ts";
import { migrated } from "../house/databases.ts";

const times = fc.integer({ min: 0, max: 2 ** 45 });

test("the time", () => {
  const isElsewhere = new DatabaseSync(":memory:").prepare(
    `SELECT ${receivedElsewhereSql("c")} AS flag FROM (SELECT ? AS conversion_id, ? AS received_at) AS c`,
  );
  fc.assert(
    fc.property(times, times, (atMs, otherMs) => {
      const id = conversionId(atMs, "0".repeat(26));
      expect(timeInId(id)).toBe(atMs);
      expect(timeInId(timePrefix(atMs))).toBe(atMs);
      expect(isElsewhere.get(id, otherMs)?.flag).toBe(Number(atMs !== otherMs));
    }),
  );
  expect(timeInId("")).toBe(0);
});

test.each(["conversions_received_elsewhere", "elsewhere_of_advertiser", "elsewhere_of_affiliate"])("%s", (index) => {
  const text = migrated("books").prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(index)?.sql;
  expect(String(text)).toContain(`WHERE ${receivedElsewhereSql("c").replaceAll("c.", "")}`);
});
