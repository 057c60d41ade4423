/** The door of shops' own webhooks: `/p/{advertiser}/{source}`, by POST, answered as that sender understands. */
import { sourceKey } from "../../../schema/records.ts";
import { readBody } from "../../core/bounded-body.ts";
import { NO_ADVERTISER } from "../../core/postback/sender.ts";
import { REFUSALS } from "../../core/reasons.ts";
import { readFreshMs } from "../../core/record-memory.ts";
import { SLUG } from "../../core/slug.ts";
import { decideSource, unknownSource } from "../../core/sources/decide-source.ts";
import type { SourceAnswers } from "../../core/sources/source-table.ts";
import { answer, type DoorAnswer, headersFor } from "../answers.ts";
import { type Reception, takeAllIn, turnAway } from "../reception.ts";
import { type Door, pathOfAdvertiser } from "./door.ts";

/** Orders with many lines are long. */
const MAX_BODY_BYTES = 1_048_576;
const TOO_MANY = 429;

/** Batches have their own door. */
export const sourceWebhook: Door = {
  path: pathOfAdvertiser(`/(?!batch/?$)(${SLUG})`),
  // Nothing is there for who asks by GET, as at any path that leads nowhere.
  methods: ["POST", "GET"],
  take,
  // Whoever is not known yet may be one that does not understand 429.
  apologise: (said, headers) => answerAs({ busy: 503 }, said, headers),
};

async function take(reception: Reception, request: Request, target: string): Promise<Response> {
  const [, slug = "", path = ""] = sourceWebhook.path.exec(target.split("?", 1)[0] ?? "") ?? [];
  const found = await findSource(reception, slug.toLowerCase(), path.toLowerCase());
  // Who is no sender of ours learns nothing of which there are.
  if (!found || request.method !== "POST")
    return sourceWebhook.apologise(await turnAway(reception, unknownSource(path.toLowerCase())));
  const body = await readBody(request, MAX_BODY_BYTES);
  const decision = decideSource(found, { method: "POST", target, headers: request.headers, ...body }, reception);
  const said = await (decision.ok ? takeAllIn(reception, decision.value) : turnAway(reception, decision.refusal));
  return answerAs(found.table.answers, said);
}

/** Looked up for an advertiser that there is not as well, so that its answer takes as long. */
async function findSource({ sender, openSources, env, ctx, nowMs }: Reception, slug: string, path: string) {
  const sources = await openSources(env.SOURCE_KEYS);
  const reader = { kv: env.EDGE, freshMs: readFreshMs(env.EDGE_CACHE_S), ctx };
  const held = await sources.find(reader, sourceKey(slug, path), nowMs);
  return sender.advertiser === NO_ADVERTISER ? null : (held?.source ?? null);
}

/** JSON as from every door, but for the text that some want to read first, and the status where one drops what is answered 429. */
function answerAs({ accepted, busy }: SourceAnswers, said: DoorAnswer, headers: Record<string, string> = {}): Response {
  const isWell = said.status === "accepted" || said.refusal.reason === "passed_over";
  if (isWell && accepted !== undefined)
    return new Response(accepted, { headers: headersFor("text/plain; charset=utf-8") });
  const response = answer(said, headers);
  if (said.status === "accepted" || busy === undefined || REFUSALS[said.refusal.reason].status !== TOO_MANY)
    return response;
  return new Response(response.body, { status: busy, headers: response.headers });
}
