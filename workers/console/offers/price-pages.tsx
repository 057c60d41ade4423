/** The prices of an offer by when they count: what is announced, what was, and the form that announces another; and of what is announced, a card for the offer's own page. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceField, Form, PriceField, TextField, TimeField } from "../shell/parts/form.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Status, Time } from "../shell/parts/values.tsx";
import { readFormBody } from "../shell/saved-form.ts";
import type { Problem } from "../web/problem.ts";
import { announcedPayouts } from "./announced-payouts.ts";
import {
  announcePrice,
  listPriceChanges,
  newPriceChange,
  type PriceChangeView,
  withdrawPrice,
} from "./price-changes.ts";
import { readOffer } from "./store.ts";
import { priceInWords } from "./terms-in-words.tsx";

function pathOf(slug: string): string {
  return `/offers/${encodeURIComponent(slug)}/prices`;
}

export const pricePage: Page = {
  path: "/offers/:slug/prices",
  roles: OPERATORS,
  actors: holders("set_up"),
  show: (look) => view(look, { values: {}, problem: null }),
  async act(sent) {
    const { env, form, key, user, nowMs } = sent;
    const change = { by: user.caller, atMs: nowMs };
    const withdrawn = form.get("withdraw");
    if (withdrawn !== null) {
      const done = await withdrawPrice(env, key, withdrawn, change);
      return done.ok
        ? accept(seeOther(`${pathOf(key)}?done=saved`))
        : view(sent, { values: {}, problem: done.refusal });
    }
    const values = readForm(form);
    const read = readFormBody(newPriceChange, form, withoutNothing(values));
    const saved = read.ok ? await announcePrice(env, key, read.value, change) : read;
    return saved.ok ? accept(seeOther(`${pathOf(key)}?done=saved`)) : view(sent, { values, problem: saved.refusal });
  },
};

/** What a form left empty stays as it is. */
function withoutNothing(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

async function view(look: Look, form: FormState): Promise<Result<PageView, Problem>> {
  const { env, key, user, nowMs, url } = look;
  const offer = await readOffer(env, user.caller, key);
  if (!offer.ok) return offer;
  const listed = await listPriceChanges(env, user.caller, key, nowMs);
  if (!listed.ok) return listed;
  const { name, currency, events } = offer.value;
  const mayWrite = may(user.caller, "set_up");
  return accept({
    title: `Prices of ${name}`,
    body: (
      <>
        <DoneNotice url={url} />
        <Head above={[name, `/offers/${encodeURIComponent(key)}`]} title="Prices">
          A conversion gets the price that counted when the message was received that made it.
        </Head>
        <Card title="Since when each counts" flush>
          <PriceTable changes={listed.value.items} currency={currency} withdraws={mayWrite} />
        </Card>
        {mayWrite ? (
          <Card title="Another price, from a moment on">
            <Form form={form} save="Set the price" cancel={`/offers/${encodeURIComponent(key)}`}>
              <ChoiceField
                form={form}
                path="event"
                label="Event"
                options={events.map((event) => ({ value: event.name, label: event.name }))}
              />
              <TextField
                form={form}
                path="affiliate"
                label="Of one affiliate"
                help="Its slug. Left empty, it is everybody’s price."
              />
              <PriceField form={form} path="payout" label="The affiliate gets" none="as before" currency={currency} />
              <PriceField
                form={form}
                path="revenue"
                label="The advertiser pays"
                none="as before"
                posted
                currency={currency}
              />
              <TimeField form={form} path="from" label="From" help="Left empty, it counts from now on." />
            </Form>
          </Card>
        ) : null}
      </>
    ),
  });
}

interface PriceTableProps {
  changes: readonly PriceChangeView[];
  currency: string;
  /** Whether what is announced has a button that withdraws it. */
  withdraws: boolean;
}

function PriceTable({ changes, currency, withdraws }: PriceTableProps) {
  const columns: TableColumn<PriceChangeView>[] = [
    { name: "From", cell: ({ from }) => (from === BEGINNING ? "the beginning" : <Time at={from} />) },
    { name: "Price", cell: (change) => changeInWords(change, currency) },
    { name: "State", cell: ({ announced }) => <Status status={announced ? "announced" : "counts"} /> },
    { name: "Version", number: true, cell: ({ version }) => String(version) },
    { name: "By", cell: ({ by }) => by ?? "" },
  ];
  if (withdraws && changes.some(({ announced }) => announced))
    columns.push({
      name: "",
      cell: (change) =>
        change.announced ? (
          <form method="post">
            <button
              type="submit"
              class="quiet"
              name="withdraw"
              value={String(change.price_change)}
              aria-label={`Withdraw ${changeInWords(change, currency)}`}
            >
              Withdraw
            </button>
          </form>
        ) : null,
    });
  return <Table label="Prices" columns={columns} rows={changes} empty={<p>It has no prices.</p>} />;
}

const BEGINNING = new Date(0).toISOString();

/** `sale of blog: payout 12 % of the amount` */
export function changeInWords({ event, affiliate, payout, revenue }: PriceChangeView, currency: string): string {
  const said = Object.entries({ payout, revenue }).flatMap(([name, price]) => {
    if (price === undefined) return [];
    return [`${name} ${price === null ? "as everybody" : priceInWords(price, currency)}`];
  });
  return `${event}${affiliate === null ? "" : ` of ${affiliate}`}: ${said.join(", ")}`;
}

/** On the offer's own page: what is announced, soonest first; to an affiliate what it will be paid itself, and nothing to advertisers. */
export async function announcedPrices(look: Look, slug: string, currency: string) {
  const { env, user, nowMs } = look;
  if (user.caller.role === "affiliate") return payoutsAnnounced(look, slug, currency);
  if (!OPERATORS.some((role) => role === user.caller.role)) return null;
  const listed = await listPriceChanges(env, user.caller, slug, nowMs);
  const announced = listed.ok ? listed.value.items.filter((one) => one.announced).toReversed() : [];
  return (
    <ul class="under announced">
      {announced.map((change) => (
        <li>
          From <Time at={change.from} />: {changeInWords(change, currency)}
        </li>
      ))}
      <li>
        <a href={pathOf(slug)}>Prices by when they count</a>
      </li>
    </ul>
  );
}

async function payoutsAnnounced({ env, user, nowMs }: Look, slug: string, currency: string) {
  const listed = await announcedPayouts(env, user.caller, slug, nowMs);
  if (!listed.ok || listed.value.items.length === 0) return null;
  return (
    <ul class="under announced">
      {listed.value.items.map(({ event, from, payout }) => (
        <li>
          From <Time at={from} />: {event} pays you {priceInWords(payout, currency)}
        </li>
      ))}
    </ul>
  );
}
