/** `npm run deliveries`: what destinations were told, one a line, newest first; one with each try; and sending again or ending what a destination's filters show. */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { type ConsoleFetch, callConsole, itemsOf, recordsIn, textOf } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run deliveries -- [--destination SLUG] [--status STATUS] [--type TYPE] [--conversion ID] [--from TIME] [--to TIME] [--limit 100]
  | --destination SLUG (--show ID | --test | --replay | --cancel)   ${CONSOLE_USAGE}`;
const USUAL_LIMIT = 100;
const MOVES = ["replay", "cancel"] as const;

type Row = Record<string, unknown>;
interface Filters {
  destination?: string;
  status?: string;
  from?: string;
  to?: string;
}

await runCommand(run, { failure: "The deliveries cannot be told", usage: USAGE });

async function run(): Promise<boolean> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{
        destination: text,
        status: text,
        type: text,
        conversion: text,
        from: text,
        to: text,
        limit: text,
        show: text,
      },
      ...{ test: flag, replay: flag, cancel: flag },
      ...CONSOLE_OPTIONS,
    },
  });
  const { show, test, conversion, type } = values;
  const moves = MOVES.filter((move) => values[move]);
  const asked = moves.length + Number(test) + Number(show !== undefined);
  if (asked > 1) throw new Error(`say one of --show, --test, --replay and --cancel. ${USAGE}`);
  if (asked === 1 && values.destination === undefined) throw new Error(`name the destination. ${USAGE}`);
  if (moves.length > 0 && (type !== undefined || conversion !== undefined))
    throw new Error(`--replay and --cancel go by --status, --from and --to. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const slug = encodeURIComponent(values.destination ?? "");
  if (show !== undefined) return showOne(fetchConsole, show, slug);
  if (test) {
    const sent = await callConsole(fetchConsole, { method: "POST", path: `/api/destinations/${slug}/test` }, [202]);
    console.log(`The test ${sent.delivery_id} is on its way: --show tells what came back.`);
    return true;
  }
  const [move] = moves;
  if (move) return moveAll(fetchConsole, move, slug, values);
  const filters = { destination: values.destination, status: values.status, type, conversion_id: conversion };
  await list(fetchConsole, { ...filters, from: values.from, to: values.to }, limitOf(values.limit));
  return true;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? USUAL_LIMIT);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new Error(`--limit is a whole number above zero. ${USAGE}`);
}

async function list(
  fetchConsole: ConsoleFetch,
  filters: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<void> {
  const said = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const query = new URLSearchParams([...said, ["limit", String(Math.min(limit, 1_000))]]);
  let printed = 0;
  for await (const row of itemsOf(fetchConsole, `/api/deliveries?${query}`)) {
    console.log(lineOf(row));
    printed += 1;
    if (printed === limit) break;
  }
  if (printed === 0) console.log("Nothing was told that fits.");
}

function lineOf(row: Row): string {
  const { created_at, destination, delivery_id, type, status, reason, attempts, http } = row;
  const outcome = [status, reason, http === null ? null : `HTTP ${http}`].filter((part) => part !== null).join(" ");
  return `${created_at}  ${delivery_id}  ${destination}  ${type}  ${outcome}  ${attempts} ${attempts === 1 ? "try" : "tries"}`;
}

async function showOne(fetchConsole: ConsoleFetch, id: string, slug: string): Promise<boolean> {
  const path = `/api/deliveries/${encodeURIComponent(id)}?destination=${slug}`;
  const { tries, message, ...row } = await callConsole(fetchConsole, { path });
  console.log(lineOf(row));
  if (textOf(message) !== null) console.log(`  ${message}`);
  for (const one of recordsIn(tries)) {
    const [request] = recordsIn([one.request]);
    console.log(
      `  try ${one.number}, ${one.at}: ${one.outcome}${one.http === null ? "" : ` HTTP ${one.http}`} in ${one.ms} ms`,
    );
    console.log(`    ${request ? `${request.method} ${request.url}` : "what was sent is erased"}`);
    if (textOf(request?.body) !== null) console.log(`    ${request?.body}`);
    if (textOf(one.answer) !== null) console.log(`    answer: ${one.answer}`);
  }
  return row.status === "sent";
}

async function moveAll(
  fetchConsole: ConsoleFetch,
  move: (typeof MOVES)[number],
  slug: string,
  { status, from, to }: Filters,
): Promise<boolean> {
  const body = { ...(status && { statuses: [status] }), ...(from && { from }), ...(to && { to }) };
  const moved = await callConsole(
    fetchConsole,
    { method: "POST", path: `/api/destinations/${slug}/${move}`, body },
    [202],
  );
  console.log(`${moved.deliveries} deliveries ${move === "replay" ? "are sent again" : "were ended"}.`);
  return true;
}
