/** Calls about signals, for operators alone: what they say, which rows they name, and what is set of them. */
import * as v from "valibot";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { listNamedRows, listSignals, namedRowAnswer, namedRowList, readSignal, signalList } from "./list.ts";
import { changeSetting, listSettings, settingAnswer, settingChange, settingsQuery } from "./signal-settings.ts";
import { signalAnswer } from "./signal-view.ts";

export const signalCalls = [
  call({
    method: "get",
    path: "/api/signals",
    summary: "List fraud signals, newest first: what is said of which affiliate on which offer, beside its peers",
    roles: OPERATORS,
    query: signalList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Signal", signalAnswer)),
    handle: ({ env, caller, query }) => listSignals(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/signals/:number",
    summary: "Read a fraud signal",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: named("Signal", signalAnswer),
    handle: ({ env, key }) => readSignal(env, key),
  }),
  call({
    method: "get",
    path: "/api/signals/:number/rows",
    summary:
      "List the conversions or claims that a fraud signal names, newest first, with what was decided of each since",
    roles: OPERATORS,
    query: namedRowList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("SignalRow", namedRowAnswer)),
    handle: ({ env, key, query }) => listNamedRows(env, key, query),
  }),
  call({
    method: "get",
    path: "/api/signal-settings",
    summary: "List what is set of all fraud signals, on an offer or on all, and how often each was right",
    roles: OPERATORS,
    query: settingsQuery,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(named("SignalSetting", settingAnswer)) }),
    handle: ({ env, query }) => listSettings(env, query),
  }),
  call({
    method: "patch",
    path: "/api/signal-settings/:signal",
    summary:
      "Set whether a fraud signal is off, shown or holds what it names, and its thresholds: on an offer, or on all",
    roles: holders("review"),
    query: NO_QUERY,
    body: settingChange,
    status: 200,
    answer: named("SignalSetting", settingAnswer),
    handle: ({ env, caller, nowMs, key, body }) => changeSetting(env, key, body, { by: caller, atMs: nowMs }),
  }),
];
