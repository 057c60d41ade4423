/** Pages of what signals do: all of them with their states and thresholds, on all offers or on one, and the form of one. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { figureInWords } from "../../core/signals/found-signal.ts";
import { isMistrusted, LEAST_PRECISION } from "../../core/signals/precision.ts";
import { signalOf } from "../../core/signals/signals.ts";
import { THRESHOLD_NAMES, THRESHOLDS } from "../../core/signals/thresholds.ts";
import { listOffers } from "../offers/store.ts";
import type { FormState } from "../shell/form-values.ts";
import { askedFor } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Filters, TextFilter } from "../shell/parts/filters.tsx";
import { ChoiceField, Form, TextField } from "../shell/parts/form.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Status } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { suggest } from "../shell/suggestions.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import {
  changeSetting,
  listSettings,
  readSetting,
  type SettingView,
  settingChange,
  settingsQuery,
} from "./signal-settings.ts";
import { WasRight } from "./signal-table.tsx";

export const signalSettingPages: Page[] = [
  { path: "/signal-settings", roles: OPERATORS, show: showSettings },
  {
    path: "/signal-settings/:signal",
    roles: OPERATORS,
    actors: holders("review"),
    async show(look) {
      const found = await readSetting(look.env, look.key, offerIn(look.url));
      return found.ok ? accept(formView(look, found.value, stateOf(found.value))) : found;
    },
    act,
  },
];

async function showSettings({ env, user, url }: Look): Promise<Result<PageView, Problem>> {
  const query = readQuery(settingsQuery, askedFor(url));
  if (!query.ok) return query;
  const found = await listSettings(env, query.value);
  if (!found.ok) return found;
  const offers = await suggest(env, user, listOffers);
  const { offer } = query.value;
  return accept({
    title: "What signals do",
    body: (
      <>
        <Head title="What signals do" above={["Signals", "/signals"]}>
          {offer === undefined ? "On all offers that say nothing else." : <Named of="offer" slug={offer} />} One that
          was right of less than {figureInWords(LEAST_PRECISION, "share")} of its rows only shows, whatever is set.
        </Head>
        <Filters url={url}>
          <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
        </Filters>
        <Table
          label="Signals"
          columns={[
            {
              name: "Signal",
              cell: ({ signal, label }: SettingView) => <a href={formPath(signal, offer)}>{label}</a>,
            },
            { name: "Does", cell: (setting) => <Does setting={setting} /> },
            { name: "Thresholds", cell: ({ thresholds }) => inOneLine(thresholds) },
            { name: "Was right", number: true, cell: (setting) => <WasRight {...setting} /> },
          ]}
          rows={found.value.items}
          empty={null}
        />
      </>
    ),
  });
}

function Does({ setting }: { setting: SettingView }) {
  const { state, effective_state } = setting;
  return (
    <>
      <Status status={effective_state} /> {state === effective_state ? null : `set to ${state}`}
    </>
  );
}

function inOneLine(thresholds: Readonly<Record<string, number>>): string {
  return THRESHOLD_NAMES.flatMap((name) =>
    thresholds[name] === undefined ? [] : [`${THRESHOLDS[name].label} ${thresholds[name]}`],
  ).join("; ");
}

function formPath(signal: string, offer: string | undefined): string {
  return `/signal-settings/${signal}${offer === undefined ? "" : `?${new URLSearchParams({ offer })}`}`;
}

function offerIn(url: URL): { offer?: string } {
  const offer = url.searchParams.get("offer");
  return offer === null || offer === "" ? {} : { offer };
}

async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, key, form, url, user, nowMs } = sent;
  const offer = offerIn(url);
  const found = await readSetting(env, key, offer);
  if (!found.ok) return found;
  return saveForm({
    form,
    schema: settingChange,
    prepare: (values) => Object.assign({}, values, offer),
    save: (input) => changeSetting(env, key, input, { by: user.caller, atMs: nowMs }),
    done: () => `/signal-settings${offer.offer === undefined ? "" : `?${new URLSearchParams(offer)}`}`,
    again: (state) => formView(sent, found.value, state),
  });
}

/** What is set here, as the form has it. */
function stateOf({ set_state, set_thresholds }: SettingView): FormState {
  return { values: { state: set_state, thresholds: set_thresholds }, problem: null };
}

function formView(look: Look, setting: SettingView, form: FormState): PageView {
  const { signal, label } = setting;
  const { offer } = offerIn(look.url);
  const { data, rule, wrong } = signalOf(signal);
  const above = [
    "What signals do",
    offer === undefined ? "/signal-settings" : `/signal-settings?${new URLSearchParams({ offer })}`,
  ] as const;
  return {
    title: label,
    body: (
      <>
        <Head title={label} above={above}>
          {offer === undefined ? "On all offers that say nothing else." : <Named of="offer" slug={offer} />}
        </Head>
        {isMistrusted(setting) ? (
          <Notice tone="warn">
            <p>
              It was wrong too often here, so that it only shows, whatever is set: <WasRight {...setting} /> were
              decided as it said.
            </p>
          </Notice>
        ) : null}
        <Card>
          <p>It reads {data}.</p>
          <p>It speaks where {rule}.</p>
          <p>What is honest and looks like it: {wrong}.</p>
        </Card>
        <Card>
          {may(look.user.caller, "review") ? (
            <Fields setting={setting} form={form} cancel={above[1]} />
          ) : (
            inOneLine(setting.thresholds)
          )}
        </Card>
      </>
    ),
  };
}

function Fields({ setting, form, cancel }: { setting: SettingView; form: FormState; cancel: string }) {
  const { signal, state, may_hold, thresholds } = setting;
  const states = may_hold ? STATES : STATES.filter(({ value }) => value !== "hold");
  return (
    <Form form={form} save="Save" cancel={cancel}>
      <ChoiceField
        form={form}
        path="state"
        label="When it speaks"
        kind="nullable"
        help={
          may_hold
            ? undefined
            : "What it names cannot be held: it is decided already, earns nothing yet, or is about the advertiser."
        }
        options={[{ value: "", label: `as everywhere: ${state}` }, ...states]}
      />
      {Object.entries(thresholds).map(([name, value]) => (
        <TextField
          form={form}
          path={`thresholds/${name}`}
          kind="nullable-number"
          label={labelOf(name)}
          placeholder={String(value)}
          help={`Usually ${usualOf(signal, name)}.`}
        />
      ))}
    </Form>
  );
}

const STATES = [
  { value: "off", label: "nothing: it is off" },
  { value: "show", label: "be shown" },
  { value: "hold", label: "have the conversions that it names held" },
];

function labelOf(name: string): string {
  const known = THRESHOLD_NAMES.find((one) => one === name);
  return known === undefined ? name : upperFirst(THRESHOLDS[known].label);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function usualOf(signal: SettingView["signal"], name: string): string {
  const known = THRESHOLD_NAMES.find((one) => one === name);
  return known === undefined ? "" : String(signalOf(signal).thresholds[known] ?? "");
}
