/** What a page said that a closing would find, kept in its form, and what of it is not so any more when the form comes. */
import { Named } from "../shell/parts/named.tsx";
import { Notice } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Money } from "../shell/parts/values.tsx";
import type { DueView } from "./due-now.ts";

/** The field in which a form says it. It begins as what is no value of the form does. */
const SEEN = ":seen";
/** A form says so many at most; where there are more it is told only that something changed. */
const MOST_SEEN = 2_000;

type Standing = Pick<DueView, "due" | "carried">;

/** What became of an owner's money in a currency; null where there is none. */
interface ChangedDue {
  owner: string;
  currency: string;
  was: Standing | null;
  now: Standing | null;
}

/** The look at what a closing would find, as hidden fields of the form that closes it. */
export function SeenDues({ look, closing }: { look: string; closing: readonly DueView[] }) {
  return (
    <>
      <input type="hidden" name="look" value={look} />
      {closing.length > MOST_SEEN ? null : <input type="hidden" name={SEEN} value={seenText(closing)} />}
    </>
  );
}

function seenText(closing: readonly DueView[]): string {
  return JSON.stringify(
    closing.map(({ owner, currency, due, carried }) => [owner, currency, due, ...(carried ? [1] : [])]),
  );
}

/** Says that nothing was closed, and what changed since the page was made. */
export function ChangedDues(props: { of: "affiliate" | "advertiser"; form: URLSearchParams; now: readonly DueView[] }) {
  const seen = readSeen(props.form.get(SEEN));
  return (
    <Notice tone="bad">
      <p>
        <strong>Nothing was closed.</strong> What is due is not what this page showed any more. Look at it again, and
        close it if it is what you mean.
      </p>
      {seen === null ? null : (
        <Table
          label="What changed meanwhile"
          columns={columnsOf(props.of)}
          rows={changesBetween(seen, props.now)}
          empty={<p>The sums of all owners are as they were.</p>}
        />
      )}
    </Notice>
  );
}

function columnsOf(of: "affiliate" | "advertiser"): TableColumn<ChangedDue>[] {
  return [
    { name: "Owner", cell: ({ owner }) => <Named of={of} slug={owner} /> },
    { name: "Was", number: true, cell: ({ was, currency }) => standing(was, currency) },
    { name: "Is", number: true, cell: ({ now, currency }) => standing(now, currency) },
  ];
}

function standing(one: Standing | null, currency: string) {
  if (one === null) return "nothing";
  return (
    <>
      <Money amount={one.due} currency={currency} />
      {one.carried ? " (carried over)" : null}
    </>
  );
}

function changesBetween(seen: readonly DueView[], now: readonly DueView[]): ChangedDue[] {
  const byKey = (dues: readonly DueView[]) => new Map(dues.map((one) => [`${one.owner} ${one.currency}`, one]));
  const [before, after] = [byKey(seen), byKey(now)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((key) => ({ was: before.get(key) ?? null, now: after.get(key) ?? null }))
    .filter(({ was, now: is }) => was?.due !== is?.due || was?.carried !== is?.carried)
    .map(({ was, now: is }) => ({
      ...{ owner: (is ?? was)?.owner ?? "", currency: (is ?? was)?.currency ?? "" },
      ...{ was, now: is },
    }));
}

/** Null where the form says nothing that can be read. */
function readSeen(text: string | null): DueView[] | null {
  try {
    const rows: unknown = JSON.parse(text ?? "null");
    if (!Array.isArray(rows)) return null;
    return rows.filter(Array.isArray).map(([owner, currency, due, carried]) => ({
      ...{ owner: String(owner), currency: String(currency), due: String(due) },
      ...{ conversions: 0, carried: carried === 1 },
    }));
  } catch {
    return null;
  }
}
