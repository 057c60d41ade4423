/** The form that asks for a what-if of one offer: what is left empty is as it was. */
import { options } from "../set-up/form-field.ts";
import type { FormState } from "../shell/form-values.ts";
import { ChoiceField, FlagField, Form, Groups, LinesField, PriceField, TextField } from "../shell/parts/form.tsx";

/** What the form needs of an offer. */
export interface AskedOffer {
  slug: string;
  advertiser: string;
  currency: string;
  window_days: number;
  events: readonly { name: string; repeat: string; window_days: number | null; digits: number | null }[];
}

const AS_IT_WAS = "as it was";

/** Names that a field's own name cannot hold: rules of these events are said over the API. */
const UNFIT = /[:]|^\d+$/;

export function AskingForm({ offer, form }: { offer: AskedOffer; form: FormState }) {
  const of = `rules/offers/${offer.slug}`;
  const fit = offer.events.filter(({ name }) => !UNFIT.test(name));
  return (
    <Form form={form} save="Look" cancel="/what-if">
      <TextField form={form} path="name" label="Name" required placeholder="12 % in November" />
      <TextField form={form} path="from" label="From" required placeholder="2026-11-01" help="The first day, UTC." />
      <TextField
        form={form}
        path="until"
        label="Until"
        required
        placeholder="2026-12-01"
        help="The first day that is not looked at."
      />
      {fit.map(({ name, repeat, window_days: days, digits }) => {
        const at = `${of}/events/${name}`;
        return (
          <fieldset class="groups">
            <legend>{name}</legend>
            <div class="group">
              <PriceField
                form={form}
                path={`${at}/payout`}
                label="Affiliates get"
                none={AS_IT_WAS}
                currency={offer.currency}
              />
              <PriceField
                form={form}
                path={`${at}/revenue`}
                label="The advertiser pays"
                none={AS_IT_WAS}
                posted
                currency={offer.currency}
              />
              <TextField
                form={form}
                path={`${at}/window_days`}
                kind="number"
                label="Window, days"
                placeholder={`${days ?? offer.window_days} now`}
              />
              <TextField
                form={form}
                path={`${at}/digits`}
                kind="number"
                label="Digits of its prices"
                placeholder={digits === null ? "the currency’s now" : `${digits} now`}
              />
              <ChoiceField
                form={form}
                path={`${at}/repeat`}
                label="It counts"
                options={options(
                  ["", `${AS_IT_WAS} (${repeat === "per_txid" ? "each order" : "each click"} now)`],
                  ["per_txid", "once for each order"],
                  ["once_per_click", "once for each click"],
                )}
              />
            </div>
          </fieldset>
        );
      })}
      {fit.length === offer.events.length ? null : (
        <p class="help">Events with a colon in their names are looked at over the API.</p>
      )}
      <Groups
        form={form}
        path="prices"
        legend="Other prices for single affiliates"
        help="Affiliates that have prices of their own keep them, unless they stand here."
        add="Add an affiliate’s price"
        group={(path) => (
          <>
            <TextField form={form} path={`${path}/affiliate`} label="Affiliate" required />
            <TextField
              form={form}
              path={`${path}/event`}
              label="Event"
              required
              suggestions={fit.map(({ name }) => ({ value: name, label: name }))}
            />
            <PriceField form={form} path={`${path}/payout`} label="Gets" none={AS_IT_WAS} currency={offer.currency} />
            <PriceField
              form={form}
              path={`${path}/revenue`}
              label="The advertiser pays"
              none={AS_IT_WAS}
              posted
              currency={offer.currency}
            />
          </>
        )}
      />
      <Groups
        form={form}
        path="caps"
        legend="Other caps"
        help="They stand in the place of all caps of the offer."
        add="Add a cap"
        group={(path) => (
          <>
            <TextField form={form} path={`${path}/event`} label="Event" required />
            <ChoiceField
              form={form}
              path={`${path}/per`}
              label="For each"
              options={options(["day", "day"], ["month", "month"])}
            />
            <TextField form={form} path={`${path}/limit`} kind="number" label="At most" required />
          </>
        )}
      />
      <FlagField form={form} path="no_caps" label="No caps at all" />
      <fieldset class="groups">
        <legend>The advertiser’s words</legend>
        <p class="help">
          Read in the place of its mapping: names that nobody read, events, statuses. One a line, theirs = ours.
        </p>
        <LinesField
          form={form}
          path="mapping/names"
          kind="words"
          label="Names"
          placeholder="bestellnr = txid"
          rows={2}
        />
        <LinesField form={form} path="mapping/events" kind="words" label="Events" placeholder="kauf = sale" rows={2} />
        <LinesField
          form={form}
          path="mapping/statuses"
          kind="words"
          label="Statuses"
          placeholder="offen = pending"
          rows={2}
        />
      </fieldset>
    </Form>
  );
}

type Tree = Record<string, unknown>;

/** What the form says, as the API takes it. */
export function askedByForm(values: unknown, { slug, advertiser }: AskedOffer): unknown {
  const { name, from, until, rules, prices, caps, no_caps: noCaps, mapping } = treeOf(values);
  const offer: Tree = { ...treeOf(treeOf(treeOf(rules).offers)[slug]) };
  const events: Tree = { ...treeOf(offer.events) };
  for (const own of listOf(prices)) {
    const { affiliate, event, ...price } = treeOf(own);
    const before = treeOf(events[String(event)]);
    events[String(event)] = {
      ...before,
      affiliates: { ...treeOf(before.affiliates), [String(affiliate)]: price },
    };
  }
  if (Object.keys(events).length > 0) offer.events = events;
  if (listOf(caps).length > 0) offer.caps = caps;
  else if (noCaps === true) offer.caps = [];
  const words = Object.fromEntries(
    Object.entries(treeOf(mapping)).filter(([, said]) => Object.keys(treeOf(said)).length > 0),
  );
  return {
    name,
    from,
    until,
    advertiser,
    offer: slug,
    rules: {
      ...(Object.keys(offer).length > 0 ? { offers: { [slug]: offer } } : {}),
      ...(Object.keys(words).length > 0 ? { mapping: words } : {}),
    },
  };
}

function treeOf(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
