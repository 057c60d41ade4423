/** Who is it → is it really → what does it say → does its click ID verify → queue → receipt. */
import { decidePostback } from "../core/postback/postback.ts";
import { whenHere } from "../core/when-here.ts";
import { answer, answerGif } from "./answers.ts";
import { takeBatch } from "./batch.ts";
import { readBody } from "./body.ts";
import type { Env } from "./env.ts";
import { createKeyReader } from "./keys.ts";
import { takePixel } from "./pixel.ts";
import { type Place, readPlace, targetOf } from "./place.ts";
import { createRates } from "./rates.ts";
import { refuseStranger } from "./receipts.ts";
import { createSenders } from "./senders.ts";
import { takeIn, turnAway, type Visit, type Waiting } from "./visit.ts";

const MAX_BODY_BYTES = 65_536;

/** Path and query as sent, and where they lead. */
interface Aim {
  target: string;
  place: Place | null;
}

/** A handler with an empty memory, as an isolate has when it starts. */
export function createHandler() {
  const readKeys = createKeyReader();
  const senders = createSenders();
  const rates = createRates();

  function receive(request: Request, { target, place }: Aim, env: Env, ctx: Waiting): Response | Promise<Response> {
    const nowMs = Date.now();
    return whenHere(readKeys(env), (keys) => {
      if (!place) return answer(refuseStranger(keys, "unknown_path"));
      if (!place.methods.includes(request.method))
        return place.door === "pixel"
          ? answerGif()
          : answer(refuseStranger(keys, "method_not_allowed"), { Allow: place.methods.join(", ") });
      return whenHere(senders.find(env, keys, place.slug, nowMs), (sender) => {
        if (!sender) return place.door === "pixel" ? answerGif() : answer(refuseStranger(keys, "unknown_advertiser"));
        return enter({ sender, keys, rates, nowMs, env, ctx }, place.door, request, target);
      });
    });
  }

  return {
    async fetch(request: Request, env: Env, ctx: Waiting): Promise<Response> {
      const target = targetOf(request.url);
      const place = readPlace(target);
      try {
        return await receive(request, { target, place }, env, ctx);
      } catch (error) {
        // Whatever failed, nothing was accepted: the sender still has the message, and the operator one line.
        console.error({ event: "postback_failed", error: String(error) });
        return place?.door === "pixel" ? answerGif() : answer({ status: "refused", refusal: { reason: "try_again" } });
      }
    },
  } satisfies ExportedHandler<Env>;
}

function enter(visit: Visit, door: Place["door"], request: Request, target: string): Response | Promise<Response> {
  if (door === "pixel") return takePixel(visit, target);
  if (door === "batch") return takeBatch(visit, request, target);
  return takePostback(visit, request, target);
}

function takePostback(visit: Visit, request: Request, target: string): Response | Promise<Response> {
  const method = request.method === "POST" ? "POST" : "GET";
  const told = { nowMs: visit.nowMs, clickKeys: visit.keys.clicks };
  const outcome = whenHere(readBody(request, MAX_BODY_BYTES), (body) => {
    const decision = decidePostback(visit.sender, { method, target, headers: request.headers, ...body }, told);
    return decision.ok ? takeIn(visit, decision.value) : turnAway(visit, decision.refusal);
  });
  return whenHere(outcome, answer);
}
