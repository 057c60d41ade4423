/** `npm run reconcile -- FILE --advertiser SLUG`: holds an advertiser's own list against the books; the differences as CSV, and what was read. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { DIFFERENCES } from "../workers/core/reconciliation/compare.ts";
import { DIFFERENCE_COLUMNS, differencesCsv } from "../workers/core/reconciliation/differences-csv.ts";
import { onlyFile, printErrors, runCommand, userPath } from "./command.ts";
import { detailOf } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { readTableOptions, TABLE_OPTIONS, TABLE_USAGE } from "./tables/table-options.ts";
import { summaryLines } from "./tables/table-summary.ts";

const USAGE = `usage: npm run reconcile -- FILE --advertiser SLUG [--from TIME] [--to TIME] [--clock received|clicked|occurred] [--event NAME] [--offer SLUG] [--affiliate SLUG] [--out FILE] [--bom] ${TABLE_USAGE} ${CONSOLE_USAGE}`;

const counted = { rows: v.number() };
const answer = v.object({
  orders: v.number(),
  agreeing: v.number(),
  counts: v.object(v.entriesFromList(DIFFERENCES, v.number())),
  groups: v.array(v.object({ difference: v.picklist(DIFFERENCES), reason: v.nullable(v.string()), rows: v.number() })),
  waiting_claims: v.optional(v.number(), 0),
  read: v.object({
    encoding: v.string(),
    separator: v.string(),
    layout: v.nullable(v.string()),
    header_line: v.nullable(v.number()),
    columns: v.array(v.object({ column: v.string(), read_as: v.string() })),
    columns_not_used: v.array(v.string()),
    continued: v.number(),
    totals: v.number(),
    tests: v.number(),
    passed_over: v.array(v.object({ word: v.string(), ...counted })),
    left_out: v.array(v.object({ column: v.string(), text: v.string(), ...counted })),
    words_not_compared: v.array(v.object({ column: v.string(), word: v.string(), ...counted })),
  }),
  unreadable: v.array(
    v.object({
      line: v.number(),
      message: v.string(),
      column: v.nullable(v.string()),
      text: v.nullable(v.string()),
    }),
  ),
  differences: v.array(v.object(v.entriesFromList(DIFFERENCE_COLUMNS, v.nullable(v.string())))),
});
type Answer = v.InferOutput<typeof answer>;

await runCommand(run, { failure: "The file cannot be reconciled", usage: USAGE });

/** True when nothing differs, and every line was read. */
async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      advertiser: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      clock: { type: "string" },
      event: { type: "string" },
      offer: { type: "string" },
      affiliate: { type: "string" },
      out: { type: "string" },
      bom: { type: "boolean" },
      ...TABLE_OPTIONS,
      ...CONSOLE_OPTIONS,
    },
  });
  const file = onlyFile(positionals, USAGE);
  readTableOptions(values);
  const {
    advertiser,
    from,
    to,
    clock,
    event,
    offer,
    affiliate,
    out,
    layout,
    columns,
    decimal,
    encoding,
    words,
    dates,
  } = values;
  if (!advertiser) throw new Error(`name the advertiser with --advertiser. ${USAGE}`);
  const asked = { advertiser, from, to, clock, event, offer, affiliate };
  const said = Object.entries({
    ...asked,
    layout,
    columns,
    decimal,
    encoding,
    words,
    dates,
    time_zone: values["time-zone"],
  });
  const query = new URLSearchParams(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const fetchConsole = await findConsole(values);
  const response = await fetchConsole(`/api/reconcile?${query}`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: new Uint8Array(readFileSync(file)),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(detailOf(text));
  const read = v.parse(answer, JSON.parse(text));
  const csv = differencesCsv(read.differences, values.bom === true);
  if (out === undefined) process.stdout.write(csv);
  else writeFileSync(userPath(out), csv);
  return tell(read);
}

/** The summary goes to where the CSV does not. */
function tell({ orders, agreeing, groups, waiting_claims: waiting, read, unreadable }: Answer): boolean {
  printErrors(summaryLines(read));
  const { tests, words_not_compared: words } = read;
  if (tests > 0) console.error(`  tests, which are counted nowhere: ${tests}`);
  printErrors(words.map(({ column, word, rows }) => `  not compared in “${column}”: “${word}”, lines: ${rows}`));
  console.error(`${orders} orders in the file, ${agreeing} agree with the books.`);
  for (const { difference, reason, rows } of groups)
    console.error(`  ${difference.replaceAll("_", " ")}${reason === null ? "" : `, ${reason}`}: ${rows}`);
  if (waiting > 0)
    console.error(
      `  of what is missing here, ${waiting} wait as claims of the pixel: the console's page /confirm-orders confirms them from this file`,
    );
  if (unreadable.length > 0) console.error(`  lines that could not be read: ${unreadable.length}`);
  printErrors(
    unreadable.map(
      ({ line, message, column, text }) =>
        `    line ${line}${column === null ? "" : `, “${column}”`}${text === null ? "" : `: “${text}”`}: ${message}`,
    ),
  );
  return unreadable.length === 0 && groups.length === 0;
}
