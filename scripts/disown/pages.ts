/** Disowning from the first page to the last. */
import { formatMicros } from "../../workers/core/money.ts";
import { type ConsoleFetch, callConsole, recordsIn, textOf } from "../console-api.ts";

export interface Disowned {
  disowned: string[];
  /** By currency. */
  sums: Map<string, Record<"amount" | "revenue" | "payout", string>>;
  changed: string[];
  untold: number;
  queued: number;
}

/** Asks page by page. Throws, with the console's own words, when it refuses; what was queued by then has one effect, however often it is asked for. */
export async function disownAll(
  fetchConsole: ConsoleFetch,
  what: { advertiser: string; version: number; since: string; dryRun: boolean },
): Promise<Disowned> {
  const { advertiser, version, since, dryRun } = what;
  const found: Omit<Disowned, "sums"> = { disowned: [], changed: [], untold: 0, queued: 0 };
  const sums = new Map<string, Sums>();
  for (let cursor: string | null = null; ; ) {
    const body = { version, since, dry_run: dryRun, ...(cursor === null ? {} : { cursor }) };
    const path = `/api/advertisers/${encodeURIComponent(advertiser)}/disown`;
    const page = await callConsole(fetchConsole, { method: "POST", path, body }, [202]);
    found.disowned.push(...textsIn(page.disowned));
    found.changed.push(...textsIn(page.changed));
    found.untold += Number(page.untold);
    found.queued += Number(page.queued);
    for (const sum of recordsIn(page.sums)) add(sums, sum);
    cursor = textOf(page.next);
    if (cursor === null) break;
  }
  const told = [...sums].map(
    ([currency, { amount, revenue, payout }]) =>
      [
        currency,
        { amount: formatMicros(amount), revenue: formatMicros(revenue), payout: formatMicros(payout) },
      ] as const,
  );
  return { ...found, sums: new Map(told) };
}

type Sums = Record<"amount" | "revenue" | "payout", bigint>;

function add(sums: Map<string, Sums>, page: Record<string, unknown>): void {
  const currency = String(page.currency);
  const sum = sums.get(currency) ?? { amount: 0n, revenue: 0n, payout: 0n };
  sums.set(currency, {
    amount: sum.amount + microsOf(page.amount),
    revenue: sum.revenue + microsOf(page.revenue),
    payout: sum.payout + microsOf(page.payout),
  });
}

/** Micros of a decimal of any size. */
function microsOf(decimal: unknown): bigint {
  const [whole = "0", part = ""] = String(decimal).split(".");
  return BigInt(whole + part.padEnd(6, "0"));
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
