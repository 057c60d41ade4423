/** Differences by their reason, with counts and sums, each group with its rows, and each row with what settles it. */
import { formatMicros } from "../../core/money.ts";
import { may } from "../../core/rights.ts";
import { Card } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Clipped, Money, Nothing } from "../shell/parts/values.tsx";
import type { Caller } from "../web/caller.ts";
import { differenceRow } from "./api.ts";
import type { DifferenceGroup, Explained } from "./difference-groups.ts";
import { SHOWN } from "./sent-table.tsx";
import { settlingLink } from "./settling-link.ts";

interface GroupsProps {
  groups: readonly DifferenceGroup[];
  /** The slug of whose list it is. */
  advertiser: string;
  caller: Pick<Caller, "role">;
}

export function DifferenceGroups({ groups, advertiser, caller }: GroupsProps) {
  const columns: TableColumn<Explained>[] = [
    { name: "Order", cell: (row) => <Order row={row} /> },
    { name: "Event", cell: ({ event }) => event ?? <Nothing /> },
    { name: "Here", cell: ({ ourStatus }) => ourStatus ?? <Nothing /> },
    { name: "There", cell: ({ theirStatus }) => <Clipped text={theirStatus} /> },
    {
      name: "Amount here",
      number: true,
      cell: (row) => <Money amount={differenceRow(row).our_amount} currency={row.currency} />,
    },
    {
      name: "Amount there",
      number: true,
      cell: (row) => <Money amount={differenceRow(row).their_amount} currency={row.theirCurrency} />,
    },
  ];
  if (may(caller, "correct") || may(caller, "import"))
    columns.push({
      name: "Settle",
      cell: (row) => <Settling row={row} advertiser={advertiser} caller={caller} />,
    });
  return (
    <>
      <Card title="What differs" flush>
        <Table
          label="Differences by reason"
          columns={[
            { name: "Difference", cell: (group) => <a href={`#${idOf(group)}`}>{titleOf(group)}</a> },
            { name: "Orders", number: true, cell: ({ rows }) => rows.length.toLocaleString("en") },
            { name: "Amount here", number: true, cell: ({ ours }) => <Sums sums={ours} /> },
            { name: "Amount there", number: true, cell: ({ theirs }) => <Sums sums={theirs} /> },
            { name: "Why", cell: ({ message }) => message ?? "" },
          ]}
          rows={groups}
          empty={<p>Nothing differs.</p>}
        />
      </Card>
      {groups.map((group) => (
        <Card title={titleOf(group)} id={idOf(group)} flush>
          <Table label={titleOf(group)} columns={columns} rows={group.rows.slice(0, SHOWN)} empty={null} />
          {group.rows.length > SHOWN ? (
            <p class="help">
              The first {SHOWN} of {group.rows.length}: CSV has all.
            </p>
          ) : null}
        </Card>
      ))}
    </>
  );
}

function Order({ row: { txid, clickId, conversionId } }: { row: Explained }) {
  const name = <Clipped text={txid ?? clickId} />;
  return conversionId === null ? name : <a href={`/conversions/${conversionId}`}>{name}</a>;
}

function Settling({ row, advertiser, caller }: { row: Explained } & Pick<GroupsProps, "advertiser" | "caller">) {
  const link = settlingLink(row, advertiser, caller);
  return link === null ? <Nothing /> : <a href={link.href}>{link.label}</a>;
}

function Sums({ sums }: { sums: DifferenceGroup["ours"] }) {
  if (sums.size === 0) return <Nothing />;
  return (
    <>
      {[...sums].map(([currency, micros]) => (
        <div>
          <Money amount={formatMicros(micros)} currency={currency || null} />
        </div>
      ))}
    </>
  );
}

function titleOf({ difference, reason }: DifferenceGroup): string {
  const words = difference.replaceAll("_", " ");
  return reason === null ? words : `${words}: ${reason.replaceAll("_", " ")}`;
}

function idOf({ difference, reason }: DifferenceGroup): string {
  return reason === null ? difference : `${difference}-${reason}`;
}
