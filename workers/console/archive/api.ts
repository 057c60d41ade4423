/** Calls about the archive: what it holds, whether it still does, and its files. */
import * as v from "valibot";
import { LOGS, type Log } from "../../core/archive-piece.ts";
import { PARQUET_TYPE } from "../../core/parquet-format.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { instant } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS, pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { archiveAgain, verificationAnswer, verifyPieces } from "./piece-check.ts";
import { listPieces, pieceAnswer, pieceList, summariseArchive, summaryAnswer } from "./pieces.ts";

const MAX_HOURS = 200;

const pieceFile = parameters({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z]+\/date=\d{4}-\d\d-\d\d\/hour=\d\d(-\d{1,3})?\.parquet$/, "Write a name as the list says it."),
  ),
});

export const archiveCalls = [
  call({
    method: "get",
    path: "/api/archive",
    summary: "Sum up what the archive holds of each log, and what waits to be archived",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: summaryAnswer,
    handle: async ({ env }) => accept(await summariseArchive(env)),
  }),
  call({
    method: "get",
    path: "/api/archive/:log",
    summary: "List the archive's pieces of a log: the manifest",
    roles: OPERATORS,
    query: pieceList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("ArchivePiece", pieceAnswer)),
    handle: async ({ env, key, query }) => {
      const log = readLog(key);
      return log.ok ? accept(await listPieces(env, log.value, query)) : log;
    },
  }),
  call({
    method: "get",
    path: "/api/archive/:log/file",
    summary: "Fetch a piece of the archive by its name",
    roles: OPERATORS,
    query: pieceFile,
    body: NO_BODY,
    status: 200,
    produces: [PARQUET_TYPE],
    handle: async ({ env, caller, nowMs, key, query: { name } }) => {
      const log = readLog(key);
      if (!log.ok) return log;
      const object = name.startsWith(`${log.value}/`) ? await env.ARCHIVE.get(name) : null;
      if (!object) return refuse(notFound("piece of the archive", name));
      const deed = { action: "export", kind: "export", subject: name, after: null } as const;
      await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      const headers = {
        "content-type": PARQUET_TYPE,
        "content-length": String(object.size),
      };
      return accept(new Response(object.body, { headers }));
    },
  }),
  call({
    method: "get",
    path: "/api/archive/:log/verification",
    summary: "Read pieces of the archive back and hold them against the manifest and their log, a page at a time",
    roles: OPERATORS,
    query: parameters({ cursor: PAGE_PARAMETERS.cursor }),
    body: NO_BODY,
    status: 200,
    answer: verificationAnswer,
    handle: async ({ env, key, query }) => {
      const log = readLog(key);
      return log.ok ? accept(await verifyPieces(env, log.value, query.cursor)) : log;
    },
  }),
  call({
    method: "post",
    path: "/api/archive/:log/again",
    summary: "Have hours of a log archived again, as the log holds them",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({ hours: v.pipe(v.array(instant), v.maxLength(MAX_HOURS, `At most ${MAX_HOURS} at once.`)) }),
    status: 202,
    answer: v.object({ hours: v.number() }),
    handle: async ({ env, key, body }) => {
      const log = readLog(key);
      return log.ok ? accept({ hours: await archiveAgain(env, log.value, body.hours) }) : log;
    },
  }),
];

function readLog(key: string): Result<Log, Problem> {
  const log = LOGS.find((name) => name === key);
  return log ? accept(log) : refuse(notFound("archived log", key));
}
