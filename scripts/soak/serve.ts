/** The process that holds the platform under soak: as `npm start` runs it, with the workers' fault-ridden doubles around ledger and postback, and a courier whose clock runs faster. */

import { MINUTE_MS } from "../../workers/core/time-units.ts";
import { localSecrets } from "../local/secrets.ts";
import { claimStateDir, releaseStateDir } from "../local/state-dir.ts";
import { startPlatform } from "../platform.ts";
import type { Section } from "../sections.ts";
import { SPEED } from "./receivers.ts";

/** What the soak may ask of this process: a path of a worker, or the end. */
export type Order = { ask: Section; path: string } | "stop";

/** What this process says: that it is up, with the console's token; that an order is done; how the stop ended. */
export type Word = { up: string } | { done: true } | { stopped: { held: number } };

/**
 * A Worker has 128 MB for all that it holds; what is outside V8's old space needs some of it. Left alone V8 lets garbage lie until a heap has hundreds of megabytes, in each of
 * the platform's thirty isolates, which looks like a leak for the first hour; so it begins to collect early.
 */
process.env.MINIFLARE_WORKERD_V8_FLAGS ??= "--initial-old-space-size=4 --max-old-space-size=96";

/** As often as the courier's clock has a minute go by. */
const COURIERS_MINUTE_MS = MINUTE_MS / SPEED;

const options: { stateDir: string; port: number; fromMs: number } = JSON.parse(process.argv[2] ?? "");
claimStateDir(options.stateDir, false);
process.on("exit", () => releaseStateDir(options.stateDir));
const secrets = localSecrets(options.stateDir, process.env);
const platform = await startPlatform({
  ...options,
  secrets,
  vars: { LOOPBACK_PORTS: "any" },
  entries: {
    ledger: "test/fault/doubles/ledger.ts",
    postback: "test/fault/doubles/postback.ts",
    courier: "test/fault/doubles/courier.ts",
  },
});
await platform.ask("courier", `/?from=${options.fromMs}&speed=${SPEED}`);
let compared = Promise.resolve();
let isComparing = false;
const couriersCron = setInterval(() => {
  if (isComparing) return;
  isComparing = true;
  // What it could not compare it looks at in its next minute.
  compared = platform
    .ask("courier", `/cdn-cgi/local/scheduled?${new URLSearchParams({ cron: "* * * * *", time: String(Date.now()) })}`)
    .then(
      () => {},
      () => {},
    )
    .finally(() => {
      isComparing = false;
    });
}, COURIERS_MINUTE_MS);
// Whoever started it is gone, and nobody is left to ask.
process.on("disconnect", () => process.exit(1));
process.on("message", (order: Order) => {
  follow(order).catch((error) => {
    console.error(`the platform could not follow ${JSON.stringify(order)}: ${error}`);
    process.exit(1);
  });
});
say({ up: secrets.CONSOLE_TOKEN });

async function follow(order: Order): Promise<void> {
  if (order === "stop") {
    clearInterval(couriersCron);
    await compared;
    say({ stopped: await platform.stop() });
    process.exit(0);
  }
  await platform.ask(order.ask, order.path);
  say({ done: true });
}

function say(word: Word): void {
  process.send?.(word);
}
