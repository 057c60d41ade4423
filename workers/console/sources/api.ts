/** Calls about sources: shops' own webhooks. */
import { ADMINS } from "../../core/roles.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_QUERY } from "../web/call.ts";
import { newSource, sourceAnswer, sourceChange, sourceList } from "./fields.ts";
import { readSampleOf, sampleAnswer, sampled } from "./sample.ts";
import { changeSource, createSource, listSources, readSource } from "./store.ts";

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
    method: "post",
    path: "/api/sources/:slug/sample",
    summary:
      "Read a sample of a source's webhook, by its rules or by those that are sent along, and say what the books would be told",
    roles: ADMINS,
    query: NO_QUERY,
    body: sampled,
    status: 200,
    answer: sampleAnswer,
    handle: ({ env, caller, key, body }) => readSampleOf(env, caller, key, body),
  }),
];
