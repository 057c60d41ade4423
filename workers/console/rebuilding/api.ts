/** Calls that make an advertiser's object anew from the archive of its commands, and what it took since from the postback log. */
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import { logDeed, logDeedHourly } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { type CallRequest, call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { instant, wholeNumber, wholeNumberText } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { commandsAnswer, verifyCommands } from "./check-commands.ts";
import {
  archiveNow,
  beginRewriting,
  emptyPieces,
  findPiece,
  PIECE_TYPE,
  rebuildAnswer,
  rebuildStep,
  stateAnswer,
  tellState,
} from "./command-pieces.ts";
import { sendMissing, sentAnswer } from "./missing-messages.ts";

const MOST_PIECES = 999_999;

/** What most of these calls need. */
type Asked = Pick<CallRequest<unknown, unknown>, "env" | "caller" | "key">;

export const rebuildingCalls = [
  call({
    method: "get",
    path: "/api/rebuilding/:slug",
    summary: "Tell what an advertiser's object holds, and how far the archive of its commands is",
    roles: holders("repair"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: stateAnswer,
    async handle(asked) {
      const number = await numberOf(asked);
      return number.ok ? accept(await tellState(asked.env, number.value)) : number;
    },
  }),
  call({
    method: "get",
    path: "/api/rebuilding/:slug/piece",
    summary: "Fetch a piece of the archive of an advertiser's commands by its number",
    roles: holders("repair"),
    query: parameters({ number: wholeNumberText(1, MOST_PIECES, "Write the number of a piece, such as 12.") }),
    body: NO_BODY,
    status: 200,
    produces: [PIECE_TYPE],
    async handle(asked) {
      const { env, caller, key, nowMs, query } = asked;
      const number = await numberOf(asked);
      if (!number.ok) return number;
      const object = await findPiece(env, number.value, query.number);
      if (!object) return refuse(notFound("piece of the archive", String(query.number)));
      const deed = { action: "export", kind: "export", subject: `commands of ${key}`, after: null } as const;
      await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      const headers = { "content-type": PIECE_TYPE, "content-length": String(object.size) };
      return accept(new Response(object.body, { headers }));
    },
  }),
  call({
    method: "get",
    path: "/api/rebuilding/:slug/verification",
    summary:
      "Read pieces of the archive of an advertiser's commands back, and hold them against its object, a page at a time",
    roles: OPERATORS,
    query: parameters({
      after: v.exactOptional(wholeNumberText(0, MOST_PIECES, "Write what the page before gave as next.")),
    }),
    body: NO_BODY,
    status: 200,
    answer: commandsAnswer,
    async handle(asked) {
      const number = await numberOf(asked);
      return number.ok ? accept(await verifyCommands(asked.env, number.value, asked.query.after ?? 0)) : number;
    },
  }),
  call({
    method: "post",
    path: "/api/rebuilding/:slug/archive",
    summary: "Archive now what an advertiser's object took since the last hour",
    roles: holders("repair"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ archived: v.picklist(["all", "more", "lost"]) }),
    async handle(asked) {
      const number = await numberOf(asked);
      return number.ok ? accept({ archived: await archiveNow(asked.env, number.value) }) : number;
    },
  }),
  call({
    method: "post",
    path: "/api/rebuilding/:slug/rewriting",
    summary:
      "Begin to write the archive of an advertiser's commands anew, where a piece of it is damaged: archive then until all is",
    roles: holders("repair"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ begun: v.literal(true) }),
    async handle(asked) {
      const { env, caller, key, nowMs } = asked;
      const number = await numberOf(asked);
      if (!number.ok) return number;
      const begun = await beginRewriting(env, number.value);
      const deed = { action: "repair", kind: "advertiser", subject: key, after: { archive: "written anew" } } as const;
      if (begun.ok) await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      return begun;
    },
  }),
  call({
    method: "post",
    path: "/api/rebuilding/:slug/emptying",
    summary:
      "Empty pieces that are not needed since the archive of an advertiser's commands was written anew, a page at a time",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({ after: v.optional(wholeNumber(0, MOST_PIECES), 0) }),
    status: 200,
    answer: v.object({ next: v.nullable(v.number()) }),
    async handle(asked) {
      const number = await numberOf(asked);
      if (!number.ok) return number;
      return accept({ next: await emptyPieces(asked.env, number.value, asked.body.after) });
    },
  }),
  call({
    method: "post",
    path: "/api/rebuilding/:slug",
    summary: "Make a part of an advertiser's object anew from the archive of its commands; call it until it is done",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({
      name: v.pipe(v.string(), v.description("The advertiser's slug once more: whoever means another one is stopped.")),
      over: v.pipe(v.optional(v.boolean(), false), v.description("An object that holds books is emptied first.")),
    }),
    status: 200,
    answer: rebuildAnswer,
    async handle(asked) {
      const { env, caller, key, nowMs, body } = asked;
      const number = await numberOf(asked);
      if (!number.ok) return number;
      if (body.name !== key)
        return refuse({
          name: "not_now",
          detail: `Write ${JSON.stringify(key)} as the name: it says that this advertiser is meant.`,
        });
      const deed = {
        action: "repair",
        kind: "advertiser",
        subject: key,
        after: { object: "rebuilt", over: body.over },
      } as const;
      await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      return rebuildStep(env, number.value, { over: body.over, by: caller.name });
    },
  }),
  call({
    method: "post",
    path: "/api/rebuilding/:slug/messages",
    summary:
      "Send messages of the postback log that an advertiser's object lacks to the ledger again, a page at a time",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({
      since: v.pipe(instant, v.description("Those that were settled at that time or later.")),
      after: v.optional(v.string(), ""),
    }),
    status: 202,
    answer: sentAnswer,
    async handle(asked) {
      const { env, caller, key, nowMs, body } = asked;
      const number = await numberOf(asked);
      if (!number.ok) return number;
      const sent = await sendMissing(env, number.value, body.since, body.after);
      if (sent.ok)
        await logDeed(
          env,
          { by: caller, atMs: nowMs },
          { action: "replay", kind: "postbacks", subject: key, after: sent.value },
        );
      return sent;
    },
  }),
];

async function numberOf({ env, caller, key }: Asked & { env: Env }): Promise<Result<number, Problem>> {
  const advertiser = await findAdvertiser(env, caller, key);
  return advertiser.ok ? accept(advertiser.value.row.number) : advertiser;
}
