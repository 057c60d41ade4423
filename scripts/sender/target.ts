/** Where a sender's postbacks go and what they are proved with: told on the command line and in the environment, or read from the console. */
import { type ConsoleFetch, callConsole, consoleFetch } from "../console-api.ts";
import { findSystem } from "../running-system.ts";

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

export interface Credentials {
  token?: string;
  secret?: string;
}

/** `origin` is the postback worker's. `auth` is the advertiser's mode, where the console told it. */
export interface Target extends Credentials {
  advertiser: string;
  origin: string;
  auth?: string;
  /** Asks the console, with its own token or else the advertiser's; absent where no console is known. */
  fetchConsole?: ConsoleFetch;
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
  const told = {
    ...present("token", options.token ?? environment.POSTBACK_TOKEN),
    ...present("secret", options.secret ?? environment.SIGNING_SECRET),
  };
  const asked = await askConsole(options, advertiser, told, environment);
  const origin = options.url === undefined ? asked.origin : originOf("--url", options.url);
  if (origin === undefined) throw new Error("say where postbacks go with --url, or set CONSOLE_TOKEN");
  return {
    ...asked,
    ...told,
    advertiser,
    origin,
    local: LOCAL_HOSTS.includes(new URL(origin).hostname),
  };
}

/** The origin of an address, such as the one that the console shows with its path. */
export function originOf(option: string, address: string): string {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new Error(`${option} takes an address such as https://postback.example, and is ${JSON.stringify(address)}`);
  return new URL(address).origin;
}

type Asked = Omit<Partial<Target>, "advertiser" | "local">;

async function askConsole(
  options: TargetOptions,
  advertiser: string,
  told: Credentials,
  environment: NodeJS.ProcessEnv,
): Promise<Asked> {
  if (options.console !== undefined) {
    const origin = originOf("--console", options.console);
    if (environment.CONSOLE_TOKEN) return readAdvertiser(consoleFetch(origin, environment.CONSOLE_TOKEN), advertiser);
    return told.token === undefined ? {} : { fetchConsole: consoleFetch(origin, told.token) };
  }
  if (options.url !== undefined) return {};
  const { fetchConsole } = await findSystem(environment, options.state);
  return readAdvertiser(fetchConsole, advertiser);
}

async function readAdvertiser(fetchConsole: ConsoleFetch, advertiser: string): Promise<Asked> {
  const path = `/api/advertisers/${encodeURIComponent(advertiser)}`;
  const { auth } = await callConsole(fetchConsole, { path });
  const { token, signing_secret, postback_url } = await callConsole(fetchConsole, { path: `${path}/credentials` });
  return {
    fetchConsole,
    auth: String(auth),
    origin: originOf("the advertiser's postback_url", String(postback_url)),
    ...present("token", token),
    ...present("secret", signing_secret),
  };
}

function present<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const found: { [Key in Name]?: string } = {};
  if (typeof value === "string" && value !== "") Object.assign(found, { [name]: value });
  return found;
}
