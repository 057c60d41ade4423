/** The form of an advertiser: who it is, how its servers prove themselves, and the words they use. */
import { PRESETS } from "../../core/postback/mapping-presets.ts";
import { type FormState, valueAt } from "../shell/form-values.ts";
import type { Look, PageView } from "../shell/page.ts";
import {
  ChoiceField,
  FlagField,
  Form,
  LinesField,
  type Option,
  STATUS_OPTIONS,
  TextField,
} from "../shell/parts/form.tsx";
import { Head } from "../shell/parts/section.tsx";

const AUTH: readonly Option[] = [
  { value: "token", label: "token: a secret in each postback" },
  { value: "signed", label: "signed: every postback is signed" },
  { value: "open", label: "open: anybody may send" },
];
const PRESET_OPTIONS: readonly Option[] = [
  { value: "", label: "none: our own names" },
  ...[...PRESETS.keys()].map((name) => ({ value: name, label: name })),
];

export function newAdvertiserView({ visitor }: Look, form: FormState): PageView {
  return {
    title: "New advertiser",
    body: (
      <>
        <Head above={["Advertisers", "/advertisers"]} title="New advertiser" />
        <Form form={form} csrf={visitor.csrf} save="Create advertiser" cancel="/advertisers">
          <TextField
            form={form}
            path="slug"
            label="Slug"
            required
            placeholder="acme"
            help="It stands in the postback URL, and stays for ever."
          />
          <TextField form={form} path="name" label="Name" required placeholder="Acme" />
          <AdvertiserFields form={form} />
        </Form>
      </>
    ),
  };
}

export function editAdvertiserView({ visitor, key }: Look, form: FormState): PageView {
  const path = `/advertisers/${encodeURIComponent(key)}`;
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
            help="Clicks stop when it is paused or ended; postbacks about earlier clicks are always taken."
          />
          <AdvertiserFields form={form} />
        </Form>
      </>
    ),
  };
}

/** A form whose mapping says nothing asks for none. */
export function withoutEmptyMapping(values: unknown): unknown {
  const mapping = valueAt(values, "mapping");
  if (typeof values !== "object" || typeof mapping !== "object" || mapping === null) return values;
  const parts = Object.entries(mapping).filter(([, part]) => typeof part === "string" || Object.keys(part).length > 0);
  return { ...values, mapping: parts.length === 0 ? null : Object.fromEntries(parts) };
}

function AdvertiserFields({ form }: { form: FormState }) {
  return (
    <>
      <ChoiceField form={form} path="auth" label="How its servers prove themselves" options={AUTH} />
      <LinesField
        form={form}
        path="allowed_ips"
        kind="lines"
        label="Addresses that postbacks may come from, one a line"
        placeholder={"203.0.113.0/24\n2001:db8::/32"}
        help="Left empty: from everywhere."
      />
      <FlagField
        form={form}
        path="pixel"
        label="Take the pixel too"
        help="It carries no secret, so what comes by it is at most pending and changes nothing that is held."
      />
      <details class="more" open={form.problem !== null || valueAt(form.values, "mapping") !== undefined}>
        <summary>Its own words: parameters, events and statuses of another tracker</summary>
        <div class="more-fields">
          <ChoiceField
            form={form}
            path="mapping/preset"
            label="It speaks like"
            options={PRESET_OPTIONS}
            help="A postback URL made for this tracker works here by changing host and path."
          />
          <LinesField
            form={form}
            path="mapping/names"
            kind="words"
            label="Parameter names, theirs = ours"
            placeholder="transaction_id = click_id"
          />
          <LinesField
            form={form}
            path="mapping/events"
            kind="words"
            label="Events, theirs = ours"
            placeholder="purchase = sale"
          />
          <LinesField
            form={form}
            path="mapping/statuses"
            kind="words"
            label="Statuses, theirs = ours"
            placeholder="hold = pending"
          />
        </div>
      </details>
    </>
  );
}
