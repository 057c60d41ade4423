/** Calls that tell and erase what is held of a person. */
import { holders } from "../../core/rights.ts";
import { logDeed } from "../audit/deeds.ts";
import { call, NO_BODY } from "../web/call.ts";
import { erasePerson, erasureAnswer } from "./erasing.ts";
import { personAnswer, personalData, personQuery } from "./personal-data.ts";

export const personalCalls = [
  call({
    method: "get",
    path: "/api/personal",
    summary: "Tell what is held of a person, and where, by a click ID or an order",
    roles: holders("personal"),
    query: personQuery,
    body: NO_BODY,
    status: 200,
    answer: personAnswer,
    async handle({ env, caller, nowMs, query }) {
      const deed = { action: "view personal data", kind: "person", subject: "one", after: null } as const;
      await logDeed(env, { by: caller, atMs: nowMs }, deed);
      return personalData(env, query);
    },
  }),
  call({
    method: "delete",
    path: "/api/personal",
    summary:
      "Erase a person, wherever anything is held, by a click ID or an order; sums stay, and what comes again is still known",
    roles: holders("personal"),
    query: personQuery,
    body: NO_BODY,
    status: 202,
    answer: erasureAnswer,
    handle: ({ env, caller, nowMs, query }) => erasePerson(env, query, { by: caller, atMs: nowMs }),
  }),
];
