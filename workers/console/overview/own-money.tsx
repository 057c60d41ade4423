/** What an affiliate earns, or an advertiser owes, by how far it is: today's, what waits, what is looked at, what counts. Each figure leads to its rows. */

import { formatInstant } from "../../core/instant.ts";
import { addDecimals, formatMicros } from "../../core/money.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Look } from "../shell/page.ts";
import { Card } from "../shell/parts/section.tsx";
import { Money } from "../shell/parts/values.tsx";
import { conversionsTable } from "../tables/conversions.ts";
import { placesQuery } from "../tables/row-places.ts";
import { placesFor } from "../tables/selection.ts";
import type { Caller } from "../web/caller.ts";
import type { Period } from "./periods.ts";

/** So far back orders are looked at that are not decided yet: most offers decide sooner. */
const DAYS = 92;
/** So many of the newest conversions are added up, so that a look at the overview reads little. */
const MOST_ADDED_UP = 20_000;
const MOST_CURRENCIES = 3;

/** What a conversion counts for. */
const STANDS = {
  today: { label: "Today", filters: {} },
  pending: { label: "Waits for the shop", filters: { status: "pending" } },
  held: { label: "Under review", filters: { hold: "held" } },
  approved: { label: "Approved", filters: { status: "approved" } },
} as const;
type Stand = keyof typeof STANDS;

interface Sums {
  currency: string;
  sums: Record<Stand, { orders: number; money: string }>;
}

export interface OwnMoney {
  currencies: Sums[];
  fromMs: number;
  todayMs: number;
  /** There are more conversions than were added up. */
  isCut: boolean;
}

interface Row {
  currency: string;
  status: string;
  held: number;
  today: number;
  orders: number;
  units: string;
  rest: string;
}

/** What is read of a conversion; `money` is what it is worth to who looks. */
const READ = ["conversion_id", "currency", "status", "hold", "received_at", "money"] as const;

/** Null for who sees the whole programme. Tests and what another tracker booked are no money here. */
export async function readOwnMoney({ env, user }: Look, { now }: Period): Promise<OwnMoney | null> {
  const { caller } = user;
  if (caller.scope === "everything") return null;
  const fromMs = now.toMs - DAYS * DAY_MS;
  const todayMs = now.fromMs;
  const { least } = conversionsTable.bounds({ fromMs, toMs: null }, "received");
  const { sql, values } = placesQuery({
    places: placesFor(conversionsTable, caller, []),
    select: READ.map((name) => ({ name, sql: `c.${name === "money" ? moneyOf(caller) : name}` })),
    key: conversionsTable.key,
    range: { at: least },
    conditions: [{ sql: "c.received_at >= ? AND c.test = 0 AND c.imported = 0", values: [fromMs] }],
    limit: MOST_ADDED_UP,
    descending: true,
  });
  const { results } = await env.DB.withSession("first-primary")
    .prepare(
      `SELECT currency, status, hold = 'held' AS held, received_at >= ? AS today, count(*) AS orders,
        CAST(sum(money / 1000000) AS TEXT) AS units, CAST(sum(money % 1000000) AS TEXT) AS rest
      FROM (${sql}) GROUP BY 1, 2, 3, 4`,
    )
    .bind(todayMs, ...values)
    .all<Row>();
  const added = results.reduce((sum, { orders }) => sum + orders, 0);
  return { currencies: currenciesOf(results), fromMs, todayMs, isCut: added >= MOST_ADDED_UP };
}

function moneyOf({ role }: Caller): "payout" | "revenue" {
  return role === "affiliate" ? "payout" : "revenue";
}

/** Those with the most orders first. */
function currenciesOf(rows: readonly Row[]): Sums[] {
  const ordersOf = (of: readonly Row[]) => of.reduce((sum, { orders }) => sum + orders, 0);
  return [...Map.groupBy(rows, ({ currency }) => currency)]
    .sort(([left, a], [right, b]) => ordersOf(b) - ordersOf(a) || left.localeCompare(right, "en"))
    .slice(0, MOST_CURRENCIES)
    .map(([currency, own]) => {
      const sumOf = (of: readonly Row[]) => ({
        orders: ordersOf(of),
        money: addDecimals(of.map(({ units, rest }) => formatMicros(BigInt(units) * 1_000_000n + BigInt(rest)))),
      });
      const counts = own.filter(({ status }) => status === "pending" || status === "approved");
      const sums = {
        today: sumOf(counts.filter(({ today }) => today === 1)),
        pending: sumOf(own.filter(({ status }) => status === "pending")),
        held: sumOf(own.filter(({ held }) => held === 1)),
        approved: sumOf(own.filter(({ status }) => status === "approved")),
      };
      return { currency, sums };
    });
}

export function OwnMoneyCards({ money, role }: { money: OwnMoney; role: Caller["role"] }) {
  const title = role === "affiliate" ? "Your money" : "What you owe";
  const from = { today: money.todayMs, pending: money.fromMs, held: money.fromMs, approved: money.fromMs };
  const pathOf = (stand: Stand) =>
    `/conversions?${new URLSearchParams({ ...STANDS[stand].filters, from: formatInstant(from[stand]), test: "false", imported: "false" })}`;
  if (money.currencies.length === 0) return role === "affiliate" ? <Beginning /> : null;
  return (
    <Card title={title}>
      {money.currencies.map(({ currency, sums }) => (
        <dl class="stats wide">
          {STAND_NAMES.map((stand) => (
            <div class="stat">
              <dt>{STANDS[stand].label}</dt>
              <dd>
                <a href={pathOf(stand)}>
                  <Money amount={sums[stand].money} currency={currency} />
                </a>
                <span class="change">{sums[stand].orders === 1 ? "1 order" : `${sums[stand].orders} orders`}</span>
              </dd>
            </div>
          ))}
        </dl>
      ))}
      <p class="help">
        Orders of the last {DAYS} days, without tests{money.isCut ? `; of the newest ${MOST_ADDED_UP} of them` : ""}. An
        order that is under review may be among those that wait.
      </p>
    </Card>
  );
}

/** For who has no order yet. */
function Beginning() {
  return (
    <Card title="Your money">
      <p>
        Nothing yet: choose one of your <a href="/offers">offers</a>, and place a link to it. Orders stand here as soon
        as shops report them.
      </p>
    </Card>
  );
}

const STAND_NAMES: readonly Stand[] = ["today", "pending", "held", "approved"];
