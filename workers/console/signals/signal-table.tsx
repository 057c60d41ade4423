/** Signals in a table: of each what it says, the affiliate's figure beside that of its peers, and how often its kind was right there. */

import type { Child } from "hono/jsx";
import { figureInWords } from "../../core/signals/found-signal.ts";
import { Named } from "../shell/parts/named.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Clipped, Nothing, Status, Time } from "../shell/parts/values.tsx";
import type { SignalView } from "./signal-view.ts";

interface SignalTableProps {
  label: string;
  signals: readonly SignalView[];
  /** What the page says already. */
  without?: "affiliate";
  empty: Child;
}

export function SignalTable({ label, signals, without, empty }: SignalTableProps) {
  const ofAffiliate: TableColumn<SignalView>[] =
    without === "affiliate"
      ? []
      : [
          {
            name: "Affiliate",
            cell: ({ affiliate }) => (
              <Named of="affiliate" slug={affiliate} href={`/affiliates/${encodeURIComponent(affiliate)}/signals`} />
            ),
          },
        ];
  return (
    <Table
      label={label}
      columns={[
        {
          name: "Signal",
          cell: ({ number, label: what, detail }: SignalView) => (
            <>
              <a href={`/signals/${number}`}>{what}</a> {detail === null ? null : <Clipped text={detail} />}
            </>
          ),
        },
        ...ofAffiliate,
        {
          name: "Offer",
          cell: ({ offer, event }) => (
            <>
              <Named of="offer" slug={offer} /> {event}
            </>
          ),
        },
        {
          name: "Its own",
          number: true,
          cell: ({ own, own_bound, unit }) => <WithBound value={own} bound={own_bound} unit={unit} />,
        },
        {
          name: "Usual",
          number: true,
          cell: ({ usual, usual_bound, unit }) => <WithBound value={usual} bound={usual_bound} unit={unit} />,
        },
        { name: "Peers", number: true, cell: ({ peers }) => (peers === 0 ? "itself before" : String(peers)) },
        { name: "Rows", number: true, cell: ({ rows }) => String(rows) },
        { name: "Was right", number: true, cell: (signal) => <WasRight {...signal} /> },
        {
          name: "Since",
          cell: ({ opened_at, closed_at }) => (
            <>
              <Time at={opened_at} day /> {closed_at === null ? null : <Status status="over" />}
            </>
          ),
        },
      ]}
      rows={signals}
      empty={empty}
    />
  );
}

/** A figure with what it is at least, or at most, for all that chance does. */
function WithBound({ value, bound, unit }: { value: number; bound: number; unit: SignalView["unit"] }) {
  return (
    <>
      {figureInWords(value, unit)}{" "}
      <span class="slug">
        {bound <= value ? "≥" : "≤"} {figureInWords(bound, unit)}
      </span>
    </>
  );
}

export function WasRight({ right, wrong }: { right: number; wrong: number }) {
  if (right + wrong === 0) return <Nothing />;
  return <>{`${figureInWords(right / (right + wrong), "share")} of ${right + wrong}`}</>;
}
