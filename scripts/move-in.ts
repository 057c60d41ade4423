/** `npm run move-in -- --from keitaro|everflow|csv`: shows what of another tracker would be made here; makes it with `--apply`, and brings what was booked with `--history`. */
import { setTimeout as sleep } from "node:timers/promises";
import { DAY_MS } from "../workers/core/time-units.ts";
import { readOptions, runCommand, userPath } from "./command.ts";
import { findConsole, originOf } from "./find-console.ts";
import { everflowApi, everflowFolder } from "./move-in/everflow-api.ts";
import { everflowTracker } from "./move-in/from-everflow.ts";
import { keitaroTracker } from "./move-in/from-keitaro.ts";
import { tablesIn } from "./move-in/from-tables.ts";
import { keitaroApi, keitaroFolder } from "./move-in/keitaro-api.ts";
import { move } from "./move-in/move.ts";
import type { OldTracker } from "./move-in/old-programme.ts";
import { reach } from "./reach.ts";

const USAGE =
  "usage: npm run move-in -- --from keitaro|everflow|csv (--url TRACKER-ORIGIN, its key as MOVE_IN_KEY | --files DIR) [--apply] [--history [--since DAY] [--until DAY]] [--prefix TEXT] [--currency CODE] [--host HOST --advertiser SLUG [--dialect NAME] [--old-origin ORIGIN]] [--console CONSOLE-ORIGIN] [--state DIR]; the console's token as CONSOLE_TOKEN";

const OPTIONS = {
  from: { type: "string" },
  url: { type: "string" },
  files: { type: "string" },
  apply: { type: "boolean" },
  history: { type: "boolean" },
  since: { type: "string" },
  until: { type: "string" },
  prefix: { type: "string" },
  currency: { type: "string" },
  host: { type: "string" },
  advertiser: { type: "string" },
  dialect: { type: "string" },
  "old-origin": { type: "string" },
  console: { type: "string" },
  state: { type: "string" },
} as const;

type Values = ReturnType<typeof readValues>;

/** Where an old tracker's API is, and who gives keys for it. */
interface ApiPlace {
  origin?: string;
  keys: string;
}

const KEITARO: ApiPlace = { keys: "Maintenance > Users > its user > API keys" };
const EVERFLOW: ApiPlace = { origin: "https://api.eflow.team", keys: "Control Center > Security > API keys" };

await runCommand(run, { failure: "The move stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const values = readValues();
  const tracker = trackerOf(values);
  const fetchConsole = await findConsole({ url: values.console, state: values.state });
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
  const choice = {
    apply: values.apply === true,
    history: values.history === true ? { from: values.since ?? "2000-01-01", to: values.until ?? tomorrow } : null,
    addresses: addressesOf(values),
  };
  return move(tracker, fetchConsole, choice, (line) => console.log(line));
}

function readValues() {
  return readOptions(process.argv.slice(2), OPTIONS, USAGE);
}

function trackerOf({ from, url, files, prefix = "", currency, dialect }: Values): OldTracker {
  if (from === "csv") {
    if (files === undefined) throw new Error(`name the folder of your tables with --files. ${USAGE}`);
    return tablesIn(userPath(files), dialect ?? null);
  }
  const choice = { prefix, currency: currency?.toUpperCase() ?? null };
  if (from === "keitaro")
    return files === undefined
      ? keitaroTracker(keitaroApi({ ...apiOf(url, KEITARO), fetch: reach, sleep }), choice)
      : keitaroTracker(keitaroFolder(userPath(files)), choice);
  if (from !== "everflow") throw new Error(`--from is keitaro, everflow or csv. ${USAGE}`);
  return files === undefined
    ? everflowTracker(everflowApi({ ...apiOf(url, EVERFLOW), fetch: reach, sleep, nowMs: Date.now() }), choice)
    : everflowTracker(everflowFolder(userPath(files)), choice);
}

function apiOf(url: string | undefined, { origin, keys }: ApiPlace): { origin: string; key: string } {
  const named = url ?? origin;
  if (named === undefined)
    throw new Error(`name the tracker with --url, or a folder of its answers with --files. ${USAGE}`);
  const key = process.env.MOVE_IN_KEY;
  if (!key) throw new Error(`set MOVE_IN_KEY to a key of the tracker's API (${keys})`);
  return { origin: originOf("--url", named), key };
}

function addressesOf({ from, host, advertiser, dialect, "old-origin": oldOrigin }: Values) {
  if (host === undefined) return null;
  if (advertiser === undefined)
    throw new Error(`with --host say --advertiser: who keeps what names no click. ${USAGE}`);
  const slug = dialect ?? from ?? "";
  return { slug, name: slug, host, advertiser, ...(oldOrigin === undefined ? {} : { oldOrigin }) };
}
