/** Calls about alerts. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { ADMINS, OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { alertAnswer } from "./alert.ts";
import { alertList, listAlerts } from "./list.ts";
import { changeWebhook, webhookChange } from "./webhook-setting.ts";

export const alertCalls = [
  call({
    method: "get",
    path: "/api/alerts",
    summary: "List alerts, newest first: what was found wrong, since when, and where the rows are",
    roles: OPERATORS,
    query: alertList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(alertAnswer),
    handle: async ({ env, query }) => accept(await listAlerts(env, query)),
  }),
  call({
    method: "patch",
    path: "/api/alerts/webhook",
    summary: "Set the webhook that alerts are sent to, in Slack's form; null sends them nowhere",
    roles: ADMINS,
    query: NO_QUERY,
    body: webhookChange,
    status: 200,
    answer: v.object({ set: v.boolean() }),
    async handle({ env, caller, nowMs, body, request }) {
      await changeWebhook(env, body, new URL(request.url).origin, { by: caller, atMs: nowMs });
      return accept({ set: body.url !== null });
    },
  }),
];
