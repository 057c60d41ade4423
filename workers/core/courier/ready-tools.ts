/**
 * Ready templates for systems that take events as JSON of their own: customer data platforms, mail and CRM. Typed from the vendors' documentation, named with each. All of them
 * want a person, whom we know only by what the programme hangs on a click or an order: which value that is, is asked.
 */
import type { AnswerRules } from "./receivers-answer.ts";
import type { Template, TemplateHeader } from "./template.ts";
import { macroNamed } from "./template-macros.ts";

export const READY_TOOLS = ["segment", "rudderstack", "klaviyo", "customerio", "hubspot", "braze"] as const;
export type ReadyToolName = (typeof READY_TOOLS)[number];

/** What is asked: one of `options` where there are some; sealed where it is secret. */
export interface ToolField {
  name: string;
  label: string;
  secret?: true;
  options?: readonly string[];
}

export interface ReadyTool {
  label: string;
  /** The page that its body was typed from. */
  page: string;
  /** `<name>` stands for a field, `<person>` for the macro that names the person. */
  url: string;
  headers: TemplateHeader[];
  basic: Template["basic"];
  body: string;
  fields: ToolField[];
  /** By a key in the body that stays over all tries. Where it is not, what is in doubt is held, with a button. */
  deduplicates: boolean;
  answers: Partial<AnswerRules>;
  note: string | null;
}

/** What is told of the conversion, in all of them; nothing that only one side sees. */
const PROPERTIES =
  '{"conversion_id":"{conversion_id}","sequence":{sequence},"order_id":{txid},"event":"{event}","status":"{status}","from_status":{from_status},"value":{amount},"value_delta":{amount_delta},"currency":"{currency}","offer":"{offer}","link":"{link}","affiliate":"{affiliate}","coupon":{coupon},"test":{test}}';

const WRITE_KEY: ToolField = { name: "key", label: "Write key", secret: true };
/** Segment's form of an event, which RudderStack takes, too. */
const TRACK = `{"userId":"<person>","event":"{type}","properties":${PROPERTIES},"timestamp":"{occurred_at}","messageId":"{delivery_id}"}`;

const TOOLS: Record<ReadyToolName, ReadyTool> = {
  segment: {
    label: "Segment",
    page: "https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/",
    url: "https://<host>/v1/track",
    headers: [],
    basic: { user: "{secret.key}", password: "" },
    body: TRACK,
    fields: [WRITE_KEY, { name: "host", label: "Region", options: ["api.segment.io", "events.eu1.segmentapis.com"] }],
    deduplicates: true,
    answers: {},
    note: "The wrong region answers 200 and drops what it is told.",
  },
  rudderstack: {
    label: "RudderStack",
    page: "https://www.rudderstack.com/docs/api/http-api/",
    url: "https://<host>/v1/track",
    headers: [],
    basic: { user: "{secret.key}", password: "" },
    body: TRACK,
    fields: [WRITE_KEY, { name: "host", label: "Data plane's host" }],
    deduplicates: false,
    answers: {},
    note: "messageId is passed on; whether your data plane drops repeats by it depends on its set-up.",
  },
  klaviyo: {
    label: "Klaviyo",
    page: "https://developers.klaviyo.com/en/reference/create_event",
    url: "https://a.klaviyo.com/api/events/",
    headers: [
      { name: "authorization", value: "Klaviyo-API-Key {secret.key}" },
      { name: "accept", value: "application/json" },
      { name: "revision", value: "2026-04-15" },
    ],
    basic: null,
    body: `{"data":{"type":"event","attributes":{"metric":{"data":{"type":"metric","attributes":{"name":"{type}"}}},"profile":{"data":{"type":"profile","attributes":{"<by>":"<person>"}}},"properties":${PROPERTIES},"time":"{occurred_at}","value":{amount},"value_currency":"{currency}","unique_id":"{delivery_id}"}}}`,
    fields: [
      { name: "key", label: "Private API key", secret: true },
      { name: "by", label: "The person is named by", options: ["external_id", "email"] },
    ],
    deduplicates: true,
    answers: {},
    note: "A revision lives two years: this one until April 2028.",
  },
  customerio: {
    label: "Customer.io",
    page: "https://docs.customer.io/integrations/api/track/#operation/entity",
    url: "https://<host>/api/v2/entity",
    headers: [],
    basic: { user: "{secret.site}", password: "{secret.key}" },
    body: `{"type":"person","identifiers":{"<by>":"<person>"},"action":"event","name":"{type}","id":"{delivery_id}","timestamp":{timestamp},"attributes":${PROPERTIES}}`,
    fields: [
      { name: "site", label: "Site ID", secret: true },
      { name: "key", label: "API key", secret: true },
      { name: "host", label: "Region", options: ["track.customer.io", "track-eu.customer.io"] },
      { name: "by", label: "The person is named by", options: ["id", "email", "cio_id"] },
    ],
    deduplicates: true,
    answers: {},
    note: "Drops repeats by an id that is a ULID, which a delivery ID is.",
  },
  hubspot: {
    label: "HubSpot",
    page: "https://developers.hubspot.com/docs/api-reference/events-send-event-completions-v3/guide",
    url: "https://api.hubapi.com/events/v3/send",
    headers: [{ name: "authorization", value: "Bearer {secret.token}" }],
    basic: null,
    body: `{"eventName":"<event>","<by>":"<person>","occurredAt":"{occurred_at}","properties":${PROPERTIES}}`,
    fields: [
      { name: "token", label: "Private app's token", secret: true },
      { name: "event", label: "The event's internal name, such as pe1234567_conversion" },
      { name: "by", label: "The person is named by", options: ["email", "utk", "objectId"] },
    ],
    deduplicates: false,
    answers: {},
    note: "The event's properties must be defined there, under these names.",
  },
  braze: {
    label: "Braze",
    page: "https://www.braze.com/docs/api/endpoints/user_data/post_user_track/",
    url: "https://<host>/users/track",
    headers: [{ name: "authorization", value: "Bearer {secret.key}" }],
    basic: null,
    body: `{"events":[{"external_id":"<person>","name":"{type}","time":"{occurred_at}","properties":${PROPERTIES}}]}`,
    fields: [
      { name: "key", label: "REST API key", secret: true },
      { name: "host", label: "REST endpoint's host, such as rest.fra-01.braze.eu" },
    ],
    deduplicates: false,
    answers: { bodyContains: '"success"' },
    note: "Every event counts there, also one that comes again.",
  },
};

export function readyTool(name: ReadyToolName): ReadyTool {
  return TOOLS[name];
}

const PLACE = /<([a-z]+)>/g;
const HOST_NAME = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;
/** Without what would end a text of JSON, or begin a macro. */
const PLAIN = /^[^{}<>"\\\u0000-\u001f]{1,256}$/;

/** The tool's template for this person (a macro's name, such as `meta.customer_id`) and these values; null where one that is asked for is missing or not of its form. */
export function templateForTool(
  name: ReadyToolName,
  person: string,
  values: Readonly<Record<string, string>>,
): Template | null {
  const tool = TOOLS[name];
  const asked = tool.fields.filter(({ secret }) => !secret);
  if (!macroNamed(person) || !asked.every((field) => isGood(field, values[field.name]))) return null;
  const fill = (text: string) =>
    text.replace(PLACE, (place, own: string) => (own === "person" ? `{${person}}` : (values[own] ?? place)));
  return {
    method: "POST",
    url: fill(tool.url),
    headers: tool.headers,
    basic: tool.basic,
    body: { form: "json", text: fill(tool.body) },
    needs: [person],
  };
}

function isGood({ name, options }: ToolField, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (options) return options.includes(value);
  return name === "host" ? HOST_NAME.test(value) : PLAIN.test(value);
}
