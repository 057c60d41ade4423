/** Calls about what-ifs: to look at a period's books under other rules, to read what that comes to, and to apply or drop it. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { parameters } from "../web/input.ts";
import { cursorText } from "../web/listing.ts";
import { apply, applyWhatIf } from "./applying.ts";
import {
  dropWhatIf,
  listWhatIfs,
  lookOnceMore,
  makeWhatIf,
  newWhatIf,
  readConversions,
  readWhatIf,
  whatIfAnswer,
  whatIfConversions,
  whatIfLine,
} from "./store.ts";

const PATH = "/api/what-ifs";

export const whatIfCalls = [
  call({
    method: "get",
    path: PATH,
    summary: "List the last looks at books under other rules",
    roles: holders("what_if"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(whatIfLine) }),
    handle: async ({ env }) => accept(await listWhatIfs(env)),
  }),
  call({
    method: "post",
    path: PATH,
    summary: "Look at an advertiser's books of a period under other rules, beside the real ones; nothing is changed",
    roles: holders("what_if"),
    query: NO_QUERY,
    body: newWhatIf,
    status: 201,
    answer: whatIfAnswer,
    handle: ({ env, caller, nowMs, body }) => makeWhatIf(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: `${PATH}/:number`,
    summary: "Read what a what-if comes to, by affiliate, offer and currency",
    roles: holders("what_if"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: whatIfAnswer,
    handle: ({ env, key }) => readWhatIf(env, key),
  }),
  call({
    method: "get",
    path: `${PATH}/:number/conversions`,
    summary: "List the conversions that come to something else, before and after, a part at a time",
    roles: holders("what_if"),
    query: parameters({ cursor: v.exactOptional(v.pipe(cursorText(/^\d{1,6}$/), v.transform(Number))) }),
    body: NO_BODY,
    status: 200,
    answer: whatIfConversions,
    handle: ({ env, key, query: { cursor = 0 } }) => readConversions(env, key, cursor),
  }),
  call({
    method: "post",
    path: `${PATH}/:number/look`,
    summary: "Look again: at an open what-if in its place, at one that was applied or dropped as a new one",
    roles: holders("what_if"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: whatIfAnswer,
    handle: ({ env, caller, nowMs, key }) => lookOnceMore(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: `${PATH}/:number/apply`,
    summary:
      "Book the differences as adjustments, but for what changed since; sent again it goes on where it broke off, and nothing is booked twice",
    roles: holders("correct"),
    query: NO_QUERY,
    body: applyWhatIf,
    status: 202,
    answer: whatIfAnswer,
    handle: ({ env, caller, nowMs, key, body }) => apply(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: `${PATH}/:number/drop`,
    summary: "Drop a what-if that is open: it is kept, and cannot be applied",
    roles: holders("what_if"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: whatIfAnswer,
    handle: ({ env, caller, nowMs, key }) => dropWhatIf(env, key, { by: caller, atMs: nowMs }),
  }),
];
