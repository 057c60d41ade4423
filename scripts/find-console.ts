/** The console that a command talks to: at an address, or that of the system which `npm start` runs. */
import { consoleFetch, type FullFetch } from "./console-api.ts";
import { findSystem } from "./running-system.ts";

/** As `parseArgs` takes them. */
export const CONSOLE_OPTIONS = { url: { type: "string" }, state: { type: "string" } } as const;
export const CONSOLE_USAGE = "[--url CONSOLE-ORIGIN] [--state DIR]; the console's token as CONSOLE_TOKEN";

export interface ConsoleOptions {
  /** The console's origin; the running system's where it is not said. */
  url?: string | undefined;
  state?: string | undefined;
  /** Instead of CONSOLE_TOKEN, where a command takes one. */
  token?: string | undefined;
}

/** A fetch with the console's token, of the environment or, for the running system, of its state directory. Throws one line that says what is missing. */
export async function findConsole({ url, state, token }: ConsoleOptions): Promise<FullFetch> {
  const environment = token === undefined ? process.env : { ...process.env, CONSOLE_TOKEN: token };
  if (url === undefined) return (await findSystem(environment, state)).fetchConsole;
  if (!environment.CONSOLE_TOKEN)
    throw new Error("set CONSOLE_TOKEN to a token of the console: an admin's, or of a role that may see this");
  return consoleFetch(originOf("--url", url), environment.CONSOLE_TOKEN);
}

/** The origin of an address, such as one that the console shows with its path. Throws one line when it is none. */
export function originOf(option: string, address: string): string {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new Error(`${option} takes an address such as https://postback.example, and is ${JSON.stringify(address)}`);
  return new URL(address).origin;
}
