/** What a party is shown of an entry is the same in two worlds that differ only in what it may not see, but for hashes; and of what is hidden no salt is in it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { conversionsTable } from "../../workers/console/tables/conversions.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { StoredConversion } from "../../workers/core/books/stored.ts";
import { importErasureKey } from "../../workers/core/erasure/erased-names.ts";
import { saltOf, toBase64 } from "../../workers/core/journal/commitments.ts";
import { conversionFields, entryFields } from "../../workers/core/journal/leaves.ts";
import { openEntry } from "../../workers/core/journal/opening.ts";
import { PARTY_FIELDS } from "../../workers/core/journal/party-fields.ts";
import { must } from "../../workers/core/must.ts";
import { isSeenBy } from "../../workers/core/roles.ts";
import { decideMeetingErased } from "../../workers/ledger/object-erasure.ts";
import { markLogged, pageOfJournal, stretchesOf } from "../../workers/ledger/object-journal.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { histories } from "./histories.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { issueClicks, SET_UP, START_MS, testKeyRing } from "./world.ts";

const MOST = 1_000;
const clicks = await issueClicks(await testKeyRing());
const KEY = importErasureKey(ERASURE_KEY);
const history = histories(clicks, 12).map((all) => all.filter(({ advertiser }) => advertiser === 1));

function settled(messages: Parameters<typeof makeCommand>[0][]): ObjectStorage {
  const sql = new ObjectStorage();
  createTables(sql);
  for (const message of messages) {
    const click = clicks.find(({ id }) => id === message.content.clickId)?.click ?? null;
    const command = makeCommand(message, click, SET_UP);
    sql.transaction(() => decideMeetingErased(sql, KEY, [command], START_MS + 1_000, { keepsJournal: true }));
  }
  return sql;
}

/** The same conversion with other sums for the other side, and other words that neither sees. */
const hidden = {
  affiliate: (stored: StoredConversion): StoredConversion => {
    const entries = stored.conversion.entries.map((entry) => ({
      ...entry,
      revenue: 987_654_321,
      rule: "another",
      note: "another",
    }));
    return { ...stored, conversion: { ...stored.conversion, entries, txid: "another-order" } };
  },
  advertiser: (stored: StoredConversion): StoredConversion => {
    const entries = stored.conversion.entries.map((entry) => ({
      ...entry,
      payout: 987_654_321,
      rule: "another",
      note: "another",
    }));
    const click = { ...stored.conversion.click, affiliate: 987, link: 654 };
    return { ...stored, conversion: { ...stored.conversion, entries, click } };
  },
};

test.each(["affiliate", "advertiser"] as const)("two worlds look alike to an %s", (party) => {
  fc.assert(
    fc.property(history, (messages) => {
      const sql = settled(messages);
      const rows = new Map(pageOfJournal(sql, 0, MOST).map((row) => [row.seq, row]));
      for (const stored of pageOfConversions(sql, "", MOST)) {
        const twin = hidden[party](stored);
        const salting = must(stored.salting, "the salting of", stored.conversion.id);
        for (const { seq } of stored.conversion.entries) {
          const how = { journal: 1, shown: PARTY_FIELDS[party], stateIsShown: true };
          const seen = JSON.stringify(openEntry(stored, seq, rows, how));
          for (const secret of ["987654321", "another", '"affiliate":987'])
            expect(JSON.stringify(openEntry(twin, seq, rows, how))).not.toContain(secret);
          const all = [
            ...conversionFields(stored).map((field) => [field, 0] as const),
            ...entryFields(stored.conversion, seq).map((field) => [field, seq] as const),
          ];
          for (const [field, entry] of all)
            expect(seen.includes(toBase64(saltOf(salting, field, entry))), `${field[0]} to an ${party}`).toBe(
              PARTY_FIELDS[party].has(field[0]) && seen.includes(`"name":"${field[0]}","salt"`),
            );
        }
      }
    }),
    { numRuns: 25 },
  );
});

test("what is opened to a party is what its list of conversions shows it", () => {
  for (const party of ["affiliate", "advertiser"] as const)
    for (const name of ["amount", "revenue", "payout"]) {
      const column = must(
        conversionsTable.columns.find((one) => one.name === name),
        "column",
        name,
      );
      expect(PARTY_FIELDS[party].has(name), `${name} to an ${party}`).toBe(isSeenBy(column, party));
    }
});

test("a stretch goes from a row to the first that was logged, whichever rows are asked for", () => {
  const sql = new ObjectStorage();
  createTables(sql);
  const headOf = (seq: number) => toBase64(new Uint8Array(32).fill(seq));
  for (let seq = 1; seq <= 9; seq++)
    sql.exec(
      "INSERT INTO journal VALUES (?, ?, ?, ?)",
      seq,
      START_MS + seq,
      headOf(seq),
      JSON.stringify([["m", "r", 1, toBase64(new Uint8Array(32))]]),
    );
  for (const [seq, checkpoint] of [
    [3, 1],
    [7, 2],
  ] as const)
    markLogged(sql, seq, headOf(seq), checkpoint);
  markLogged(sql, 7, headOf(7), 9);
  // A head of a journal that was made anew since is not that of its row.
  markLogged(sql, 9, headOf(8), 3);
  const seqs = (asked: number[]) =>
    stretchesOf(sql, asked).map(({ checkpoint, rows }) => [checkpoint, ...rows.map(({ seq }) => seq)]);
  expect(seqs([2])).toEqual([[1, 2, 3]]);
  expect(seqs([5, 1, 3, 7, 6])).toEqual([
    [1, 1, 2, 3],
    [2, 5, 6, 7],
  ]);
  expect(seqs([8])).toEqual([]);
  expect(stretchesOf(sql, [5])[0]?.before).toBe(toBase64(new Uint8Array(32).fill(4)));
});
