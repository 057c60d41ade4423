/** `npm run publish`: compares what the edge knows of links and advertisers with the books, publishes what differs, and says what it was. */
import { parseArgs } from "node:util";
import { callConsole, isRecord } from "./console-api.ts";
import { findConsole } from "./sender/console.ts";
import { describeFailure } from "./sender/failure.ts";

const USAGE =
  "usage: [PORT=8787] npm run publish -- [--url CONSOLE-ORIGIN] [--state DIR]; the console's token as CONSOLE_TOKEN";
const MOST_SHOWN = 50;

try {
  await publish();
} catch (error) {
  console.error(describeFailure("Publishing cannot go on", error, USAGE));
  process.exitCode = 1;
}

async function publish(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: "string" }, state: { type: "string" } } });
  const fetchConsole = await findConsole(values, process.env);
  const drift: string[] = [];
  let checked = 0;
  for (let query = ""; ; ) {
    const page = await callConsole(fetchConsole, { method: "POST", path: `/api/publish${query}` });
    checked += Number(page.checked);
    for (const item of Array.isArray(page.drift) ? page.drift : []) drift.push(describe(item));
    if (typeof page.next !== "string") break;
    query = `?cursor=${encodeURIComponent(page.next)}`;
  }
  console.log(`${checked} records compared with the books, ${drift.length} of them published anew.`);
  for (const line of drift.slice(0, MOST_SHOWN)) console.log(`  ${line}`);
  if (drift.length > MOST_SHOWN) console.log(`  … and ${drift.length - MOST_SHOWN} more`);
}

function describe(item: unknown): string {
  if (!isRecord(item)) return String(item);
  const fields = Array.isArray(item.fields) && item.fields.length > 0 ? ` in ${item.fields.join(", ")}` : "";
  return `${item.key} was ${item.found}${fields}`;
}
