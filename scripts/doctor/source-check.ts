/** The doctor's look at a shop's source: a sale as its platform sends it, signed, on a test click; the same once more; and one that is signed with another secret. */
import { randomBytes } from "node:crypto";
import { isRecord } from "../../workers/core/is-record.ts";
import { type SampleOrder, sampleSale } from "../../workers/core/sources/source-samples.ts";
import { signSource } from "../../workers/core/sources/source-signing.ts";
import { SOURCE_TABLES } from "../../workers/core/sources/source-tables.ts";
import { type ConsoleFetch, callConsole, itemsOf } from "../console-api.ts";
import { reach } from "../reach.ts";
import { until } from "../until.ts";
import type { Check } from "./checks.ts";
import { testClick } from "./test-click.ts";
import type { TestLink } from "./test-link.ts";

const SETTLED_WITHIN_MS = 90_000;
const ASK_EVERY_MS = 250;
const IV_BYTES = 16;

export interface CheckedSource {
  /** As set-up calls it, and where its webhooks go. */
  source: string;
  url: string;
  path: string;
  secret: string;
}

/** The source at `path` of the advertiser. Throws one line where there is none, or its rules are the operator's own. */
export async function findCheckedSource(
  fetchConsole: ConsoleFetch,
  advertiser: string,
  { path, secret }: { path: string; secret: string | undefined },
): Promise<CheckedSource> {
  if (!secret) throw new Error("put the source's secret into SOURCE_SECRET: nobody can read the one that is kept");
  const found = await callConsole(fetchConsole, {
    path: `/api/sources/${encodeURIComponent(`${advertiser}.${path}`)}`,
  });
  const source = String(found.source);
  if (!SOURCE_TABLES.has(source))
    throw new Error(`${advertiser}.${path} has rules of its own, of which there is no sample`);
  return { source, url: String(found.webhook_url), path, secret };
}

/** The check, on a click of its own. */
export function sourceCheck(
  fetchConsole: ConsoleFetch,
  advertiser: string,
  checked: CheckedSource,
  link: TestLink,
): Check {
  return {
    name: `the source ${checked.path}, signed as its platform does`,
    async run() {
      const { offer } = await callConsole(fetchConsole, { path: `/api/links/${encodeURIComponent(link.slug)}` });
      const { currency } = await callConsole(fetchConsole, {
        path: `/api/offers/${encodeURIComponent(String(offer))}`,
      });
      const txid = String(Date.now());
      const order = { clickId: await testClick(link), txid, currency: String(currency), nowMs: Date.now() + 1_000 };
      expectStatus(await send(checked, order, "the doctor's own guess"), 401, "with a secret of our own");
      for (const time of ["first", "again"]) expectStatus(await send(checked, order, checked.secret), 200, time);
      const row = await until(() => settledRow(fetchConsole, advertiser, txid), {
        everyMs: ASK_EVERY_MS,
        withinMs: SETTLED_WITHIN_MS,
      });
      if (!row) throw new Error(`the order ${txid} is not in the postback log after ${SETTLED_WITHIN_MS / 1000} s`);
      const { status, reason, channel, test } = row;
      if (status !== "attributed" || test !== true || channel !== `webhook:${checked.path}`)
        throw new Error(`the order ${txid} is ${status}${reason === null ? "" : `: ${reason}`}, by ${channel}`);
      return { passed: "attributed once as a test; a secret of our own gets 401" };
    },
  };
}

async function send({ source, url }: CheckedSource, order: SampleOrder, secret: string): Promise<Response> {
  const table = SOURCE_TABLES.get(source);
  const sample = sampleSale(source, order);
  if (!table || !sample) throw new Error(`there is no sample of ${source}`);
  const stamp = { nowMs: Date.now(), iv: new Uint8Array(randomBytes(IV_BYTES)) };
  const signed = signSource(table.proof, secret, sample.body, stamp);
  const headers = { ...sample.headers, ...signed.headers };
  return reach(`${url}${signed.query}`, { method: "POST", headers, body: signed.body });
}

function expectStatus({ status }: Response, due: number, what: string): void {
  if (status !== due) throw new Error(`sent ${what}, it was answered ${status} instead of ${due}`);
}

/** The one row of the log about this order; throws where there are more. */
async function settledRow(fetchConsole: ConsoleFetch, advertiser: string, txid: string) {
  const rows: Record<string, unknown>[] = [];
  for await (const row of itemsOf(fetchConsole, `/api/postbacks?${new URLSearchParams({ advertiser, txid })}`))
    if (isRecord(row)) rows.push(row);
  if (rows.length > 1) throw new Error(`the order ${txid}, sent twice, stands ${rows.length} times in the log`);
  return rows[0] ?? null;
}
