/** Calls about destinations: their set-up, what verifies a webhook, and ready templates. */
import * as v from "valibot";
import { webhookJsonSchema } from "../../core/courier/webhook-schema.ts";
import { PLATFORM_NAMES, type PlatformName } from "../../core/platforms/platform-target.ts";
import { PLATFORMS } from "../../core/platforms/platforms.ts";
import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { parameters } from "../web/input.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import {
  deliveryAnswer,
  deliveryDetailAnswer,
  deliveryList,
  listDeliveries,
  readDelivery,
  readStatus,
  statusAnswer,
} from "./deliveries.ts";
import { destinationAnswer, destinationChange, destinationList, newDestination } from "./fields.ts";
import {
  backfillAnswer,
  backfillDestination,
  backfillOrder,
  countedAnswer,
  moveDeliveries,
  pauseDestination,
  resumeDestination,
  selection,
  stopBackfill,
  testDestination,
} from "./operations.ts";
import { READY_TEMPLATES } from "./ready-templates.ts";
import { resealAnswer, resealPage, resealQuery } from "./resealing.ts";
import { changeDestination, createDestination, listDestinations, readDestination } from "./store.ts";
import { credentialsOf, rotateWebhook, rotation, webhookSecretOf } from "./webhook-secret.ts";

const templateAnswer = v.object({
  name: v.string(),
  kind: v.picklist(["source", "tracker", "tool"]),
  fields: v.array(
    v.object({
      name: v.string(),
      label: v.string(),
      secret: v.boolean(),
      options: v.nullable(v.array(v.string())),
    }),
  ),
  click_token: v.nullable(v.string()),
  note: v.nullable(v.string()),
  source: v.string(),
});

const platformAnswer = v.object({
  name: v.string(),
  label: v.string(),
  click_ids: v.array(v.string()),
  fields: v.array(
    v.object({
      name: v.string(),
      label: v.string(),
      secret: v.boolean(),
      required: v.boolean(),
      options: v.nullable(v.array(v.string())),
      help: v.string(),
    }),
  ),
  event_name: v.string(),
  window_days: v.number(),
  window_from: v.picklist(["event", "click"]),
  refunds: v.nullable(v.string()),
  test: v.nullable(v.string()),
  missing: v.array(v.string()),
  unsure: v.array(v.string()),
});

const secretAnswer = v.object({ secret: v.nullable(v.string()) });

function platformView(name: PlatformName): v.InferOutput<typeof platformAnswer> {
  const { label, clickIds, fields, eventName, window, refunds, test, missing, unsure } = PLATFORMS[name];
  return {
    name,
    label,
    click_ids: [...clickIds],
    fields: fields.map(({ name, label, secret = false, required, options, help }) => ({
      ...{ name, label, secret, required, help },
      options: options ? [...options] : null,
    })),
    event_name: `${eventName.label}: ${eventName.help}`,
    window_days: window.ms / DAY_MS,
    window_from: window.from,
    refunds,
    test: test?.how ?? null,
    missing: [...missing],
    unsure: [...unsure],
  };
}

export const destinationCalls = [
  call({
    method: "get",
    path: "/api/ready-templates",
    summary: "List ready templates, with what each asks for and the click token that goes into the link",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(templateAnswer) }),
    handle: async () =>
      accept({
        items: [...READY_TEMPLATES.values()].map(({ name, kind, fields, clickToken, note, source }) => ({
          name,
          kind,
          fields: fields.map(({ name, label, secret = false, options = null }) => ({ name, label, secret, options })),
          click_token: clickToken,
          note,
          source,
        })),
      }),
  }),
  call({
    method: "get",
    path: "/api/ad-platforms",
    summary: "List ad platforms, with what each asks for, hears of, and cannot do",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(platformAnswer) }),
    handle: async () => accept({ items: PLATFORM_NAMES.map(platformView) }),
  }),
  call({
    method: "get",
    path: "/api/webhook-schema",
    summary: "The JSON Schema (2020-12) of what webhooks are told",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.record(v.string(), v.unknown()),
    handle: async () => accept(webhookJsonSchema()),
  }),
  call({
    method: "post",
    path: "/api/destinations/reseal",
    summary: "Seal the secrets of destinations anew under the courier's newest key, a page at a time",
    roles: holders("repair"),
    query: resealQuery,
    body: NO_BODY,
    status: 200,
    answer: resealAnswer,
    handle: ({ env, caller, nowMs, query }) => resealPage(env, query, { by: caller, atMs: nowMs }),
  }),
  ...setUpCalls({
    path: "/api/destinations",
    one: "a destination",
    many: "destinations",
    createSummary: "Create a destination; answers what was made of its template",
    changeSummary: "Change a destination; what waits goes by the new one",
    writers: holders("destinations"),
    newOne: newDestination,
    change: destinationChange,
    query: destinationList,
    answer: destinationAnswer,
    savedAnswer: destinationAnswer,
    createdAnswer: v.object({ ...destinationAnswer.entries, ...secretAnswer.entries }),
    async create(env, input, change) {
      const created = await createDestination(env, input, change);
      if (!created.ok) return created;
      if (!may(change.by, "signing")) return accept({ ...created.value, secret: null });
      // Where the courier is away, the credentials tell it later.
      const secret = await webhookSecretOf(env, change.by, input.slug);
      return accept({ ...created.value, secret: secret.ok ? secret.value : null });
    },
    read: readDestination,
    list: listDestinations,
    save: changeDestination,
  }),
  call({
    method: "get",
    path: "/api/destinations/:slug/credentials",
    summary: "Show what a webhook's receiver verifies by",
    roles: holders("signing"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: named("DestinationSecret", secretAnswer),
    handle: ({ env, caller, nowMs, key }) => credentialsOf(env, caller, key, nowMs),
  }),
  call({
    method: "post",
    path: "/api/destinations/:slug/rotate",
    summary: "Give a webhook a new secret; the one before it signs too until then, a day unless said",
    roles: holders("signing"),
    query: NO_QUERY,
    body: rotation,
    status: 200,
    answer: named("DestinationSecret", secretAnswer),
    handle: ({ env, caller, nowMs, key, body }) => rotateWebhook(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/destinations/:slug/status",
    summary:
      "Say how a destination fares: whether anything goes there, what waits, and what came of the last deliveries",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: statusAnswer,
    handle: ({ env, caller, key }) => readStatus(env, caller, key),
  }),
  ...(
    [
      ["pause", "Pause a destination: what is to be told waits", pauseDestination],
      ["resume", "Turn a destination on again, whoever turned it off", resumeDestination],
    ] as const
  ).map(([verb, summary, act]) =>
    call({
      method: "post",
      path: `/api/destinations/:slug/${verb}`,
      summary,
      roles: holders("destinations"),
      query: NO_QUERY,
      body: NO_BODY,
      status: 200,
      answer: destinationAnswer,
      handle: ({ env, caller, nowMs, key }) => act(env, key, { by: caller, atMs: nowMs }),
    }),
  ),
  call({
    method: "post",
    path: "/api/destinations/:slug/test",
    summary: "Send a made-up conversion, marked as a test; answers its delivery",
    roles: holders("destinations"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 202,
    answer: v.object({ delivery_id: v.string() }),
    handle: ({ env, caller, nowMs, key }) => testDestination(env, key, { by: caller, atMs: nowMs }),
  }),
  ...(
    [
      ["replay", "Send deliveries again: under a new ID what was told, under its own what was not"],
      ["cancel", "End deliveries that were not told yet"],
    ] as const
  ).map(([verb, summary]) =>
    call({
      method: "post",
      path: `/api/destinations/:slug/${verb}`,
      summary,
      roles: holders("destinations"),
      query: NO_QUERY,
      body: selection,
      status: 202,
      answer: named("CountedDeliveries", countedAnswer),
      handle: ({ env, caller, nowMs, key, body }) => moveDeliveries(env, verb, key, body, { by: caller, atMs: nowMs }),
    }),
  ),
  call({
    method: "post",
    path: "/api/destinations/:slug/backfill",
    summary: "Tell a destination what was booked in a range of time; with dry_run, say what that would be",
    roles: holders("replay"),
    query: NO_QUERY,
    body: backfillOrder,
    status: 202,
    answer: backfillAnswer,
    handle: ({ env, caller, nowMs, key, body }) => backfillDestination(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/destinations/:slug/stop-backfill",
    summary: "Stop the backfill of a destination; what it took already is told",
    roles: holders("replay"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key }) => stopBackfill(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/deliveries",
    summary: "List deliveries, newest first",
    roles: EVERYONE,
    query: deliveryList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Delivery", deliveryAnswer)),
    handle: ({ env, caller, query }) => listDeliveries(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/deliveries/:delivery",
    summary: "Read a delivery of a destination, with what each try sent, secrets blanked, and what came back",
    roles: EVERYONE,
    query: parameters({ destination: v.string() }),
    body: NO_BODY,
    status: 200,
    answer: deliveryDetailAnswer,
    handle: ({ env, caller, key, query }) => readDelivery(env, caller, query.destination, key),
  }),
];
