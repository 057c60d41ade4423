/** The two calls about a whole list: it goes out as CSV, and comes in. */
import * as v from "valibot";
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { type Call, call, NO_BODY } from "../web/call.ts";
import { noSuchColumn, parameters, type Schema } from "../web/input.ts";
import { readText } from "../web/sent-text.ts";
import { LIST_TYPE, type ListFileQuery, listFile } from "./list-export.ts";
import { importList, lookAnswer } from "./list-import.ts";
import { columnsOf, type ListedThing, type ListKind, type StoredThing } from "./list-kind.ts";

export const MAX_LIST_BYTES = 4 * 1_048_576;

/** `GET /api/exports/links.csv`, `POST /api/links/import`. */
export function listCalls<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  kind: ListKind<Made, One, New>,
  query: Schema<ListFileQuery>,
): Call[] {
  return [
    call({
      method: "get",
      path: `/api/exports/${kind.many}.csv`,
      summary: `Export ${kind.many} as CSV, which the import takes back`,
      roles: kind.roles,
      query,
      body: NO_BODY,
      status: 200,
      produces: [LIST_TYPE],
      async handle({ env, caller, nowMs, query }) {
        const unknown =
          noSuchColumn(columnsOf(kind, caller.role), query.columns) ?? (await unknownSlug(env.DB, caller, query));
        if (unknown !== null) return refuse(unknown);
        const deed = { action: "export", kind: "export", subject: `${kind.many}.csv`, after: null } as const;
        await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
        return accept(listFile(env, caller, kind, query));
      },
    }),
    call({
      method: "post",
      path: `/api/${kind.many}/import`,
      summary: `Look at what a CSV of ${kind.many} would make and change; with the look that was answered, do all of that or nothing`,
      roles: holders("set_up"),
      query: parameters({ look: v.exactOptional(v.pipe(v.string(), v.regex(/^[\da-f]{64}$/, LOOK_ADVICE))) }),
      body: NO_BODY,
      takes: ["text/csv"],
      status: 200,
      answer: lookAnswer,
      async handle({ env, caller, nowMs, query, request }) {
        const text = await readText(request, MAX_LIST_BYTES);
        return text.ok ? importList(env, kind, text.value, query.look, { by: caller, atMs: nowMs }) : text;
      },
    }),
  ];
}

const LOOK_ADVICE = "Send what the answer to the same list without it said as its look.";
