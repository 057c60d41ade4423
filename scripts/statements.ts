/** `npm run statements`: closes what is due of what was received before a day, and says what came of it; writes the file for the bank, or one of credit transfers, and notes what was paid. */
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions, runCommand } from "./command.ts";
import { type ConsoleFetch, callConsole, itemsOf, recordsIn } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run statements -- --until 2026-12-01 [--of affiliates|advertisers] [--tz Europe/Berlin] [--owner SLUG]… [--offer SLUG]… [--final [--look LOOK]] [--dry-run] | --unpaid FILE [--currency EUR] [--due-by 2026-12-15] | --transfers FILE --execute-on 2026-12-05 [--currency EUR] [--due-by 2026-12-15] [--dry-run] [--pass-over] | --paid FILE [--dry-run] [--pass-over] ${CONSOLE_USAGE}`;
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 30 * 60_000;

await runCommand(run, { failure: "It could not be closed", usage: USAGE });

async function run(): Promise<boolean> {
  const values = readOptions(
    process.argv.slice(2),
    {
      until: { type: "string" },
      of: { type: "string" },
      tz: { type: "string" },
      owner: { type: "string", multiple: true },
      offer: { type: "string", multiple: true },
      final: { type: "boolean" },
      look: { type: "string" },
      "dry-run": { type: "boolean" },
      unpaid: { type: "string" },
      currency: { type: "string" },
      "due-by": { type: "string" },
      transfers: { type: "string" },
      "execute-on": { type: "string" },
      paid: { type: "string" },
      "pass-over": { type: "boolean" },
      ...CONSOLE_OPTIONS,
    },
    USAGE,
  );
  const { until, of = "affiliates", tz = "UTC", owner, offer } = values;
  const orders = [until, values.unpaid, values.transfers, values.paid].filter((one) => one !== undefined);
  if (orders.length !== 1) throw new Error(`say one of --until, --unpaid, --transfers and --paid. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const asked = { currency: values.currency, due_by: values["due-by"] };
  const manner = { isDry: values["dry-run"] === true, passOver: values["pass-over"] === true };
  if (values.unpaid !== undefined) return writeUnpaid(fetchConsole, values.unpaid, asked);
  if (values.transfers !== undefined) {
    const executeOn = values["execute-on"];
    if (executeOn === undefined) throw new Error(`say with --execute-on when the bank is to pay. ${USAGE}`);
    return writeTransfers(fetchConsole, values.transfers, { asked, executeOn, ...manner });
  }
  if (values.paid !== undefined) return notePaid(fetchConsole, values.paid, manner);
  if (!until) throw new Error(`say a day with --until. ${USAGE}`);
  if (values["dry-run"]) {
    if (owner || offer) throw new Error("--dry-run tells of all owners and offers: leave --owner and --offer out");
    return tellDue(fetchConsole, { of, until, tz });
  }
  const narrowed = { ...(owner && { owners: owner }), ...(offer && { offers: offer }) };
  const body = {
    of,
    until,
    tz,
    ...narrowed,
    ...(values.final && { final: true }),
    ...(values.look && { look: values.look }),
  };
  const { key } = await callConsole(fetchConsole, { method: "POST", path: "/api/statements", body }, [202]);
  const closing = await whenDone(fetchConsole, String(key));
  const isFinal = values.final && closing.differs !== true;
  const [state, are] = isFinal ? ["final", "final statements"] : ["draft", "drafts"];
  console.log(`${closing.drafts} ${are}, ${closing.carried} carried over`);
  const listed = await collect(itemsOf(fetchConsole, `/api/statements?of=${of}&state=${state}&limit=1000`));
  const own = listed.filter((one) => one.until === closing.until && String(one.created_at) >= String(closing.made_at));
  for (const one of own)
    console.log(`  ${one.number} ${one.owner}: ${one.due} ${one.currency}, ${one.conversions} conversions`);
  if (closing.differs === true) console.log("they came to something else than was looked at, and stay drafts");
  return closing.differs !== true;
}

/** The file holds bank details whole: it is its writer's alone. */
async function writeUnpaid(
  fetchConsole: ConsoleFetch,
  file: string,
  asked: Record<string, string | undefined>,
): Promise<boolean> {
  const text = await textOf(fetchConsole, "/api/statements/unpaid", asked);
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  console.log(
    `${file} has ${text.split("\r\n").length - 2} statements to pay, with bank details: delete it when it is done`,
  );
  return true;
}

/** False where a statement cannot be in it, unless that is passed over. */
async function writeTransfers(
  fetchConsole: ConsoleFetch,
  file: string,
  how: { asked: Record<string, string | undefined>; executeOn: string; isDry: boolean; passOver: boolean },
): Promise<boolean> {
  const { asked, executeOn, isDry, passOver } = how;
  const plan: unknown = JSON.parse(await textOf(fetchConsole, "/api/statements/credit-transfers/plan", asked));
  const { batches, payments, left_out } = recordsIn([plan])[0] ?? {};
  const leftOut = recordsIn(left_out);
  for (const { statement, name, amount, currency, account, warning } of recordsIn(payments))
    console.log(`  ${statement} to ${name}, ${account}: ${amount} ${currency}${warning ? `. LOOK: ${warning}` : ""}`);
  for (const { scheme, currency, payments: count, amount } of recordsIn(batches))
    console.log(`  ${count} ${scheme} credit transfers of ${amount} ${currency}`);
  for (const { statement, name, due, currency, message } of leftOut)
    console.log(`  not in it: ${statement} to ${name}, ${due} ${currency}. ${message}`);
  const fits = passOver || leftOut.length === 0;
  if (isDry || !fits) {
    console.log(isDry ? "nothing was written" : "nothing was written: mend what is not in it, or say --pass-over");
    return fits;
  }
  const order = { ...asked, execute_on: executeOn, left_out: passOver ? "pass_over" : "refuse" };
  const text = await textOf(fetchConsole, "/api/statements/credit-transfers", order);
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  console.log(`${file} has ${recordsIn(payments).length} credit transfers, with accounts: delete it when it is done`);
  return true;
}

async function textOf(
  fetchConsole: ConsoleFetch,
  path: string,
  asked: Record<string, string | undefined>,
): Promise<string> {
  const query = new URLSearchParams(Object.entries(asked).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const answer = await fetchConsole(`${path}?${query}`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the console answered ${answer.status}: ${text}`);
  return text;
}

/** False where a line differs. */
async function notePaid(
  fetchConsole: ConsoleFetch,
  file: string,
  { isDry, passOver }: { isDry: boolean; passOver: boolean },
): Promise<boolean> {
  const body = new Uint8Array(await readFile(file));
  const send = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await fetchConsole(path, { method: "POST", headers: { "content-type": "text/csv" }, body });
    const text = await answer.text();
    if (answer.status !== 200 && answer.status !== 202)
      throw new Error(`the console answered ${answer.status}: ${text}`);
    return recordsIn([JSON.parse(text)])[0] ?? {};
  };
  const check = await send("/api/payments/check");
  for (const { line, statement, verdict, message } of recordsIn(check.payments))
    console.log(`  line ${line}: ${statement}: ${verdict}. ${message}`);
  for (const { amount, currency, statements } of recordsIn(check.sums))
    console.log(`  ${amount} ${currency} on ${statements} statements`);
  console.log(`${check.pays} to be noted as paid, ${check.paid_so} were so already, ${check.differ} differ`);
  const fits = passOver || check.differ === 0;
  if (isDry || check.pays === 0 || !fits) {
    console.log(
      isDry || fits ? "nothing was noted" : "nothing was noted: mend the lines that differ, or say --pass-over",
    );
    return fits;
  }
  const noted = await send(`/api/payments?differing=${passOver ? "pass_over" : "refuse"}`);
  console.log(`${noted.pays} become paid within seconds`);
  return true;
}

async function tellDue(fetchConsole: ConsoleFetch, query: Record<string, string>): Promise<boolean> {
  const answer = await callConsole(fetchConsole, { path: `/api/statements/due?${new URLSearchParams(query)}` });
  const items = recordsIn(answer.items);
  for (const { owner, due, currency, conversions, carried } of items)
    console.log(`  ${owner}: ${due} ${currency}, ${conversions} conversions${carried ? ", carried over" : ""}`);
  for (const { currency, statements, due, carried, carried_due } of recordsIn(answer.closes))
    console.log(`  ${statements} statements of ${due} ${currency}; ${carried} carried over with ${carried_due}`);
  console.log(`nothing was closed; --final --look ${answer.look} closes exactly this, or nothing`);
  return true;
}

/** A closing is in the queue at first, and then goes on step by step. */
async function whenDone(fetchConsole: ConsoleFetch, key: string): Promise<Record<string, unknown>> {
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const answer = await fetchConsole(`/api/closings/${key}`);
    const closing = answer.status === 200 ? recordsIn([JSON.parse(await answer.text())])[0] : undefined;
    if (
      closing?.stage === "done" &&
      (closing.finals === null || closing.finals === closing.drafts || closing.differs === true)
    )
      return closing;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`closing ${key} is not done yet; it goes on by itself: GET /api/closings/${key}`);
}

async function collect(items: AsyncIterable<Record<string, unknown>>): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for await (const item of items) all.push(item);
  return all;
}
