/** `npm run erase`: erases a person, by a click ID or an order, or with --dry-run tells what is held. */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { callConsole, recordsIn } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run erase -- --click-id ID | --advertiser SLUG --txid ORDER [--dry-run] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The erasure stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      "click-id": { type: "string" },
      advertiser: { type: "string" },
      txid: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      ...CONSOLE_OPTIONS,
    },
  });
  const { "click-id": clickId, advertiser, txid, "dry-run": dryRun } = values;
  const query = new URLSearchParams();
  if (clickId !== undefined && advertiser === undefined && txid === undefined) query.set("click_id", clickId);
  else if (clickId === undefined && advertiser !== undefined && txid !== undefined) {
    query.set("advertiser", advertiser);
    query.set("txid", txid);
  } else throw new Error(`say either --click-id, or --advertiser and --txid. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const path = `/api/personal?${query}`;
  const { held, erased, more_claims } = await callConsole(fetchConsole, { path });
  const places = recordsIn(held);
  for (const { store, key, values: said } of places) console.log(`${store}  ${key}  ${JSON.stringify(said)}`);
  if (more_claims === true) console.log("More claims, which anybody can make, are held. Erasing takes all of them.");
  if (places.length === 0) console.log(erased === true ? "It is erased, and nothing is held." : "Nothing is held.");
  if (dryRun) return true;
  const { replaced_by } = await callConsole(fetchConsole, { method: "DELETE", path }, [202]);
  console.log(`The erasure is queued. What was named like this is ${replaced_by} from now on.`);
  return true;
}
