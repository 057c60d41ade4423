/** Where the system that `npm start` runs is to be found: its addresses by PORT, its console's token in the state directory. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ConsoleFetch, consoleFetch, type FullFetch } from "./console-api.ts";
import { type Origins, originsOf } from "./local/origins.ts";
import { readSecrets, SECRETS_FILE } from "./local/secrets.ts";
import { DEFAULT_STATE, readPort } from "./local/start-options.ts";

export interface RunningSystem {
  origins: Origins;
  fetchConsole: FullFetch;
}

/** Finds the system and makes sure that it answers. Throws one line when it does not. `state` is the directory that `npm start` was given. */
export async function findSystem(environment: NodeJS.ProcessEnv, state?: string): Promise<RunningSystem> {
  const origins = originsOf(readPort(environment.PORT));
  const stateDir =
    state === undefined
      ? resolve(import.meta.dirname, "..", DEFAULT_STATE)
      : resolve(environment.INIT_CWD ?? process.cwd(), state);
  const fetchConsole = consoleFetch(origins.console, environment.CONSOLE_TOKEN || tokenIn(stateDir));
  await knock(origins.console, fetchConsole);
  return { origins, fetchConsole };
}

function tokenIn(stateDir: string): string {
  const path = join(stateDir, SECRETS_FILE);
  if (!existsSync(path)) throw new Error(`there is no ${path}, with the console's token: ${whatToType()}`);
  return readSecrets(path).CONSOLE_TOKEN;
}

async function knock(origin: string, fetchConsole: ConsoleFetch): Promise<void> {
  const answer = await fetchConsole("/api/advertisers?limit=1").catch(() => null);
  if (!answer) throw new Error(`nothing answers at ${origin}: ${whatToType()}`);
  if (answer.status !== 200)
    throw new Error(`${origin} answers ${answer.status} to the console's token: ${whatToType()}`);
}

/** The same whatever is missing first, so that nobody has to find out one thing after the other. */
function whatToType(): string {
  const command = process.env.npm_lifecycle_event ?? "…";
  return `type npm start, or where it runs already, PORT=8787 CONSOLE_TOKEN=… npm run ${command}, with the port of "click" and the token that it printed`;
}
