/** What is to be exported, as the command line says it. */
import { extname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CONSOLE_OPTIONS, type ConsoleOptions } from "../find-console.ts";

export const TABLES = ["conversions", "entries", "clicks", "postbacks"] as const;
export const FORMATS = ["csv", "ndjson", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

/** Parameters of the console's exports that are passed on as they are: it knows what each table takes. */
const ASKED = [
  "from",
  "to",
  "clock",
  "advertiser",
  "affiliate",
  "offer",
  "link",
  "event",
  "status",
  "reason",
  "kind",
  "test",
] as const;

export const USAGE = `usage: npm run export -- ${TABLES.join("|")} [--format ${FORMATS.join("|")}] [--out FILE] [--${ASKED.join(" …] [--")} …]
  [--url CONSOLE-ORIGIN] [--token T] [--state DIR]; the token also as CONSOLE_TOKEN`;

export interface Job {
  table: string;
  format: Format;
  /** The selection, as a query string takes it. */
  query: Record<string, string>;
  /** Where the file is to lie, as an absolute path. */
  out: string;
}

/** Reads the arguments; relative paths lie in `directory`. The format is the file's, where only the file is named. Throws one line on what it does not understand. */
export function readJob(args: readonly string[], directory: string): { job: Job; options: ConsoleOptions } {
  const text = { type: "string" } as const;
  const names = Object.fromEntries(ASKED.map((name) => [name, text]));
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...names, format: text, out: text, token: text, ...CONSOLE_OPTIONS },
    allowPositionals: true,
  });
  const [table, ...others] = positionals;
  if (!isOneOf(TABLES, table) || others.length > 0) throw new Error(`name one table. ${USAGE}`);
  const { out, url, token, state } = values;
  const asked: Record<string, unknown> = values;
  const format = values.format ?? (extname(out ?? "").slice(1) || "csv");
  if (!isOneOf(FORMATS, format)) throw new Error(`--format is one of ${FORMATS.join(", ")}, and not ${format}`);
  const query = Object.fromEntries(
    ASKED.flatMap((name) => {
      const value = asked[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
  return {
    job: { table, format, query, out: resolve(directory, out ?? `${table}.${format}`) },
    options: { url, token, state },
  };
}

function isOneOf<Name extends string>(names: readonly Name[], text: string | undefined): text is Name {
  return names.some((name) => name === text);
}
