/** What is held as a list to go through: one line each, with the one that is looked at marked. */
import { textIn } from "../conversions/fields-of.ts";
import { HELD_FOR } from "../conversions/why-held.ts";
import { Named } from "../shell/parts/named.tsx";
import { Money, Time } from "../shell/parts/values.tsx";
import { placeAt } from "./held-place.ts";

type Row = Record<string, unknown>;

interface HeldRowsProps {
  url: URL;
  rows: readonly Row[];
  /** The ID of the one that is looked at. */
  at: string | null;
  mayDecide: boolean;
}

export function HeldRows({ url, rows, at, mayDecide }: HeldRowsProps) {
  return (
    <ol class="held" aria-label="Held conversions" data-held>
      {rows.map((row) => {
        const id = textIn(row, "conversion_id") ?? "";
        const txid = textIn(row, "txid");
        return (
          <li data-id={id}>
            {mayDecide ? <input type="checkbox" name="ticked" value={id} aria-label={`Choose ${txid ?? id}`} /> : null}
            <a href={placeAt(url, id)} aria-current={id === at ? "true" : undefined}>
              <span>
                <Named of="affiliate" slug={textIn(row, "affiliate")} /> ·{" "}
                <Named of="offer" slug={textIn(row, "offer")} /> {textIn(row, "event")} <bdi>{txid}</bdi>
              </span>
              <span class="held-sum">
                <Money amount={textIn(row, "payout")} currency={textIn(row, "currency")} />
              </span>
              <span class="held-why">
                {HELD_FOR[textIn(row, "hold_reason") ?? ""] ?? ""} · <Time at={textIn(row, "held_since")} />
              </span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}
