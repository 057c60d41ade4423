/** What `npm start` may be told: `--state DIR`, `--fresh`, `--no-demo`, `--allow-loopback`, and the environment's `PORT`. */
import { resolve } from "node:path";
import { isStrongConsoleToken, WEAK_CONSOLE_TOKEN } from "../../workers/core/console-token.ts";
import { readOptions } from "../command.ts";

export interface StartOptions {
  /** Absolute path of the state directory. */
  stateDir: string;
  fresh: boolean;
  demo: boolean;
  /** Whether ninety days of invented history are written behind it. */
  history: boolean;
  /** Whether destinations on this machine are told, whatever their port. Without it, only the two that the demo has itself. */
  allowLoopback: boolean;
  /** The click worker's port; the next two are the postback worker's and the console's. */
  port: number;
}

const USAGE =
  "usage: [PORT=8787] [CONSOLE_TOKEN=…] npm start -- [--state DIR] [--fresh] [--no-demo] [--no-history] [--allow-loopback]";
const OPTIONS = {
  state: { type: "string" },
  fresh: { type: "boolean" },
  "no-demo": { type: "boolean" },
  "no-history": { type: "boolean" },
  "allow-loopback": { type: "boolean" },
} as const;
export const DEFAULT_STATE = ".wrangler/state";
const DEFAULT_PORT = 8787;
/** The shop stands five behind it. */
const LAST_PORT = 65_530;

/** Reads the command line and the environment. Throws one line that says what is wrong and what is possible. */
export function readStartOptions(args: string[], environment: NodeJS.ProcessEnv, root: string): StartOptions {
  const {
    state,
    fresh,
    "no-demo": noDemo,
    "no-history": noHistory,
    "allow-loopback": allowLoopback,
  } = readOptions(args, OPTIONS, USAGE);
  // Before anything is made or emptied for a start that cannot be.
  if (environment.CONSOLE_TOKEN && !isStrongConsoleToken(environment.CONSOLE_TOKEN))
    throw new Error(WEAK_CONSOLE_TOKEN);
  return {
    stateDir: state === undefined ? resolve(root, DEFAULT_STATE) : resolve(environment.INIT_CWD ?? root, state),
    fresh: fresh ?? false,
    demo: !noDemo,
    history: !noDemo && !noHistory,
    allowLoopback: allowLoopback ?? false,
    port: readPort(environment.PORT),
  };
}

/** The click worker's port. Throws one line when the text is none. */
export function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > LAST_PORT)
    throw new Error(`PORT must be a number from 1 to ${LAST_PORT}, and is ${JSON.stringify(text)}`);
  return port;
}
