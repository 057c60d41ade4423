/**
 * What an affiliate earns, or an advertiser owes, by how far it is: what came today and this month, what waits, what is looked at, what counts; then what of it is due later and now,
 * what statements list, and what the next will say. Each figure leads to its rows.
 */

import type { PropsWithChildren } from "hono/jsx";
import { formatInstant } from "../../core/instant.ts";
import { localDate, startOfDay } from "../../core/metrics/time-zone.ts";
import { addDecimals, formatMicros, joinMicros } from "../../core/money.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Look } from "../shell/page.ts";
import { Card } from "../shell/parts/section.tsx";
import { Money, Time } from "../shell/parts/values.tsx";
import { type OwnDue, type OwnDues, readOwnDues, readOwnStatements } from "../statements/own-due.ts";
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
  today: { label: "Today", filters: { stands: "true" } },
  month: { label: "This month", filters: { stands: "true" } },
  pending: { label: "Waits for the shop", filters: { status: "pending" } },
  held: { label: "Under review", filters: { hold: "held" } },
  approved: { label: "Approved", filters: { status: "approved" } },
} as const;
type Stand = keyof typeof STANDS;

interface Sums {
  currency: string;
  sums: Record<Stand, { orders: number; money: string }>;
}

/** What statements that are final and not paid yet, or paid, come to. */
type Listed = Awaited<ReturnType<typeof readOwnStatements>>;

export interface OwnMoney {
  currencies: Sums[];
  fromMs: number;
  todayMs: number;
  monthMs: number;
  dues: OwnDues;
  listed: Listed;
  /** There are more conversions than were added up. */
  isCut: boolean;
}

interface Row {
  currency: string;
  status: string;
  held: number;
  today: number;
  month: number;
  orders: number;
  units: string;
  rest: string;
}

/** What is read of a conversion; `money` is what it is worth to who looks. */
const READ = ["conversion_id", "currency", "status", "hold", "received_at", "money"] as const;

/** Null for who sees the whole programme. Tests and what another tracker booked are no money here. */
export async function readOwnMoney({ env, user, nowMs }: Look, period: Period): Promise<OwnMoney | null> {
  const { caller } = user;
  if (caller.scope === "everything") return null;
  const { now, timeZone } = period;
  const fromMs = now.toMs - DAYS * DAY_MS;
  const todayMs = now.fromMs;
  const monthMs = startOfDay(timeZone, new Date(localDate(timeZone, nowMs)).setUTCDate(1));
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
  const sums = env.DB.withSession("first-primary")
    .prepare(
      `SELECT currency, status, hold = 'held' AS held, received_at >= ? AS today, received_at >= ? AS month, count(*) AS orders,
        CAST(sum(money / 1000000) AS TEXT) AS units, CAST(sum(money % 1000000) AS TEXT) AS rest
      FROM (${sql}) GROUP BY 1, 2, 3, 4, 5`,
    )
    .bind(todayMs, monthMs, ...values)
    .all<Row>();
  const [{ results }, dues, listed] = await Promise.all([
    sums,
    readOwnDues(env, caller, nowMs),
    readOwnStatements(env, caller),
  ]);
  if (dues === null) return null;
  const added = results.reduce((sum, { orders }) => sum + orders, 0);
  const isCut = dues.isCut || added >= MOST_ADDED_UP;
  return { currencies: currenciesOf(results, dues, listed), fromMs, todayMs, monthMs, dues, listed, isCut };
}

function moneyOf({ role }: Caller): "payout" | "revenue" {
  return role === "affiliate" ? "payout" : "revenue";
}

/** Those with the most orders first; then those in which only something older is due, or was paid. */
function currenciesOf(rows: readonly Row[], dues: OwnDues, listed: Listed): Sums[] {
  const ordersOf = (of: readonly Row[]) => of.reduce((sum, { orders }) => sum + orders, 0);
  const byCurrency = Map.groupBy(rows, ({ currency }) => currency);
  for (const { currency } of [...dues.currencies, ...listed])
    if (!byCurrency.has(currency)) byCurrency.set(currency, []);
  return [...byCurrency]
    .sort(([left, a], [right, b]) => ordersOf(b) - ordersOf(a) || left.localeCompare(right, "en"))
    .slice(0, MOST_CURRENCIES)
    .map(([currency, own]) => {
      const sumOf = (of: readonly Row[]) => ({
        orders: ordersOf(of),
        money: addDecimals(of.map(({ units, rest }) => formatMicros(joinMicros(units, rest)))),
      });
      const counts = own.filter(({ status }) => status === "pending" || status === "approved");
      const sums = {
        today: sumOf(counts.filter(({ today }) => today === 1)),
        month: sumOf(counts.filter(({ month }) => month === 1)),
        pending: sumOf(own.filter(({ status }) => status === "pending")),
        held: sumOf(own.filter(({ held }) => held === 1)),
        approved: sumOf(own.filter(({ status }) => status === "approved")),
      };
      return { currency, sums };
    });
}

export function OwnMoneyCards({ money, role }: { money: OwnMoney; role: Caller["role"] }) {
  const title = role === "affiliate" ? "Your money" : "What you owe";
  const { fromMs, dues } = money;
  const from = { today: money.todayMs, month: money.monthMs, pending: fromMs, held: fromMs, approved: fromMs };
  const pathOf = (stand: Stand, currency: string) =>
    `/conversions?${new URLSearchParams({ ...STANDS[stand].filters, currency, from: formatInstant(from[stand]), test: "false", imported: "false" })}`;
  if (money.currencies.length === 0) return role === "affiliate" ? <Beginning /> : null;
  return (
    <Card title={title}>
      {money.currencies.map(({ currency, sums }) => (
        <dl class="stats">
          {STAND_NAMES.map((stand) => (
            <Figure
              label={STANDS[stand].label}
              path={pathOf(stand, currency)}
              money={{ amount: sums[stand].money, currency }}
            >
              {counted(sums[stand].orders, "order")}
            </Figure>
          ))}
          <Payable
            currency={currency}
            due={dues.currencies.find((one) => one.currency === currency)}
            listed={money.listed}
            until={dues.until}
          />
        </dl>
      ))}
      <p class="help">
        Today to approved: orders of the last {DAYS} days, without tests. An order that is under review may be among
        those that wait. What is due is of all time, less what statements list already; the next one takes what is due
        when its month ends (UTC).
        {money.isCut ? ` The newest ${MOST_ADDED_UP.toLocaleString("en-US")} orders are added up.` : ""}
      </p>
    </Card>
  );
}

/** One sum, which leads to its rows. */
function Figure(
  props: PropsWithChildren<{ label: string; path: string; money: { amount: string; currency: string } }>,
) {
  const { label, path, money, children } = props;
  return (
    <div class="stat">
      <dt>{label}</dt>
      <dd>
        <a href={path}>
          <Money {...money} />
        </a>
        <span class="change">{children}</span>
      </dd>
    </div>
  );
}

/** What becomes of what is approved: due later, due, on a statement, paid, and on the next. */
function Payable(props: { currency: string; due: OwnDue | undefined; listed: Listed; until: string }) {
  const { currency, due, listed, until } = props;
  const ownDue = (stand: string) => `/own-due?${new URLSearchParams({ stand, currency })}`;
  const moneyOf = (amount: string | undefined) => ({ amount: amount ?? "0.00", currency });
  const statements = (state: "final" | "paid", label: string) => {
    const one = listed.find((row) => row.currency === currency && row.state === state);
    const path = `/statements?${new URLSearchParams({ state, currency })}`;
    return (
      <Figure label={label} path={path} money={moneyOf(one?.money)}>
        {counted(one?.statements ?? 0, "statement")}
      </Figure>
    );
  };
  return (
    <>
      <Figure label="Approved, due later" path={ownDue("later")} money={moneyOf(due?.later.money)}>
        {due?.laterFrom ? (
          <>
            from <Time at={due.laterFrom} day />
          </>
        ) : (
          "nothing"
        )}
      </Figure>
      <Figure label="Due" path={ownDue("due")} money={moneyOf(due?.due.money)}>
        {counted(due?.due.rows ?? 0, "order")}
      </Figure>
      <Figure label="Next statement" path={ownDue("due")} money={moneyOf(due?.isCarried ? undefined : due?.next)}>
        {nextWords(due, until)}
      </Figure>
      {statements("final", "To be paid")}
      {statements("paid", "Paid")}
    </>
  );
}

/** When the next statement comes, or why none does. */
function nextWords(due: OwnDue | undefined, until: string): string {
  if (due === undefined) return "nothing yet";
  if (!due.isCarried) return `of what is due by ${until}`;
  const least = due.minimum === null ? "" : `, the least is ${due.minimum}`;
  return `none by ${until}: ${due.next} is carried over${least}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
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

const STAND_NAMES: readonly Stand[] = ["today", "month", "pending", "held", "approved"];
