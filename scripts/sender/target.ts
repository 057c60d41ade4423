/** Where a sender's postbacks go and what they are proved with: told on the command line and in the environment, or read from the console. */
import type { Mapping } from "../../schema/records.ts";
import { type ConsoleFetch, consoleFetch } from "../console-api.ts";
import { originOf } from "../find-console.ts";
import { findSystem } from "../running-system.ts";
import { readAdvertiser } from "./advertiser.ts";

/** What the sending commands may be told about their target, as `parseArgs` takes it. */
export const TARGET_OPTIONS = {
  advertiser: { type: "string" },
  url: { type: "string" },
  console: { type: "string" },
  token: { type: "string" },
  secret: { type: "string" },
  state: { type: "string" },
} as const;
export const TARGET_USAGE =
  "--advertiser SLUG [--url POSTBACK-ORIGIN] [--console CONSOLE-ORIGIN] [--token T] [--secret S] [--state DIR]; also as POSTBACK_TOKEN, SIGNING_SECRET, CONSOLE_TOKEN";

export interface TargetOptions {
  advertiser?: string | undefined;
  url?: string | undefined;
  console?: string | undefined;
  token?: string | undefined;
  secret?: string | undefined;
  state?: string | undefined;
}

export interface Target {
  advertiser: string;
  /** Of the postback worker. */
  origin: string;
  /** The advertiser's mode; null where no console told it. */
  auth: string | null;
  token: string | null;
  secret: string | null;
  /** The advertiser's own words; null where no console told them. */
  mapping: Mapping | null;
  /** The names of its offers' events; empty where no console told them. */
  events: readonly string[];
  /** Asks the console, with its own token or else the advertiser's; null where no console is known. */
  fetchConsole: ConsoleFetch | null;
  /** True for the simulator, which takes less at once than the platform does. */
  local: boolean;
}

const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Finds the target. Without `--url` and `--console` it is the system that `npm start` runs; what the command line and the environment do not
 * say is read from the console, as far as its token is known. Throws one line that says what is missing.
 */
export async function findTarget(options: TargetOptions, environment: NodeJS.ProcessEnv): Promise<Target> {
  const { advertiser } = options;
  if (!advertiser) throw new Error("name the advertiser with --advertiser");
  const token = options.token ?? environment.POSTBACK_TOKEN;
  const secret = options.secret ?? environment.SIGNING_SECRET;
  const { fetchConsole, reads } = await findTold(options, token, environment);
  const read = fetchConsole && reads ? await readAdvertiser(fetchConsole, advertiser) : null;
  const origin = options.url === undefined ? read?.origin : originOf("--url", options.url);
  if (origin === undefined) throw new Error("say where postbacks go with --url, or set CONSOLE_TOKEN");
  return {
    advertiser,
    origin,
    auth: read?.auth ?? null,
    token: token ?? read?.token ?? null,
    secret: secret ?? read?.secret ?? null,
    mapping: read?.mapping ?? null,
    events: read?.events ?? [],
    fetchConsole,
    local: LOCAL_HOSTS.includes(new URL(origin).hostname),
  };
}

/** The console to ask, if any, and whether its token reads set-up: with the advertiser's own it tells of receipts only. */
async function findTold(
  options: TargetOptions,
  token: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<{ fetchConsole: ConsoleFetch | null; reads: boolean }> {
  if (options.console !== undefined) {
    const origin = originOf("--console", options.console);
    const bearer = environment.CONSOLE_TOKEN || token;
    return { fetchConsole: bearer ? consoleFetch(origin, bearer) : null, reads: !!environment.CONSOLE_TOKEN };
  }
  if (options.url !== undefined) return { fetchConsole: null, reads: false };
  return { fetchConsole: (await findSystem(environment, options.state)).fetchConsole, reads: true };
}
