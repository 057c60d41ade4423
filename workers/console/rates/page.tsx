/** Rates of exchange: those that are known, and a form for one that an operator sets. */
import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { FormState } from "../shell/form-values.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { DayFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { DayField, FlagField, Form, TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Nothing, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { zoneOf } from "../shell/zone.ts";
import type { ListPage } from "../web/listing.ts";
import { listRates, type RateView, rateList } from "./list.ts";
import { type RatesSet, ratesInput, setRates } from "./set-rates.ts";

const PATH = "/rates";
const TITLE = "Rates";
const SOURCES = { ecb: "European Central Bank", hand: "by hand" };

export const ratesPage: Page = {
  path: PATH,
  roles: OPERATORS,
  actors: holders("rates"),
  show: (look) => showRates(look, { values: {}, problem: null }),
  async act(sent) {
    const { env, user, form, nowMs, url } = sent;
    const query = readFilters(rateList, url);
    if (!query.ok) return query;
    const listed = await listRates(env, query.value);
    return saveForm({
      form,
      schema: ratesInput,
      save: (input) => setRates(env, input, { by: user.caller, atMs: nowMs }),
      done: (set) => `${PATH}?done=${doneOf(set)}`,
      again: (state) => viewOf(sent, listed, state),
    });
  },
};

async function showRates(look: Look, form: FormState) {
  const query = readFilters(rateList, look.url);
  if (!query.ok) return query;
  return accept(viewOf(look, await listRates(look.env, query.value), form));
}

function doneOf({ added, kept, replaced }: RatesSet): keyof typeof DONE {
  if (kept.length > 0) return "kept";
  return added + replaced.length > 0 ? "set" : "same";
}

const DONE = {
  set: ["good", "Set. What is received on that day, and until a newer rate is known, is converted by it."],
  same: ["info", "This rate is known already."],
  kept: [
    "warn",
    "Another rate of that day is known, and stays: say that it is to be replaced. What is booked by it keeps it.",
  ],
} as const;

function viewOf(look: Look, { items, next }: ListPage<RateView>, form: FormState): PageView {
  const { url, request, user } = look;
  const done = Object.entries(DONE).find(([name]) => name === url.searchParams.get("done"))?.[1];
  const body = (
    <>
      {done === undefined ? null : <Notice tone={done[0]}>{done[1]}</Notice>}
      <Head title={TITLE}>
        What currencies were for one euro, day by day. A sale in another currency than its offer’s is booked by the rate
        of the day on which it was received, and keeps it.
      </Head>
      <Filters url={url} timeZone={zoneOf(request)}>
        <TextFilter url={url} name="currency" label="Currency" />
        <DayFilter url={url} name="day" label="Up to" />
      </Filters>
      <RateTable rates={items} url={url} />
      <Pager url={url} next={next} older="Older" />
      {may(user.caller, "rates") ? <RateForm form={form} /> : null}
    </>
  );
  return { title: TITLE, body };
}

function RateTable({ rates, url }: { rates: readonly RateView[]; url: URL }) {
  return (
    <Table
      label={TITLE}
      columns={[
        { name: "Day", cell: ({ day }: RateView) => day },
        { name: "One euro is", cell: ({ rate, currency }) => `${rate} ${currency}` },
        { name: "From", cell: ({ source }) => SOURCES[source] },
        { name: "Note", cell: ({ note }) => (note === null ? <Nothing /> : <Clipped text={note} />) },
        { name: "Set", cell: ({ set_at }) => <Time at={set_at} /> },
      ]}
      rows={rates}
      empty={
        <NoRows url={url}>
          <p>
            No rate is known yet, so sales in another currency than their offer’s are rejected. Import the European
            Central Bank’s with npm run rates, have them fetched, or set one below.
          </p>
        </NoRows>
      }
    />
  );
}

function RateForm({ form }: { form: FormState }) {
  const rate = { form, required: true } as const;
  return (
    <Card title="Set a rate">
      <Form form={form} save="Set" cancel={PATH}>
        <TextField {...rate} path="rates/0/currency" label="Currency" placeholder="AED" />
        <DayField {...rate} path="rates/0/day" label="Day, in UTC" />
        <TextField {...rate} path="rates/0/rate" label="One euro is" placeholder="3.9858" help="So many units of it." />
        <TextField
          {...rate}
          path="note"
          label="Where it is from"
          placeholder="Central Bank of the UAE"
          help="Whoever is paid by it may ask."
        />
        <FlagField
          form={form}
          path="replace"
          label="Replace another rate of that day"
          help="What is booked by the one before keeps that."
        />
      </Form>
    </Card>
  );
}
