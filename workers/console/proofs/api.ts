/** Calls about the signed log, for who holds it against the books. */
import * as v from "valibot";
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { logDeed } from "../audit/deeds.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { wholeNumberText } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { checkLogPage, LOG_WALKS } from "./check-minutes.ts";
import { proveReceipt } from "./receipt-proof.ts";
import { listRestorations, restorationsAnswer, sayRestored } from "./restorations.ts";

/** What operators call the database that this is about. */
const DATABASE = "books";
const MOST = 999_999_999_999;
const number = wholeNumberText(0, MOST, "Write the number that the page before gave as next.");

export const proofCalls = [
  call({
    method: "get",
    path: "/api/proofs/:receipt",
    summary: "Prove a message: its leaf in the journal, and the way from it to the newest signed checkpoint",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    handle: ({ env, caller, key }) => proveReceipt(env, caller, key),
  }),
  call({
    method: "get",
    path: "/api/signed-log/verification",
    summary: "Hold a page of the signed log against the journals, the audit log and the click log that it is made of",
    roles: holders("repair"),
    query: parameters({ walk: v.picklist(LOG_WALKS), after: v.exactOptional(number) }),
    body: NO_BODY,
    status: 200,
    handle: async ({ env, query }) => accept(await checkLogPage(env, query.walk, query.after ?? 0)),
  }),
  call({
    method: "get",
    path: "/api/signed-log/restorations",
    summary: "Tell where the books' database was found taken back behind the signed log, and what was said of it",
    roles: holders("repair"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: restorationsAnswer,
    handle: async ({ env }) => accept(await listRestorations(env)),
  }),
  call({
    method: "post",
    path: "/api/signed-log/restorations",
    summary:
      "Say that the books' database was restored where it was found taken back: the signed log has it within a minute",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({
      name: v.pipe(v.string(), v.description("`books`, once more: whoever means another database is stopped.")),
    }),
    status: 200,
    answer: restorationsAnswer,
    async handle({ env, caller, nowMs, body }) {
      if (body.name !== DATABASE)
        return refuse({
          name: "not_now",
          detail: `Write "${DATABASE}" as the name: it says that this database is meant.`,
        });
      if ((await sayRestored(env, caller.name, nowMs)) === 0)
        return refuse({
          name: "not_now",
          detail: "The database was not found taken back, or it is said already. The ledger looks every minute.",
        });
      const deed = { action: "repair", kind: "edge", subject: DATABASE, after: { database: "restored" } } as const;
      await logDeed(env, { by: caller, atMs: nowMs }, deed);
      return accept(await listRestorations(env));
    },
  }),
];
