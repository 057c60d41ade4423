/** The form of an offer: what it is, what it pays for, and, folded away, everything that most offers leave as it is. */
import { type FormState, textAt } from "../shell/form-values.ts";
import type { Look, PageView } from "../shell/page.ts";
import {
  ChoiceField,
  FlagField,
  Form,
  Groups,
  LinesField,
  type Option,
  PriceField,
  STATUS_OPTIONS,
  TextField,
} from "../shell/parts/form.tsx";
import { Head } from "../shell/parts/section.tsx";
import type { OfferView } from "./view.ts";

const options = (...pairs: [value: string, label: string][]): Option[] =>
  pairs.map(([value, label]) => ({ value, label }));

const REPEAT = options(["per_txid", "once for each order"], ["once_per_click", "once for each click"]);
const RESTATE = options(["ignore", "are ignored"], ["replace", "replace the first"]);
const PER = options(["day", "a day"], ["month", "a month"]);
const REDIRECTS = options(["302", "302, as usual"], ["307", "307, keeps the method"]);
const ORDER_SPACES = options(
  ["advertiser", "across all of the advertiser’s offers"],
  ["offer", "by this offer’s own shop"],
);
const REFERRER_POLICIES = [
  "strict-origin-when-cross-origin",
  "no-referrer",
  "origin",
  "same-origin",
  "strict-origin",
  "origin-when-cross-origin",
  "no-referrer-when-downgrade",
  "unsafe-url",
].map((value) => ({ value, label: value }));
const YES = options(["", "goes to the destination"], ["true", "is blocked"]);

export function newOfferView({ visitor }: Look, form: FormState, advertisers: readonly string[]): PageView {
  return {
    title: "New offer",
    body: (
      <>
        <Head above={["Offers", "/offers"]} title="New offer" />
        <Form form={form} csrf={visitor.csrf} save="Create offer" cancel="/offers">
          <TextField form={form} path="slug" label="Slug" required placeholder="shoes" help="It stays for ever." />
          <TextField form={form} path="name" label="Name" required placeholder="Acme Shoes" />
          <TextField form={form} path="advertiser" label="Advertiser" required suggestions={advertisers} />
          <TextField
            form={form}
            path="currency"
            label="Currency"
            required
            placeholder="USD"
            help="ISO 4217. It stays for ever."
          />
          <OfferFields form={form} present={null} />
        </Form>
      </>
    ),
  };
}

export function editOffer({ visitor, key }: Look, form: FormState, present: OfferView): PageView {
  const path = `/offers/${encodeURIComponent(key)}`;
  return {
    title: `Edit ${key}`,
    body: (
      <>
        <Head above={[key, path]} title={`Edit ${key}`} />
        <Form form={form} csrf={visitor.csrf} save="Save" cancel={path}>
          <TextField form={form} path="name" label="Name" required />
          <ChoiceField
            form={form}
            path="status"
            label="Status"
            options={STATUS_OPTIONS}
            help="Clicks on a paused or ended offer go to the fallback. Conversions of earlier clicks still count."
          />
          <OfferFields form={form} present={present} />
        </Form>
      </>
    ),
  };
}

function OfferFields({ form, present }: { form: FormState; present: OfferView | null }) {
  const currency = present?.currency ?? (textAt(form.values, "currency") || "sum");
  return (
    <>
      <TextField
        form={form}
        path="destination"
        label="Destination"
        required
        wide
        placeholder="https://shop.example/shoes?click_id={click_id}"
        help={
          <>
            Where clicks go. Macros: <code>{"{click_id}"}</code>, <code>{"{sub1}"}</code> … <code>{"{sub10}"}</code>,{" "}
            <code>{"{external_id}"}</code>, <code>{"{affiliate}"}</code>, <code>{"{offer}"}</code>,{" "}
            <code>{"{country}"}</code>, <code>{"{device}"}</code>, <code>{"{os}"}</code>, <code>{"{timestamp}"}</code>.
            Without <code>{"{click_id}"}</code>, it is added to the query.
          </>
        }
      />
      <TextField
        form={form}
        path="window_days"
        kind="number"
        label="Attribution window, days"
        help="A conversion counts when it happened within so many days after the click."
      />
      <Groups
        form={form}
        path="events"
        legend="Events: what is paid for"
        help="The first one is meant where a postback names none. An event’s name stays for ever; a changed price holds for conversions from then on."
        add="Add an event"
        fixed={present?.events.length ?? 0}
        group={(path, index) => (
          <EventFields form={form} path={path} isNew={present?.events[index] === undefined} currency={currency} />
        )}
      />
      <details class="more" open={form.problem !== null}>
        <summary>More: dates, caps, deep links, rules for visitors, redirect</summary>
        <div class="more-fields">
          <MoreFields form={form} />
        </div>
      </details>
    </>
  );
}

function EventFields(props: { form: FormState; path: string; isNew: boolean; currency: string }) {
  const { form, path, isNew, currency } = props;
  return (
    <>
      {isNew ? null : (
        <input type="hidden" name={`${path}/version:number`} value={textAt(form.values, `${path}/version`)} />
      )}
      <TextField form={form} path={`${path}/name`} label="Event" required readonly={!isNew} placeholder="sale" />
      <PriceField form={form} path={`${path}/payout`} label="The affiliate gets" currency={currency} />
      <PriceField form={form} path={`${path}/revenue`} label="The advertiser pays" currency={currency} posted />
      <ChoiceField form={form} path={`${path}/repeat`} label="It counts" options={REPEAT} />
      <ChoiceField form={form} path={`${path}/restate`} label="Other amounts sent later" options={RESTATE} />
      <TextField
        form={form}
        path={`${path}/window_days`}
        kind="nullable-number"
        label="Window, days"
        placeholder="the offer’s"
      />
      <Groups
        form={form}
        path={`${path}/overrides`}
        legend="Other prices for single affiliates"
        add="Add an affiliate’s price"
        group={(override) => (
          <>
            <TextField form={form} path={`${override}/affiliate`} label="Affiliate" required />
            <PriceField form={form} path={`${override}/payout`} label="Gets" currency={currency} none="as everybody" />
            <PriceField
              form={form}
              path={`${override}/revenue`}
              label="The advertiser pays"
              currency={currency}
              posted
              none="as for everybody"
            />
          </>
        )}
      />
    </>
  );
}

function MoreFields({ form }: { form: FormState }) {
  return (
    <>
      <TextField form={form} path="starts_at" kind="nullable" label="Starts" placeholder="2026-11-23T08:00:00Z" />
      <TextField form={form} path="ends_at" kind="nullable" label="Ends" placeholder="2026-12-31T22:59:59Z" />
      <TextField
        form={form}
        path="min_seconds"
        kind="number"
        label="Not sooner than, seconds"
        help="A conversion sooner after its click is rejected as too_soon. 0: never."
      />
      <ChoiceField form={form} path="order_space" label="Orders are numbered" options={ORDER_SPACES} />
      <TextField
        form={form}
        path="fallback_url"
        kind="nullable"
        label="Where clicks go when it is closed"
        wide
        placeholder="https://shop.example/"
        help="Left empty, they are answered with 410."
      />
      <LinesField
        form={form}
        path="deep_link_hosts"
        kind="lines"
        label="Hosts that deep links may go to, one a line"
        placeholder="shop.example"
      />
      <ChoiceField form={form} path="redirect_status" kind="number" label="Redirect" options={REDIRECTS} />
      <ChoiceField form={form} path="referrer_policy" label="Referrer policy" options={REFERRER_POLICIES} />
      <FlagField form={form} path="pass_through" label="Pass unknown query parameters on to the destination" />
      <TextField
        form={form}
        path="time_zone"
        label="Time zone of its caps"
        placeholder="UTC"
        help="Such as Europe/Berlin: when its day begins."
      />
      <Groups
        form={form}
        path="caps"
        legend="Caps"
        help="When one is reached, clicks go to the fallback until the next day or month."
        add="Add a cap"
        group={(path) => (
          <>
            <TextField form={form} path={`${path}/event`} label="Event" required />
            <TextField form={form} path={`${path}/limit`} kind="number" label="At most" required />
            <ChoiceField form={form} path={`${path}/per`} label="Per" options={PER} />
          </>
        )}
      />
      <Groups
        form={form}
        path="rules"
        legend="Visitors of some kind"
        help="The first rule that fits wins; every condition that is given must hold."
        add="Add a rule"
        group={(path) => (
          <>
            <LinesField form={form} path={`${path}/countries`} kind="some" rows={1} label="From" placeholder="DE, AT" />
            <LinesField form={form} path={`${path}/not_countries`} kind="some" rows={1} label="Not from" />
            <LinesField form={form} path={`${path}/devices`} kind="some" rows={1} label="On" placeholder="mobile" />
            <LinesField form={form} path={`${path}/systems`} kind="some" rows={1} label="With" placeholder="ios" />
            <TextField form={form} path={`${path}/destination`} label="Destination" wide />
            <ChoiceField form={form} path={`${path}/block`} kind="yes" label="The visitor" options={YES} />
          </>
        )}
      />
    </>
  );
}
