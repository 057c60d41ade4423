/** Calls about trackers: other trackers that are spoken here, and the aliases of their placed links. */
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import {
  aliasAnswer,
  aliasesAnswer,
  aliasList,
  deleteAliases,
  goneAliases,
  goneAnswer,
  listAliases,
  MOST_ALIASES,
  saveAliases,
  setAliases,
} from "./aliases.ts";
import { newTracker, trackerAnswer, trackerChange, trackerList } from "./fields.ts";
import { changeTracker, createTracker, listTrackers, readTracker } from "./store.ts";

const ALIASES = "/api/trackers/:slug/aliases";

export const trackerCalls = [
  ...setUpCalls({
    path: "/api/trackers",
    one: "a tracker: another tracker whose links and postback URLs work here",
    many: "trackers",
    changeSummary: "Change where another tracker's links and postbacks come, how they are read, or whether they are",
    newOne: newTracker,
    change: trackerChange,
    query: trackerList,
    answer: trackerAnswer,
    savedAnswer: trackerAnswer,
    create: createTracker,
    read: readTracker,
    list: listTrackers,
    save: changeTracker,
  }),
  call({
    method: "put",
    path: ALIASES,
    summary: `Set which link each of a tracker's placed links means, ${MOST_ALIASES} at once; the others stay, and what is wrong is told by its place`,
    roles: holders("set_up"),
    query: NO_QUERY,
    body: setAliases,
    status: 200,
    answer: aliasesAnswer,
    handle: ({ env, caller, nowMs, key, body }) => saveAliases(env, key, body.aliases, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: ALIASES,
    summary: "List a tracker's aliases",
    roles: OPERATORS,
    query: aliasList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Alias", aliasAnswer)),
    handle: ({ env, caller, key, query }) => listAliases(env, caller, key, query),
  }),
  call({
    method: "delete",
    path: ALIASES,
    summary: "Take some of a tracker's aliases away, named in the body",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: goneAliases,
    status: 200,
    answer: goneAnswer,
    handle: ({ env, caller, nowMs, key, body }) => deleteAliases(env, key, body.aliases, { by: caller, atMs: nowMs }),
  }),
];
