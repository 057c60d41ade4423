/** A replay that changes nothing: the books of a period under other rules, told on the terminal; and one that was looked at, applied or dropped. */
import { readFile } from "node:fs/promises";
import { type ConsoleFetch, detailOf } from "../console-api.ts";

const MOST_EXAMPLES = 10;
const MOST_TRIES = 100;

interface Sums {
  status: string;
  amount: string;
  revenue: string;
  payout: string;
  rule: string;
}

interface Told {
  what_if: number;
  messages: number;
  state: string;
  left: number;
  left_out: number;
  groups: {
    affiliate: string;
    offer: string;
    currency: string;
    gained: number;
    lost: number;
    changed: number;
    amount: string;
    revenue: string;
    payout: string;
  }[];
}

interface Example {
  conversion: string | null;
  affiliate: string;
  event: string;
  before: Sums | null;
  after: Sums;
}

/** Looks as the file says, which is what `POST /api/what-ifs` takes. */
export async function lookByFile(
  fetchConsole: ConsoleFetch,
  path: string,
  tell: (line: string) => void,
): Promise<void> {
  const body: unknown = JSON.parse(await readFile(path, "utf8"));
  const told: Told = await ask(fetchConsole, "POST", "/api/what-ifs", body);
  tell(`what-if ${told.what_if}: ${told.messages} messages`);
  for (const group of told.groups) {
    const { affiliate, offer, currency, gained, lost, changed, amount, revenue, payout } = group;
    tell(
      `${affiliate} ${offer}: ${gained} gained, ${lost} lost, ${changed} other; amount ${amount}, revenue ${revenue}, payout ${payout} ${currency}`,
    );
  }
  if (told.groups.length === 0) tell("nothing would be otherwise");
  const { items }: { items: Example[] } = await ask(fetchConsole, "GET", `/api/what-ifs/${told.what_if}/conversions`);
  for (const { conversion, affiliate, event, before, after } of items.slice(0, MOST_EXAMPLES))
    tell(
      `  ${conversion ?? "a new one"} ${affiliate} ${event}: ${inWords(before)} → ${inWords(after)} (${after.rule})`,
    );
  if (told.groups.length > 0)
    tell(`apply it: npm run replay -- --apply ${told.what_if} --note "why"; or --drop ${told.what_if}`);
}

function inWords(sums: Sums | null): string {
  return sums ? `${sums.status}, payout ${sums.payout}, revenue ${sums.revenue}` : "nothing";
}

/** Applies one, and goes on until all of it is with the ledger. */
export async function applyWhatIf(
  fetchConsole: ConsoleFetch,
  number: string,
  note: string,
  tell: (line: string) => void,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const told: Told = await ask(fetchConsole, "POST", `/api/what-ifs/${number}/apply`, { note });
    if (told.left > 0) continue;
    tell(
      `what-if ${number} is with the ledger${told.left_out > 0 ? `; ${told.left_out} had changed and were left out: look again` : ""}`,
    );
    return;
  }
}

export async function dropWhatIf(
  fetchConsole: ConsoleFetch,
  number: string,
  tell: (line: string) => void,
): Promise<void> {
  await ask(fetchConsole, "POST", `/api/what-ifs/${number}/drop`);
  tell(`what-if ${number} is dropped`);
}

async function ask<Answer>(fetchConsole: ConsoleFetch, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetchConsole(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status >= 300) throw new Error(`the console answers ${answer.status}: ${detailOf(text)}`);
  return JSON.parse(text);
}
