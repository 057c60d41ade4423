/** A secret that somebody brings, a token or a link to sign in by: whose it is. Wrong ones leave a trace and are limited by the network that they come from, of which only a keyed hash is kept. */
import { isStrongConsoleToken, WEAK_CONSOLE_TOKEN } from "../../core/console-token.ts";
import { equalText } from "../../core/equal.ts";
import { createGuesses, MOST_WRONG } from "../../core/guesses.ts";
import { formatInstant } from "../../core/instant.ts";
import { networkOf } from "../../core/network.ts";
import { type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { type Caller, type DeadToken, findCaller, hashToken } from "./caller.ts";
import { noteUse } from "./last-use.ts";
import type { Problem } from "./problem.ts";
import { hashAddress } from "./trace.ts";

const UNKNOWN: Problem = {
  name: "not_signed_in",
  detail: "This token is not known, or it was revoked: copy it whole, without quotes.",
};
const WEAK: Problem = { name: "not_signed_in", detail: `${WEAK_CONSOLE_TOKEN}. Set another one and deploy.` };
const TOO_MANY: Problem = {
  name: "too_many_tries",
  detail: "Too many wrong tokens came from this address: try again in a minute.",
};

const guesses = createGuesses();

/** The caller whose token this is. A wrong one is told so, until there were too many; then nothing that this network brings is looked at for a while. */
export async function findBearer(
  env: Env,
  request: Request,
  token: string,
  nowMs: number,
): Promise<Result<Caller, Problem>> {
  const found = await guarded(env, request, token, nowMs, async () => {
    const caller = await findCaller(env, token, nowMs);
    return caller.ok ? caller : refuse(whyDead(env, token, caller.refusal));
  });
  if (found.ok) noteUse(request, found.value, nowMs);
  return found;
}

/** What `find` finds by a secret, unless too many wrong ones came from where this request comes from. */
export async function guarded<Found>(
  env: Env,
  request: Request,
  secret: string,
  nowMs: number,
  find: () => Promise<Result<Found, Problem>>,
): Promise<Result<Found, Problem>> {
  const network = await hashNetwork(env, request);
  const hash = hashToken(secret);
  if (!guesses.mayTry(network, hash, nowMs)) return refuse(TOO_MANY);
  const found = await find();
  if (found.ok) {
    guesses.right(network, hash);
    return found;
  }
  const count = guesses.wrong(network, nowMs);
  leaveTrace(network, count, new URL(request.url).pathname.startsWith("/sign-in") ? "page" : "api");
  return count > MOST_WRONG ? refuse(TOO_MANY) : found;
}

/** Two lines a minute and network, however many tries there are. */
function leaveTrace(network: string, count: number, way: "page" | "api"): void {
  if (count === 1) console.warn({ event: "token_refused", way, network });
  if (count === MOST_WRONG) console.warn({ event: "tokens_limited", way, network, wrong: count });
}

function whyDead(env: Env, token: string, dead: DeadToken): Problem {
  if (dead.reason === "unknown") return isOwnButWeak(env, token) ? WEAK : UNKNOWN;
  const detail = `This token expired at ${formatInstant(dead.atMs)}: ask an admin for another one.`;
  return { name: "not_signed_in", detail };
}

/** Who set a token that could be guessed is told why it opens nothing. It is worth nothing, so this tells a guesser nothing either. */
function isOwnButWeak({ CONSOLE_TOKEN }: Env, token: string): boolean {
  if (CONSOLE_TOKEN === "" || isStrongConsoleToken(CONSOLE_TOKEN) || !equalText(token, CONSOLE_TOKEN)) return false;
  console.error({ event: "console_token_weak" });
  return true;
}

/** A keyed hash of the network that a request comes from. The platform names no address on one machine: whoever calls there is one network. */
export function hashNetwork(env: Env, request: Request): Promise<string> {
  return hashAddress(env, networkOf(request.headers.get("cf-connecting-ip") ?? ""));
}
