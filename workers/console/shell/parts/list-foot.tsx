/** The foot of a list: how many rows fit its filters, on all pages, and their money by currency. */
import { Money } from "./values.tsx";

/** What a currency's rows come to. */
export interface TotalsOfCurrency {
  currency: string;
  /** Sums by what they are called, as decimal text. */
  sums: readonly { name: string; amount: string }[];
}

interface TotalsProps {
  count: number;
  /** False where there may be more, of which none is added up. */
  complete: boolean;
  /** What one row is called, and several. */
  one: string;
  many: string;
  currencies?: readonly TotalsOfCurrency[];
}

/** Says that the newest alone are counted where there may be more. Nothing where nothing fits. */
export function Totals({ count, complete, one, many, currencies = [] }: TotalsProps) {
  if (count === 0) return null;
  const rows = `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
  return (
    <ul class="totals" aria-label="Totals of all pages">
      <li>{complete ? rows : `at least ${rows}`}</li>
      {currencies.map(({ currency, sums }) => (
        <li>
          {sums.map(({ name, amount }, index) => (
            <>
              {index === 0 ? "" : " · "}
              {name} <Money amount={amount} currency={currency} />
            </>
          ))}
        </li>
      ))}
      {complete || currencies.length === 0 ? null : <li>Sums are of the newest {count.toLocaleString("en-US")}.</li>}
    </ul>
  );
}
