/** `npm run reseal`: has the secrets of destinations sealed anew under the courier's newest key, and says what else hangs on older ones. */
import { parseArgs } from "node:util";
import { printSome, runCommand } from "./command.ts";
import { pagesOf, recordsIn } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run reseal -- ${CONSOLE_USAGE}`;

await runCommand(reseal, { failure: "Sealing anew cannot go on", usage: USAGE, failed: 1 });

/** True when nothing hangs on an older key any more but the names of deliveries. */
async function reseal(): Promise<boolean> {
  const { values } = parseArgs({ options: CONSOLE_OPTIONS });
  const fetchConsole = await findConsole(values);
  const [lost, webhooks]: [string[], string[]] = [[], []];
  let [checked, resealed, key] = [0, 0, 0];
  for await (const page of pagesOf(fetchConsole, { method: "POST", path: "/api/destinations/reseal" })) {
    checked += Number(page.checked);
    resealed += Number(page.resealed);
    key = Number(page.key);
    lost.push(...recordsIn(page.lost).map(({ destination, secret }) => `${destination}: ${secret}`));
    webhooks.push(...(Array.isArray(page.older_webhooks) ? page.older_webhooks.map(String) : []));
  }
  console.log(`${checked} destinations looked at, the secrets of ${resealed} sealed anew under key ${key}.`);
  if (lost.length > 0) console.log("No key opens these: they are to be entered again.");
  printSome(lost);
  if (webhooks.length > 0)
    console.log(
      "These webhooks sign under an older key: POST /api/destinations/{slug}/rotate, and give their receivers the new secret.",
    );
  printSome(webhooks);
  return lost.length === 0 && webhooks.length === 0;
}
