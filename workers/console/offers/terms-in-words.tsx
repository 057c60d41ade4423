/** The terms of an offer in words: what each event pays and earns, and where visitors of some kind go. */

import { formatMicros, lastDigitMicros } from "../../core/money.ts";
import { moneyText } from "../shell/figures.ts";
import { Card } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Nothing } from "../shell/parts/values.tsx";
import type { EventView } from "./event-fields.ts";
import type { OfferView } from "./fields.ts";
import { digitsOf } from "./price-digits.ts";
import type { PriceView } from "./price-fields.ts";

/** `{flat: "2.50"}` → `2.50 USD` */
export function priceInWords(price: PriceView, currency: string): string {
  if (price === "posted") return "as posted";
  return "flat" in price ? `${moneyText(price.flat, currency)} ${currency}` : `${price.percent} % of the amount`;
}

/** The columns of prices are those that the role may see. */
export function EventTable({ offer }: { offer: OfferView }) {
  const { currency, events } = offer;
  const price = (given: PriceView | undefined) => (given === undefined ? <Nothing /> : priceInWords(given, currency));
  const columns: TableColumn<EventView>[] = [
    { name: "Event", cell: (event) => <EventName event={event} currency={currency} /> },
    ...(events.some(({ payout }) => payout)
      ? [{ name: "Payout", cell: (event: EventView) => price(event.payout) }]
      : []),
    ...(events.some(({ revenue }) => revenue)
      ? [{ name: "Revenue", cell: (event: EventView) => price(event.revenue) }]
      : []),
    { name: "Kind", cell: ({ kind }) => kind },
    { name: "Counts", cell: ({ repeat }) => (repeat === "per_txid" ? "once for each order" : "once for each click") },
    { name: "Later amounts", cell: ({ restate }) => (restate === "replace" ? "replace the first" : "are ignored") },
    { name: "Rounded to", cell: (event) => lastDigit(digitsOf(event, currency)) },
    { name: "Window", cell: ({ window_days }) => `${window_days ?? offer.window_days} days` },
  ];
  return <Table label="Events" columns={columns} rows={events} empty={<p>This offer has no events.</p>} />;
}

/** `0.01` of two. */
function lastDigit(digits: number): string {
  return formatMicros(lastDigitMicros(digits), 0);
}

function EventName({ event: { name, overrides = [] }, currency }: { event: EventView; currency: string }) {
  if (overrides.length === 0) return <code>{name}</code>;
  return (
    <>
      <code>{name}</code>
      <ul class="under">
        {overrides.map(({ affiliate, payout, revenue }) => (
          <li>
            {affiliate}:{" "}
            {[
              ...(payout ? [`payout ${priceInWords(payout, currency)}`] : []),
              ...(revenue ? [`revenue ${priceInWords(revenue, currency)}`] : []),
            ].join(", ")}
          </li>
        ))}
      </ul>
    </>
  );
}

export function RuleList({ offer: { rules = [] } }: { offer: OfferView }) {
  if (rules.length === 0) return null;
  return (
    <Card title="Visitors of some kind">
      <ol class="rules">
        {rules.map((rule) => (
          <li>
            {conditionsOf(rule)} → {rule.block ? "blocked" : <code class="break">{rule.destination}</code>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function conditionsOf(rule: NonNullable<OfferView["rules"]>[number]): string {
  const parts = [
    rule.countries && `from ${rule.countries.join(", ")}`,
    rule.not_countries && `not from ${rule.not_countries.join(", ")}`,
    rule.devices && `on ${rule.devices.join(", ")}`,
    rule.systems && `with ${rule.systems.join(", ")}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "everybody" : parts.join(", ");
}
