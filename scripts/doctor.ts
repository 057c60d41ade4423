/** `npm run doctor`: the repeatable test of a release, from the outside and on test clicks only, and how the courier fares; prints what passed and fails when something did not. */
import { parseArgs } from "node:util";
import { describeFailure, runCommand } from "./command.ts";
import { type Check, checksOf } from "./doctor/checks.ts";
import { destinationChecks } from "./doctor/destinations.ts";
import { findCheckedSource, sourceCheck } from "./doctor/source-check.ts";
import { ensureTestLink } from "./doctor/test-link.ts";
import { trackerChecks } from "./doctor/trackers.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, type ConsoleOptions, findConsole } from "./find-console.ts";
import { readAdvertiser } from "./sender/advertiser.ts";

const USAGE = `usage: npm run doctor -- --advertiser SLUG [--tell] [--source PATH, with its secret in SOURCE_SECRET] [--tracker SLUG, with its key in TRACKER_SECRET] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The doctor cannot begin", usage: USAGE });

/** True when nothing failed. */
async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      advertiser: { type: "string" },
      source: { type: "string" },
      tracker: { type: "string" },
      tell: { type: "boolean", default: false },
      ...CONSOLE_OPTIONS,
    },
  });
  const { advertiser, source, tracker, tell } = values;
  if (!advertiser) throw new Error(`name the advertiser with --advertiser. ${USAGE}`);
  const checks = await prepare(advertiser, { source, tracker, tell }, values);
  const width = Math.max(...checks.map(({ name }) => name.length));
  let failed = 0;
  for (const { name, run: look } of checks) {
    const { verdict, detail } = await judge(look);
    if (verdict === "FAILED") failed++;
    console.log(`${verdict.padEnd(8)}${name.padEnd(width + 2)}${detail}`);
  }
  console.log(failed === 0 ? "\nNothing failed." : `\n${failed} of ${checks.length} checks failed.`);
  return failed === 0;
}

/** What is looked at besides: a source at this path, a postback of this tracker's, and whether each destination is told a test. */
interface Besides {
  source: string | undefined;
  tracker: string | undefined;
  tell: boolean;
}

async function prepare(
  advertiser: string,
  { source, tracker, tell }: Besides,
  options: ConsoleOptions,
): Promise<Check[]> {
  const fetchConsole = await findConsole(options);
  const { origin, ...credentials } = await readAdvertiser(fetchConsole, advertiser);
  const link = await ensureTestLink(fetchConsole, advertiser);
  console.log(`${advertiser} is in ${credentials.auth} mode; test link ${link.slug}${link.made ? ", made now" : ""}\n`);
  const sender = { ...credentials, address: `${origin}/p/${encodeURIComponent(advertiser)}` };
  const checks = checksOf({ fetchConsole, sender, link, nowMs: Date.now, clicks: [] });
  if (source !== undefined) {
    const checked = await findCheckedSource(fetchConsole, advertiser, {
      path: source,
      secret: process.env.SOURCE_SECRET,
    });
    checks.push(sourceCheck(fetchConsole, advertiser, checked, link));
  }
  const played = tracker === undefined ? null : { slug: tracker, secret: process.env.TRACKER_SECRET };
  checks.push(...(await trackerChecks(fetchConsole, link, played)));
  return [...checks, ...(await destinationChecks(fetchConsole, tell, Date.now))];
}

async function judge(look: Check["run"]): Promise<{ verdict: string; detail: string }> {
  try {
    const seen = await look();
    if ("passed" in seen) return { verdict: "passed", detail: seen.passed };
    return "skipped" in seen
      ? { verdict: "skipped", detail: seen.skipped }
      : { verdict: "trouble", detail: seen.trouble };
  } catch (error) {
    return { verdict: "FAILED", detail: describeFailure("", error, "").replace(/^: /, "") };
  }
}
