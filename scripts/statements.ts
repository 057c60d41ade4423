/** `npm run statements`: closes what is due of what was received before a day, and says what came of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions, runCommand } from "./command.ts";
import { type ConsoleFetch, callConsole, itemsOf, recordsIn, textOf } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run statements -- --until 2026-12-01 [--of affiliates|advertisers] [--tz Europe/Berlin] [--owner SLUG]… [--offer SLUG]… [--final] [--dry-run] ${CONSOLE_USAGE}`;
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 30 * 60_000;
/** As many as one call takes. */
const AT_ONCE = 500;

await runCommand(run, { failure: "It could not be closed", usage: USAGE });

async function run(): Promise<boolean> {
  const values = readOptions(
    process.argv.slice(2),
    {
      until: { type: "string" },
      of: { type: "string" },
      tz: { type: "string" },
      owner: { type: "string", multiple: true },
      offer: { type: "string", multiple: true },
      final: { type: "boolean" },
      "dry-run": { type: "boolean" },
      ...CONSOLE_OPTIONS,
    },
    USAGE,
  );
  const { until, of = "affiliates", tz = "UTC", owner, offer } = values;
  if (!until) throw new Error(`say --until. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  if (values["dry-run"]) {
    if (owner || offer) throw new Error("--dry-run tells of all owners and offers: leave --owner and --offer out");
    return tellDue(fetchConsole, { of, until, tz });
  }
  const body = { of, until, tz, ...(owner && { owners: owner }), ...(offer && { offers: offer }) };
  const { key } = await callConsole(fetchConsole, { method: "POST", path: "/api/statements", body }, [202]);
  const closing = await whenDone(fetchConsole, String(key));
  console.log(`${closing.drafts} drafts, ${closing.carried} carried over`);
  const drafts = await collect(itemsOf(fetchConsole, `/api/statements?of=${of}&state=draft&limit=1000`));
  const own = drafts.filter((one) => one.until === closing.until);
  for (const one of own) console.log(`  ${one.owner}: ${one.due} ${one.currency}, ${one.conversions} conversions`);
  if (values.final)
    await finalize(
      fetchConsole,
      own.flatMap(({ number }) => textOf(number) ?? []),
    );
  return true;
}

async function tellDue(fetchConsole: ConsoleFetch, query: Record<string, string>): Promise<boolean> {
  const answer = await callConsole(fetchConsole, { path: `/api/statements/due?${new URLSearchParams(query)}` });
  const items = recordsIn(answer.items);
  for (const { owner, due, currency, conversions, carried } of items)
    console.log(`  ${owner}: ${due} ${currency}, ${conversions} conversions${carried ? ", carried over" : ""}`);
  console.log(`${items.filter(({ carried }) => !carried).length} would be closed; nothing was`);
  return true;
}

/** A closing is in the queue at first, and then goes on step by step. */
async function whenDone(fetchConsole: ConsoleFetch, key: string): Promise<Record<string, unknown>> {
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const answer = await fetchConsole(`/api/closings/${key}`);
    const closing = answer.status === 200 ? recordsIn([JSON.parse(await answer.text())])[0] : undefined;
    if (closing?.stage === "done") return closing;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`closing ${key} is not done yet; it goes on by itself: GET /api/closings/${key}`);
}

async function finalize(fetchConsole: ConsoleFetch, numbers: readonly string[]): Promise<void> {
  for (let from = 0; from < numbers.length; from += AT_ONCE) {
    const body = { statements: numbers.slice(from, from + AT_ONCE) };
    await callConsole(fetchConsole, { method: "POST", path: "/api/statements/finalize", body }, [202]);
  }
  console.log(`${numbers.length} become final within seconds`);
}

async function collect(items: AsyncIterable<Record<string, unknown>>): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for await (const item of items) all.push(item);
  return all;
}
