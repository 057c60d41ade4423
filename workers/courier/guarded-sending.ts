/**
 * Sends a request once its receiver's name was looked up, where that is due: on a probe, and on one machine before every try, since there nothing else keeps workerd from this
 * machine's own network. Where no answer came the name is looked up too, so that one that leads nowhere is told as such, and as not sent.
 */
import type { Leads } from "../core/courier/name-lookup.ts";
import type { ReceiversAnswer } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";

export interface GuardingParts {
  send: (request: Outgoing) => Promise<ReceiversAnswer>;
  /** Where a host's name leads. */
  lookUp: (host: string) => Promise<Leads>;
  isLoopback: (url: string) => boolean;
  /** One machine with its own network around it. */
  isOneMachine: boolean;
}

/** What Cloudflare answers for a receiver whose name leads nowhere: 530, with its error 1016 in the body. */
const NO_ORIGIN = 530;

export async function sendGuarded(parts: GuardingParts, request: Outgoing, isProbe: boolean): Promise<ReceiversAnswer> {
  if (parts.isLoopback(request.url)) return parts.send(request);
  const { hostname } = new URL(request.url);
  if (parts.isOneMachine || isProbe) {
    const leads = await parts.lookUp(hostname);
    if (leads === "closed") return { kind: "unsent", reason: "private_address" };
    if (leads === "nowhere") return { kind: "unsent", reason: "not_resolved" };
    // Cloudflare itself reaches the open internet alone.
    if (leads === "unknown" && parts.isOneMachine) return { kind: "unsent", reason: "not_resolved" };
  }
  const answer = await parts.send(request);
  return isWithoutReceiver(answer) && (await parts.lookUp(hostname)) === "nowhere"
    ? { kind: "unsent", reason: "not_resolved" }
    : answer;
}

function isWithoutReceiver(answer: ReceiversAnswer): boolean {
  if (answer.kind === "answered") return answer.status === NO_ORIGIN;
  return answer.kind === "silence" ? !answer.timedOut : answer.reason === "unreachable";
}
