/** Deliveries in rows, with the filters that their lists have. */
import { DELIVERY_STATES } from "../../core/courier/delivery-reasons.ts";
import { isAlertType, isStatementType, LOGGED_TYPES } from "../../core/courier/delivery-types.ts";
import { RELAY_TYPE } from "../../core/courier/relay-notice.ts";
import { ChoiceFilter, DaysFilter, TextFilter } from "../shell/parts/filters.tsx";
import type { TableColumn } from "../shell/parts/table.tsx";
import { Id, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import type { ShownDelivery } from "./deliveries.ts";
import { pathOfNamed } from "./relays.ts";

export const DELIVERY_FILTERS = ["destination", "status", "type", "conversion_id", "range", "from", "to"];

export function deliveryPath({ delivery_id, destination }: ShownDelivery): string {
  return `/deliveries/${delivery_id}?destination=${encodeURIComponent(destination)}`;
}

export function deliveryKey({ delivery_id }: ShownDelivery): string {
  return delivery_id;
}

export function deliveryColumns({ ofOne }: { ofOne: boolean }): TableColumn<ShownDelivery>[] {
  return [
    {
      name: "Made",
      cell: (row) => (
        <a href={deliveryPath(row)}>
          <Time at={row.created_at} />
        </a>
      ),
    },
    ...(ofOne
      ? []
      : [
          {
            name: "Destination",
            key: "destination",
            cell: ({ destination }: ShownDelivery) => <a href={pathOfNamed(destination)}>{destination}</a>,
          },
        ]),
    { name: "Type", key: "type", cell: ({ type }) => type.replace("conversion.", "") },
    {
      name: "Status",
      key: "status",
      cell: ({ status, reason, test }) => (
        <>
          <Status status={status} /> {test ? <TestMark /> : null}
          {reason === null ? null : <span class="reason"> {reason}</span>}
        </>
      ),
    },
    { name: "Tries", key: "attempts", number: true, cell: ({ attempts }) => attempts },
    { name: "HTTP", key: "http", number: true, cell: ({ http }) => http ?? <Nothing /> },
    { name: "Last", key: "last_at", cell: ({ last_at }) => <Time at={last_at} /> },
    { name: "Conversion", key: "conversion_id", cell: (row) => <ToldConversion row={row} /> },
    { name: "Why", key: "origin", more: true, cell: ({ origin }) => origin },
    { name: "Next", key: "next_at", more: true, cell: ({ next_at }) => <Time at={next_at} /> },
    { name: "Until", key: "deadline_at", more: true, cell: ({ deadline_at }) => <Time at={deadline_at} /> },
  ];
}

/** A test's conversion is made up, an alert or a statement is none, and a postback that was relayed is called as its receipt. */
export function ToldConversion({ row: { conversion_id: id, origin, type } }: { row: ShownDelivery }) {
  if (type === RELAY_TYPE) return <Id id={id} href={`/postbacks/${id}`} />;
  return origin === "test" || isAlertType(type) || isStatementType(type) ? (
    <Nothing />
  ) : (
    <Id id={id} href={`/conversions/${id}`} />
  );
}

export function DeliveryFilters({ url, destinations }: { url: URL; destinations: readonly string[] | null }) {
  return (
    <>
      {destinations ? <TextFilter url={url} name="destination" label="Destination" suggestions={destinations} /> : null}
      <ChoiceFilter url={url} name="status" label="Status" options={DELIVERY_STATES} />
      <ChoiceFilter url={url} name="type" label="Type" options={LOGGED_TYPES} />
      <TextFilter url={url} name="conversion_id" label="Conversion" />
      <DaysFilter url={url} />
    </>
  );
}
