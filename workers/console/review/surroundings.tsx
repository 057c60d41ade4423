/** What stands beside a held conversion: how its affiliate fared on the offer in the last weeks, and how others do there. */
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { metricsIn } from "../overview/movements.ts";
import { type Report, type ReportRow, runReport } from "../reports/report.ts";
import { figureText } from "../shell/figures.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Nothing } from "../shell/parts/values.tsx";
import type { Caller } from "../web/caller.ts";

const WEEKS = 6;
const DAYS_OF_PEERS = 28;
const MOST_PEERS = 8;
const METRICS = ["clicks", "conversions", "conversion_rate", "rejected", "reversed", "held", "payout"];

export interface Surroundings {
  affiliate: string;
  weeks: Report | null;
  peers: Report | null;
}

/** Both reports; null where one cannot be made, which holds up no decision. */
export async function readSurroundings(
  env: Env,
  caller: Caller,
  { affiliate, offer }: { affiliate: string; offer: string },
  nowMs: number,
): Promise<Surroundings> {
  const since = (days: number) => new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10);
  const [weeks, peers] = await Promise.all([
    runReport(env, caller, { group_by: ["week"], metrics: METRICS, affiliate, offer, from: since(WEEKS * 7) }, nowMs),
    runReport(env, caller, { group_by: ["affiliate"], metrics: METRICS, offer, from: since(DAYS_OF_PEERS) }, nowMs),
  ]);
  return { affiliate, weeks: weeks.ok ? weeks.value : null, peers: peers.ok ? peers.value : null };
}

export function SurroundingCards({ beside }: { beside: Surroundings }) {
  const { affiliate, weeks, peers } = beside;
  return (
    <>
      {weeks === null ? null : (
        <Card
          title={
            <>
              <Named of="affiliate" slug={affiliate} /> on this offer, by week
            </>
          }
          flush
        >
          <Table
            label="Weeks"
            columns={[{ name: "Week", cell: (row) => String(row.week ?? "") }, ...columnsOf(weeks)]}
            rows={weeks.rows.toReversed()}
            empty={<p>Nothing in the last {WEEKS} weeks.</p>}
          />
        </Card>
      )}
      {peers === null ? null : (
        <Card title={`Its peers on this offer, ${DAYS_OF_PEERS} days`} flush>
          <Table
            label="Peers"
            columns={[
              {
                name: "Affiliate",
                cell: (row) => {
                  const slug = String(row.affiliate ?? "");
                  return slug === affiliate ? (
                    <strong>
                      <Named of="affiliate" slug={slug} />
                    </strong>
                  ) : (
                    <Named of="affiliate" slug={slug} href={`/affiliates/${encodeURIComponent(slug)}`} />
                  );
                },
              },
              ...columnsOf(peers),
            ]}
            rows={peersOf(peers, affiliate)}
            empty={<p>Nobody sent anything.</p>}
          />
        </Card>
      )}
    </>
  );
}

/** The affiliate first, then those with the most conversions. */
function peersOf({ rows }: Report, affiliate: string): ReportRow[] {
  const own = rows.filter((row) => row.affiliate === affiliate);
  const others = rows.filter((row) => row.affiliate !== affiliate && row.affiliate !== null);
  const largest = others.toSorted(
    (left, right) => Number(right.conversions) - Number(left.conversions) || Number(right.clicks) - Number(left.clicks),
  );
  return [...own, ...largest.slice(0, MOST_PEERS)];
}

function columnsOf(report: Report): TableColumn<ReportRow>[] {
  return metricsIn(report).map((metric) => ({
    name: metric.label,
    number: true,
    cell: (row) => {
      const value = row[metric.name];
      if (typeof value !== "string" && typeof value !== "number") return <Nothing />;
      return figureText({ value, currency: currencyOf(row) }, metric);
    },
  }));
}

function currencyOf({ currency }: ReportRow): string | null {
  return typeof currency === "string" ? currency : null;
}
