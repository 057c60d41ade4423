/** `npm run rates -- FILE|URL`: imports rates of exchange in the European Central Bank's form; run again it changes nothing, and tells where other rates are known. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readEcbRates } from "../workers/core/rates/ecb-xml.ts";
import type { DayRate } from "../workers/core/rates/rate.ts";
import { printSome, runCommand, userPath } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { sendRates } from "./rates/send.ts";
import { reach } from "./reach.ts";

const USAGE = `usage: [PORT=8787] npm run rates -- FILE|URL [--replace] ${CONSOLE_USAGE}`;
const REFUSALS = {
  no_rates: "it has no rates in the form of the European Central Bank, such as eurofxref-daily.xml",
  bad_day: "a day of it is none, or a rate stands before the first",
  bad_rate: "a rate or a currency of it is none",
};

await runCommand(run, { failure: "The rates could not be imported", usage: USAGE });

/** True where every rate is known now as the file has it. */
async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: { replace: { type: "boolean", default: false }, ...CONSOLE_OPTIONS },
    allowPositionals: true,
  });
  const [from, ...others] = positionals;
  if (from === undefined || others.length > 0) throw new Error(`name one file or address. ${USAGE}`);
  const rates = await readRates(from);
  const { added, same, replaced, kept } = await sendRates(await findConsole(values), rates, values.replace);
  console.log(
    `${rates.length} rates: ${added} added, ${same} known before, ${replaced.length} replaced, ${kept.length} kept.`,
  );
  printSome(replaced);
  printSome(kept);
  if (kept.length > 0)
    console.log(
      "Other rates are known of these, and stay, since sales may have been booked by them: --replace changes them for what comes.",
    );
  return kept.length === 0;
}

async function readRates(from: string): Promise<DayRate[]> {
  const read = readEcbRates(await readText(from));
  if (!read.ok) throw new Error(`${from} cannot be read: ${REFUSALS[read.refusal]}`);
  return read.value;
}

async function readText(from: string): Promise<string> {
  if (!/^https?:\/\//.test(from)) return readFile(userPath(from), "utf8");
  const answer = await reach(from);
  if (!answer.ok) throw new Error(`${from} answered ${answer.status}`);
  return answer.text();
}
