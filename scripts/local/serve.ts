/**
 * The process that holds the local platform. `start.ts` starts it in a process group of its own, so that Ctrl-C, which a terminal
 * sends to the whole group, does not reach workerd before the queues are drained.
 */
import { callConsole, consoleFetch } from "../console-api.ts";
import { type HistoryParts, type Note, readNote, writeHistory, writeNote } from "../history/write-history.ts";
import { type Platform, startPlatform } from "../platform.ts";
import { ACME, createAcme, DEMO_LINK, SHOES } from "../programme/acme.ts";
import { tellFirst } from "../programme/first-deliveries.ts";
import { ensureOldTracker } from "../programme/old-tracker.ts";
import { whyUnreached } from "../reach.ts";
import { serveShop } from "../shop/serve-shop.ts";
import { HOST } from "./options.ts";
import { receiverPorts, shopDestination, shopOrigin } from "./origins.ts";
import { claimPorts } from "./ports.ts";
import { localSecrets, type Secrets } from "./secrets.ts";
import type { StartOptions } from "./start-options.ts";
import { claimStateDir, releaseStateDir } from "./state-dir.ts";

const options: StartOptions = JSON.parse(process.argv[2] ?? "");
let platform: Platform | null = null;
let stopAsked = false;
/** What is being done, for who reads that it failed; the next start does it again. */
let step = "";
/** False too where its port is taken. */
let hasShop = false;

// The starter asks for the end; when it is gone itself, nobody is left to ask.
process.on("message", stop);
process.on("disconnect", stop);

try {
  await start();
} catch (error) {
  console.error(`Clickback cannot start: ${step && `it was to ${step}, and `}${whyUnreached(error)}`);
  process.exit(1);
}

async function start(): Promise<void> {
  // What this process and workerd write is for their owner alone.
  process.umask(0o077);
  claimStateDir(options.stateDir, options.fresh);
  process.on("exit", () => releaseStateDir(options.stateDir));
  await claimPorts(HOST, [options.port, options.port + 1, options.port + 2]);
  const secrets = localSecrets(options.stateDir, process.env);
  step = "start the workers";
  const started = await startPlatform({ ...options, secrets, vars: { LOOPBACK_PORTS: toldPorts(options) } });
  // The simulator would exit at once on a signal.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal).on(signal, stop);
  platform = started;
  if (stopAsked) return end(started);
  const fetchConsole = consoleFetch(started.origins.console, secrets.CONSOLE_TOKEN);
  const shop = shopOrigin(options.port);
  step = "set up the demo programme";
  if (options.demo) hasShop = await serveShop(options.port, fetchConsole, started.origins.console);
  const note = options.demo ? await noteOf(started) : null;
  if (note !== null) {
    await createAcme(fetchConsole, shopDestination(shop, SHOES.slug));
    await ensureOldTracker(fetchConsole);
    await tellFirst(fetchConsole, options.port);
    if (!options.history) await writeNote(started.database, { ...note, endedAtMs: Date.now() });
  }
  step = "ask the console for the postback's token";
  if (started.leftBehind !== null) console.log(started.leftBehind);
  printAddresses(started, secrets);
  await printLinesToPaste(started, fetchConsole);
  const clickKeys = secrets.CLICK_KEYS;
  if (note !== null && options.history && clickKeys !== undefined)
    inBackground({ platform: started, fetchConsole, shop, clickKeys, isStopped: () => stopAsked }, note);
  console.log("ready");
}

/** The note of a seeding that is to be done: none was there, or one was cut off. Null where everything is there, or somebody else set it up. */
async function noteOf(started: Platform): Promise<Note | null> {
  const note = await readNote(started.database);
  if (note !== null) return note.endedAtMs === null ? note : null;
  if (!(await isEmpty(started))) return null;
  const begun: Note = { beganAtMs: Date.now(), endedAtMs: null };
  await writeNote(started.database, begun);
  return begun;
}

/** The console says that it goes on; what cuts it off is made good by the next start. */
function inBackground(parts: HistoryParts, note: Note): void {
  console.log("Ninety days of invented history are being written meanwhile; the overview says when they are there.\n");
  writeHistory(parts, note).then(
    (isDone) => {
      if (isDone) console.log("The ninety days are written.");
    },
    (error: unknown) => {
      if (!stopAsked)
        console.error(
          `The invented history could not be written to its end, which the next start tries again: ${whyUnreached(error)}`,
        );
    },
  );
}

/** Ports of this machine that the courier may tell: those of the demo's own receivers, or any. */
function toldPorts({ port, allowLoopback }: StartOptions): string {
  return allowLoopback ? "any" : receiverPorts(port).join(",");
}

function stop(): void {
  if (stopAsked) return;
  stopAsked = true;
  // While it is still starting, nothing has been accepted, and start() ends it as soon as it can.
  if (platform) end(platform);
}

async function end({ stop: stopPlatform }: Platform): Promise<void> {
  const { held } = await stopPlatform();
  if (held > 0) console.log(`${held} messages could not be settled yet: they are kept and sent at the next start.`);
  process.exit(0);
}

async function isEmpty({ database }: Platform): Promise<boolean> {
  return (await database.prepare("SELECT 1 FROM advertisers LIMIT 1").all()).results.length === 0;
}

function printAddresses({ origins }: Platform, secrets: Secrets): void {
  console.log(`
Clickback runs on this machine.

  click     ${origins.click}
  postback  ${origins.postback}
  console   ${origins.console}
  token     ${secrets.CONSOLE_TOKEN}   (of the console, with the role admin)
  data      ${options.stateDir}
`);
}

/** A click and a postback for the demo programme, where it is there; the postback makes a click of its own, so that it works when pasted as it is. */
async function printLinesToPaste({ origins }: Platform, fetchConsole: ReturnType<typeof consoleFetch>): Promise<void> {
  const path = `/api/advertisers/${ACME.slug}/credentials`;
  const { token } = await callConsole(fetchConsole, { path }, [200, 404]);
  if (typeof token !== "string") return;
  const click = `${origins.click}/c/${DEMO_LINK.slug}?sub1=hello`;
  const clickId = `$(curl -s -o /dev/null -w '%{redirect_url}' '${click}' | sed 's/.*click_id=\\([0-9a-z]*\\).*/\\1/')`;
  const order = `order-${Date.now().toString(36)}`;
  const postback = `${origins.postback}/p/${ACME.slug}?event=sale&amount=40&txid=${order}&token=${token}`;
  console.log(`A click, and a postback for one, to paste:

curl -i '${click}'
curl "${postback}&click_id=${clickId}"

curl says that it is a program, so its clicks stand under bots; one counts as a click once a conversion follows.
To see an ordinary click counted, open that of the first line in a browser${hasShop ? `: it leads to the local shop at ${shopOrigin(options.port)}, where you can buy, and give back` : ""}.
`);
}
