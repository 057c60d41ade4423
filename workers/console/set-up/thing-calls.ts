/** The four calls about each kind of thing that is set up: create, list, read and change it. */
import type * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { EVERYONE, type Role } from "../../core/roles.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { type Call, call, NO_BODY, NO_QUERY } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import type { Schema } from "../web/input.ts";
import { type ListPage, pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import type { Problem } from "../web/problem.ts";

interface CallsOf<New, Changed, Query> {
  /** `/api/offers` */
  path: string;
  /** `an offer`, `offers` */
  one: string;
  many: string;
  /** How one is answered, and how one that was just created or changed. */
  answer: v.GenericSchema;
  savedAnswer: v.GenericSchema;
  /** Where creation answers more than that. */
  createdAnswer?: v.GenericSchema;
  createSummary?: string;
  changeSummary: string;
  newOne: Schema<New>;
  change: Schema<Changed>;
  /** Who may create and change one: admins, unless said. */
  writers?: readonly Role[];
  query: Schema<Query>;
  create(env: Env, input: New, change: ChangeStamp): Promise<Result<unknown, Problem>>;
  read(env: Env, caller: Caller, key: string): Promise<Result<unknown, Problem>>;
  list(env: Env, caller: Caller, query: Query): Promise<ListPage<unknown>>;
  save(env: Env, key: string, input: Changed, change: ChangeStamp): Promise<Result<unknown, Problem>>;
}

export function setUpCalls<New, Changed, Query>(of: CallsOf<New, Changed, Query>): Call[] {
  // `an offer` is an `Offer`, `a tracker: another …` a `Tracker`.
  const noun = of.one.replace(/^an? (\w)(\w*).*$/s, (_, first: string, rest: string) => first.toUpperCase() + rest);
  const answer = named(noun, of.answer);
  const saved = of.savedAnswer === of.answer ? answer : named(`Saved${noun}`, of.savedAnswer);
  return [
    call({
      method: "post",
      path: of.path,
      summary: of.createSummary ?? `Create ${of.one}`,
      roles: of.writers ?? holders("set_up"),
      query: NO_QUERY,
      body: named(`New${noun}`, of.newOne),
      status: 201,
      answer: of.createdAnswer ? named(`Created${noun}`, of.createdAnswer) : saved,
      handle: ({ env, caller, nowMs, body }) => of.create(env, body, { by: caller, atMs: nowMs }),
    }),
    call({
      method: "get",
      path: of.path,
      summary: `List ${of.many}`,
      roles: EVERYONE,
      query: of.query,
      body: NO_BODY,
      status: 200,
      answer: pageAnswer(answer),
      async handle({ env, caller, query }) {
        const unknown = await unknownSlug(env.DB, caller, query);
        return unknown === null ? accept(await of.list(env, caller, query)) : refuse(unknown);
      },
    }),
    call({
      method: "get",
      path: `${of.path}/:slug`,
      summary: `Read ${of.one}`,
      roles: EVERYONE,
      query: NO_QUERY,
      body: NO_BODY,
      status: 200,
      answer,
      handle: ({ env, caller, key }) => of.read(env, caller, key),
    }),
    call({
      method: "patch",
      path: `${of.path}/:slug`,
      summary: of.changeSummary,
      roles: of.writers ?? holders("set_up"),
      query: NO_QUERY,
      body: named(`${noun}Change`, of.change),
      status: 200,
      answer: saved,
      handle: ({ env, caller, nowMs, key, body }) => of.save(env, key, body, { by: caller, atMs: nowMs }),
    }),
  ];
}
