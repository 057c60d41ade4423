/** Calls about notes. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { listNotes, newNote, noteAnswer, noteList, removeNote, writeNote } from "./store.ts";

export const noteCalls = [
  call({
    method: "get",
    path: "/api/notes",
    summary: "List operators' notes, newest first: all, or those on one thing",
    roles: OPERATORS,
    query: noteList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(noteAnswer),
    handle: async ({ env, caller, query }) => accept(await listNotes(env, caller, query)),
  }),
  call({
    method: "post",
    path: "/api/notes",
    summary:
      "Write a note for operators: on an advertiser, an affiliate, an offer, a link or a destination by its slug, on a conversion by its ID, a statement by its number, a postback or a claim by its receipt",
    roles: holders("notes"),
    query: NO_QUERY,
    body: newNote,
    status: 201,
    answer: noteAnswer,
    handle: ({ env, caller, nowMs, body }) => writeNote(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: "/api/notes/:note",
    summary: "Take a note back; its words are gone",
    roles: holders("notes"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    async handle({ env, caller, nowMs, key }) {
      const removed = await removeNote(env, key, { by: caller, atMs: nowMs });
      return removed.ok ? accept(null) : removed;
    },
  }),
];
