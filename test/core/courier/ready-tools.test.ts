/** Ready webhooks: what each tool is sent for an approval, letter for letter, as its vendor documents it. */
import { expect, test } from "vitest";
import {
  READY_TOOLS,
  type ReadyToolName,
  readyTool,
  templateForTool,
} from "../../../workers/core/courier/ready-tools.ts";
import { writeRequest } from "../../../workers/core/courier/request-writer.ts";
import { readTemplate } from "../../../workers/core/courier/template-reader.ts";
import { delivery } from "./notices.ts";

const VALUES: Record<ReadyToolName, Record<string, string>> = {
  segment: { host: "api.segment.io" },
  rudderstack: { host: "acme.dataplane.rudderstack.com" },
  klaviyo: { by: "external_id" },
  customerio: { host: "track-eu.customer.io", by: "id" },
  hubspot: { event: "pe1234567_conversion", by: "email" },
  braze: { host: "rest.fra-01.braze.eu" },
};
const SECRETS = { key: "k3y", site: "s1te", token: "t0ken" };

const PROPERTIES = {
  conversion_id: "01jd8zq4x5abcdefghjkmnpqrs",
  sequence: 2,
  order_id: "A-1 & co",
  event: "sale",
  status: "approved",
  from_status: "pending",
  value: 100,
  value_delta: 0,
  currency: "USD",
  offer: "shoes",
  link: "blog-shoes",
  affiliate: "ada",
  coupon: null,
  test: 0,
};
const AT = "2026-11-20T10:00:05.000Z";
const ID = "06dq2m8c9h4kz1r7w3y5t0v6p2";
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const JSON_TYPE = ["content-type", "application/json"];
const TRACK = { userId: "c-1", event: "conversion.approved", properties: PROPERTIES, timestamp: AT, messageId: ID };

const GOLDEN: Record<ReadyToolName, { url: string; headers: string[][]; body: unknown }> = {
  segment: {
    url: "https://api.segment.io/v1/track",
    headers: [["authorization", basic("k3y:")], JSON_TYPE],
    body: TRACK,
  },
  rudderstack: {
    url: "https://acme.dataplane.rudderstack.com/v1/track",
    headers: [["authorization", basic("k3y:")], JSON_TYPE],
    body: TRACK,
  },
  klaviyo: {
    url: "https://a.klaviyo.com/api/events/",
    headers: [
      ["authorization", "Klaviyo-API-Key k3y"],
      ["accept", "application/json"],
      ["revision", "2026-04-15"],
      JSON_TYPE,
    ],
    body: {
      data: {
        type: "event",
        attributes: {
          metric: { data: { type: "metric", attributes: { name: "conversion.approved" } } },
          profile: { data: { type: "profile", attributes: { external_id: "c-1" } } },
          properties: PROPERTIES,
          time: AT,
          value: 100,
          value_currency: "USD",
          unique_id: ID,
        },
      },
    },
  },
  customerio: {
    url: "https://track-eu.customer.io/api/v2/entity",
    headers: [["authorization", basic("s1te:k3y")], JSON_TYPE],
    body: {
      type: "person",
      identifiers: { id: "c-1" },
      action: "event",
      name: "conversion.approved",
      id: ID,
      timestamp: 1_795_168_805,
      attributes: PROPERTIES,
    },
  },
  hubspot: {
    url: "https://api.hubapi.com/events/v3/send",
    headers: [["authorization", "Bearer t0ken"], JSON_TYPE],
    body: { eventName: "pe1234567_conversion", email: "c-1", occurredAt: AT, properties: PROPERTIES },
  },
  braze: {
    url: "https://rest.fra-01.braze.eu/users/track",
    headers: [["authorization", "Bearer k3y"], JSON_TYPE],
    body: { events: [{ external_id: "c-1", name: "conversion.approved", time: AT, properties: PROPERTIES }] },
  },
};

function read(name: ReadyToolName) {
  const template = templateForTool(name, "meta.customer_id", VALUES[name]);
  if (!template) throw new Error("it lacks a value");
  // An advertiser's, which sees the least of the sale's own side, may have it too.
  const result = readTemplate(template, { kind: "tool", owner: { type: "advertiser", number: 2 } });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

test.each(READY_TOOLS)("%s", (name) => {
  const result = writeRequest(read(name), delivery({ meta: { customer_id: "c-1" } }), SECRETS);
  if (!result.ok) throw new Error(result.refusal);
  const { url, headers, body, shown } = result.value;
  expect({ url, headers, body: JSON.parse(body ?? "") }).toEqual(GOLDEN[name]);
  expect(JSON.stringify(shown)).not.toMatch(/k3y|s1te|t0ken/);
  expect(JSON.stringify(shown)).not.toContain(Buffer.from("k3y:").toString("base64").slice(0, 5));
  expect(readyTool(name).page).toMatch(/^https:\/\//);
});

test.each(READY_TOOLS)("%s is sent nothing where no person is known", (name) => {
  expect(writeRequest(read(name), delivery(), SECRETS)).toEqual({ ok: false, refusal: "no_needed_value" });
});

test("only who drops repeats by a key in the body is sent what is in doubt again", () => {
  const again = READY_TOOLS.filter((name) => readyTool(name).deduplicates);
  expect(again).toEqual(["segment", "klaviyo", "customerio"]);
  for (const name of again) expect(readyTool(name).body).toContain("{delivery_id}");
});

test.each<[ReadyToolName, string, Record<string, string>]>([
  ["segment", "nothing", VALUES.segment],
  ["segment", "meta.user", {}],
  ["segment", "meta.user", { host: "api.example.com" }],
  ["braze", "meta.user", { host: "localhost" }],
  ["braze", "meta.user", { host: "a.example.com/x" }],
  ["hubspot", "meta.user", { event: '","a":"', by: "email" }],
  ["hubspot", "meta.user", { event: "{payout}", by: "email" }],
  ["hubspot", "meta.user", { event: "pe1_x", by: "name" }],
])("%s has no template for %s and %o", (name, person, values) => {
  expect(templateForTool(name, person, values)).toBeNull();
});
