/** Calls about sources: shops' own webhooks. */
import { holders } from "../../core/rights.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { newSource, sourceAnswer, sourceChange, sourceList, wholeSource } from "./fields.ts";
import { readSampleOf, sampleAnswer, sampled } from "./sample.ts";
import { changeSource, createSource, listSources, readSource, setSource } from "./store.ts";

export const sourceCalls = [
  ...setUpCalls({
    path: "/api/sources",
    one: "a source: a shop's or billing platform's own webhooks",
    many: "sources",
    changeSummary: "Change how a source's webhooks are read, its secret, or whether they are taken",
    newOne: newSource,
    change: sourceChange,
    query: sourceList,
    answer: sourceAnswer,
    savedAnswer: sourceAnswer,
    create: createSource,
    read: readSource,
    list: listSources,
    save: changeSource,
  }),
  call({
    method: "put",
    path: "/api/advertisers/:slug/sources/:source",
    summary: "Make the source at this path of an advertiser what is sent: a new one, or the one that is there",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: wholeSource,
    status: 200,
    answer: sourceAnswer,
    handle: ({ env, caller, nowMs, key, place, body }) =>
      setSource(env, { advertiser: key, path: place.source ?? "" }, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: "/api/advertisers/:slug/sources/:source",
    summary: "End the source at this path of an advertiser: what it sends is refused from now on",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key, place }) =>
      changeSource(env, `${key}.${place.source}`, { status: "ended" }, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/sources/:slug/sample",
    summary:
      "Read a sample of a source's webhook, by its rules or by those that are sent along, and say what the books would be told",
    roles: holders("try"),
    query: NO_QUERY,
    body: sampled,
    status: 200,
    answer: sampleAnswer,
    handle: ({ env, caller, key, body }) => readSampleOf(env, caller, key, body),
  }),
];
