/** Calls that hold D1 against the objects, and have rows written anew. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import { logDeed } from "../audit/deeds.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { wholeNumberText } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { checkJournalPage, JOURNAL_WALKS } from "./journal-pages.ts";
import { askForRepair, verifyPage, WALKS } from "./verify.ts";

const MIN_AGE_S = 300;
const MAX_REPAIRED = 200;

const wholeSeconds = wholeNumberText(0, 999_999, "Write whole seconds, such as 300.");
const keys = v.optional(
  v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[0-9a-z]{26}$/, "Write 26 letters and digits."))),
    v.maxLength(MAX_REPAIRED, `At most ${MAX_REPAIRED} at once.`),
  ),
  [],
);

export const verificationCalls = [
  call({
    method: "get",
    path: "/api/verification/:slug",
    summary: "Hold a page of an advertiser's rows in D1 against what its object holds",
    roles: holders("repair"),
    query: parameters({
      walk: v.picklist(WALKS),
      after: v.optional(v.string(), ""),
      min_age_s: v.exactOptional(wholeSeconds),
    }),
    body: NO_BODY,
    status: 200,
    async handle({ env, caller, key, nowMs, query }) {
      const advertiser = await findAdvertiser(env, caller, key);
      if (!advertiser.ok) return advertiser;
      return accept(
        await verifyPage(
          env,
          advertiser.value.row.number,
          query.walk,
          query.after,
          nowMs,
          (query.min_age_s ?? MIN_AGE_S) * 1_000,
        ),
      );
    },
  }),
  call({
    method: "get",
    path: "/api/verification/:slug/journal",
    summary: "Hold a page of an advertiser's books against their journal",
    roles: holders("repair"),
    query: parameters({ walk: v.picklist(JOURNAL_WALKS), after: v.optional(v.string(), "") }),
    body: NO_BODY,
    status: 200,
    async handle({ env, caller, key, query }) {
      const advertiser = await findAdvertiser(env, caller, key);
      if (!advertiser.ok) return advertiser;
      return accept(await checkJournalPage(env, advertiser.value.row.number, query.walk, query.after));
    },
  }),
  call({
    method: "post",
    path: "/api/verification/:slug/repair",
    summary: "Have rows of D1 written anew from what the advertiser's object holds, and removed where it holds none",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({ receipts: keys, conversions: keys }),
    status: 202,
    async handle({ env, caller, key, nowMs, body }) {
      const advertiser = await findAdvertiser(env, caller, key);
      if (!advertiser.ok) return advertiser;
      const deed = { action: "repair", kind: "advertiser", subject: key, after: body } as const;
      await logDeed(env, { by: caller, atMs: nowMs }, deed);
      await askForRepair(env, advertiser.value.row.number, body.receipts, body.conversions);
      return accept({ queued: body.receipts.length + body.conversions.length });
    },
  }),
];
