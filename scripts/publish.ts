/** `npm run publish`: compares what the edge knows of links and advertisers with the books, publishes what differs, and says what it was. */
import { parseArgs } from "node:util";
import { isRecord } from "../workers/core/is-record.ts";
import { printSome, runCommand } from "./command.ts";
import { pagesOf } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run publish -- ${CONSOLE_USAGE}`;

await runCommand(publish, { failure: "Publishing cannot go on", usage: USAGE, failed: 1 });

async function publish(): Promise<boolean> {
  const { values } = parseArgs({ options: CONSOLE_OPTIONS });
  const fetchConsole = await findConsole(values);
  const drift: string[] = [];
  let checked = 0;
  for await (const page of pagesOf(fetchConsole, { method: "POST", path: "/api/publish" })) {
    checked += Number(page.checked);
    for (const item of Array.isArray(page.drift) ? page.drift : []) drift.push(describe(item));
  }
  console.log(`${checked} records compared with the books, ${drift.length} of them published anew.`);
  printSome(drift);
  return true;
}

function describe(item: unknown): string {
  if (!isRecord(item)) return String(item);
  const fields = Array.isArray(item.fields) && item.fields.length > 0 ? ` in ${item.fields.join(", ")}` : "";
  return `${item.key} was ${item.found}${fields}`;
}
