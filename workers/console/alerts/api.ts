/** Calls about alerts. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { alertAnswer } from "./alert.ts";
import { alertAddress, changeAlertAddress } from "./alert-destination.ts";
import { alertList, listAlerts } from "./list.ts";

export const alertCalls = [
  call({
    method: "get",
    path: "/api/alerts",
    summary: "List alerts, newest first: what was found wrong, since when, and where the rows are",
    roles: OPERATORS,
    query: alertList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Alert", alertAnswer)),
    handle: async ({ env, query }) => accept(await listAlerts(env, query)),
  }),
  call({
    method: "patch",
    path: "/api/alerts/webhook",
    summary: "Have alerts told at an address, in Slack's, Discord's or our own form: makes a destination; null ends it",
    roles: holders("alerts"),
    query: NO_QUERY,
    body: alertAddress,
    status: 200,
    answer: v.object({ set: v.boolean() }),
    async handle({ env, caller, nowMs, body, request }) {
      const { origin } = new URL(request.url);
      const changed = await changeAlertAddress(env, body, origin, { by: caller, atMs: nowMs });
      return changed.ok ? accept({ set: body.url !== null }) : changed;
    },
  }),
];
