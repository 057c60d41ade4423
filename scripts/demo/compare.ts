/** What was sent against what the books say: a table of counts and sums, and every single row that differs. */

import { differencesOf } from "../programme/reckoning.ts";
import type { ExpectedConversion } from "../programme/scene.ts";
import type { Visit } from "../programme/visitors.ts";
import type { LoggedVisit } from "./clicks.ts";
import type { Sent } from "./postbacks.ts";

export interface Line {
  what: string;
  sent: string;
  books: string;
}

export interface Comparison {
  lines: Line[];
  /** One sentence for each disagreement. */
  differences: string[];
}

const MICROS_PER_UNIT = 1_000_000;

export function compareVisits(visits: readonly Visit[], logged: readonly LoggedVisit[]): Comparison {
  const kinds = ["counted", "provisional", "bot"];
  const line = (what: string, sent: number, books: number) => ({ what, sent: String(sent), books: String(books) });
  return fromLines([
    line("clicks", visits.length, new Set(logged.map(({ clickId }) => clickId)).size),
    ...kinds.map((kind) =>
      line(
        `  ${kind}`,
        visits.filter((one) => one.kind === kind).length,
        logged.filter((one) => one.kind === kind).length,
      ),
    ),
    line("  of them tests", visits.filter(({ test }) => test).length, logged.filter(({ test }) => test).length),
  ]);
}

/** Each list holds one story's postbacks of one round: which of several same ones came first, the books decide, so a list agrees as a whole. */
export function compareOutcomes(lists: readonly Sent[][], outcomes: ReadonlyMap<string, string>): Comparison {
  const expected = lists.flat().map(({ postback }) => postback.expect);
  const actual = lists.flat().map(({ receipt }) => outcomes.get(receipt) ?? "no receipt");
  const lines = [...new Set([...expected, ...actual])].sort().map((what) => ({
    what,
    sent: String(expected.filter((one) => one === what).length),
    books: String(actual.filter((one) => one === what).length),
  }));
  const wrong = lists.filter((list) => {
    const wanted = list.map(({ postback }) => postback.expect).sort();
    const got = list.map(({ receipt }) => outcomes.get(receipt) ?? "no receipt").sort();
    return wanted.join("\n") !== got.join("\n");
  });
  const said = wrong.map((list) =>
    list
      .map(({ postback, receipt }) => `${receipt} should be ${postback.expect} and is ${outcomes.get(receipt)}`)
      .join("; "),
  );
  return { lines: [{ what: "postbacks", ...same(lists.flat().length) }, ...lines.map(indented)], differences: said };
}

export function compareConversions(
  expected: readonly ExpectedConversion[],
  books: readonly ExpectedConversion[],
): Comparison {
  const lines = [
    { what: "conversions", sent: String(expected.length), books: String(books.length) },
    ...["approved", "pending", "rejected", "reversed"].map((status) => countLine(status, expected, books)),
    { what: "  of them tests", sent: String(tests(expected)), books: String(tests(books)) },
    ...sumLines(expected, books),
  ];
  return { lines, differences: differencesOf(expected, books) };
}

function fromLines(lines: Line[]): Comparison {
  const wrong = lines.filter(({ sent, books }) => sent !== books);
  return {
    lines,
    differences: wrong.map(({ what, sent, books }) => `${what.trim()}: sent ${sent}, in the books ${books}`),
  };
}

function countLine(
  status: string,
  expected: readonly ExpectedConversion[],
  books: readonly ExpectedConversion[],
): Line {
  const count = (rows: readonly ExpectedConversion[]) => String(rows.filter((row) => row.status === status).length);
  return { what: `  ${status}`, sent: count(expected), books: count(books) };
}

/** Tests never count. Sums of cents stay far below 2⁵³ micros. */
function sumLines(expected: readonly ExpectedConversion[], books: readonly ExpectedConversion[]): Line[] {
  const currencies = [...new Set([...expected, ...books].map(({ currency }) => currency))].sort();
  return currencies.flatMap((currency) =>
    (["amount", "revenue", "payout"] as const).map((figure) => {
      const sum = (rows: readonly ExpectedConversion[]) =>
        rows
          .filter((row) => row.currency === currency && !row.test)
          .reduce((total, row) => total + row[`${figure}Micros`], 0);
      const written = (rows: readonly ExpectedConversion[]) => (sum(rows) / MICROS_PER_UNIT).toFixed(2);
      return { what: `${figure} ${currency}`, sent: written(expected), books: written(books) };
    }),
  );
}

function tests(rows: readonly ExpectedConversion[]): number {
  return rows.filter(({ test }) => test).length;
}

function same(count: number): { sent: string; books: string } {
  return { sent: String(count), books: String(count) };
}

function indented(line: Line): Line {
  return { ...line, what: `  ${line.what}` };
}
