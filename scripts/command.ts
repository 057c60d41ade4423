/** How a command begins and ends: paths as its user names them, and one line where it could not do its work, with the usage where the command line was the reason. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { whyUnreached } from "./reach.ts";

const MOST_PRINTED = 50;

interface Ending {
  /** What could not be done, as the beginning of a line. */
  failure: string;
  usage: string;
  /** The exit code where it could not be done. */
  failed?: number;
}

/** Runs a command to its end: 0 where `work` gives true, 1 where it gives false. Asked for help it only says its usage, behind what `help.js` has said. */
export async function runCommand(work: () => Promise<boolean>, { failure, usage, failed = 2 }: Ending): Promise<void> {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = (await work()) ? 0 : 1;
  } catch (error) {
    console.error(describeFailure(failure, error, usage));
    process.exitCode = failed;
  }
}

/** The options of `args`. Throws one line that says what is wrong with them and what is possible. */
export function readOptions<const Options extends Record<string, { type: "string" | "boolean"; multiple?: boolean }>>(
  args: string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message.split(". ")[0] : error}; ${usage}`);
  }
}

/** A path as the user named it: from where npm was called. */
export function userPath(name: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), name);
}

/** The only argument of a command that takes one file. */
export function onlyFile(positionals: readonly string[], usage: string): string {
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error(`name one file. ${usage}`);
  return userPath(name);
}

/** The first lines of a list, and how many more there are. */
export function printSome(lines: readonly string[]): void {
  for (const line of lines.slice(0, MOST_PRINTED)) console.log(`  ${line}`);
  if (lines.length > MOST_PRINTED) console.log(`  … and ${lines.length - MOST_PRINTED} more`);
}

/** The first lines of a list, beside what a command prints, and how many more there are. */
export function printErrors(lines: readonly string[]): void {
  for (const line of lines.slice(0, MOST_PRINTED)) console.error(line);
  if (lines.length > MOST_PRINTED) console.error(`    … and ${lines.length - MOST_PRINTED} more`);
}

/** The lines for the terminal. */
export function describeFailure(sentence: string, error: unknown, usage: string): string {
  const reason = isAboutArguments(error) ? error.message : whyUnreached(error);
  return isAboutArguments(error) ? `${reason}\n${usage}` : `${sentence}: ${reason}`;
}

function isAboutArguments(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
