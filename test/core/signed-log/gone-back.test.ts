/** Heads that a journal does not have any more are explained by nothing but a rebuilding that was logged after them and went back behind them. */
import { expect, test } from "vitest";
import { explainHeads } from "../../../workers/core/signed-log/gone-back.ts";

const unmet = (row: number, under: number, journal: string | null = "acme") => ({
  ...{ journal, row, under, what: "changed" as const },
  ...{ name: `row ${row} of the journal of ${journal}`, why: `checkpoint ${under} has another head of it` },
});
const rebuilt = (row: number, under: number, at = "2026-12-01T10:00:00.000Z") => ({
  ...{ journal: "acme", row, under, at, by: "ann" },
});

test.each([
  ["behind its row, logged before", [unmet(11, 4), unmet(12, 5)], [rebuilt(10, 6)], [2], []],
  ["none lost", [], [rebuilt(10, 6)], [0], []],
  ["up to its row the journal is to be as it was", [unmet(10, 4)], [rebuilt(10, 6)], [0], [10]],
  [
    "what was logged after it, or with it, is no matter of it",
    [unmet(11, 6), unmet(12, 7)],
    [rebuilt(10, 6)],
    [0],
    [11, 12],
  ],
  ["another journal", [unmet(11, 4, "gear")], [rebuilt(10, 6)], [0], [11]],
  ["none was said", [unmet(11, 4)], [], [], [11]],
  [
    "twice: each has its own",
    [unmet(11, 4), unmet(13, 7)],
    [rebuilt(12, 8, "2026-12-02T10:00:00.000Z"), rebuilt(10, 6)],
    [1, 1],
    [],
  ],
  ["said again after a loss, it explains nothing more", [unmet(11, 7)], [rebuilt(10, 6), rebuilt(10, 9)], [0], [11]],
])("%s", (_, heads, said, lost, rows) => {
  const { findings, told } = explainHeads(heads, said);
  expect(told.map((one) => one.lost)).toEqual(lost);
  expect(findings.map(({ name }) => Number(/\d+/.exec(name)?.[0]))).toEqual(rows);
});
