/** Whose is it → which door → the door reads, decides and answers. Whatever fails on the way, the door apologises. */
import { advertiserKey } from "../../schema/records.ts";
import { deriveReceiptKeys } from "../core/credentials.ts";
import { createHealth, HEALTH_PATH } from "../core/health.ts";
import { openKeyRing, rememberKeyRing } from "../core/key-ring.ts";
import { deriveAddressKey } from "../core/postback/address-hash.ts";
import { prepareNobody } from "../core/postback/sender.ts";
import { readFreshMs } from "../core/record-memory.ts";
import { remember } from "../core/remember.ts";
import { openProofKeys, publishedKeys } from "../core/signed-log/proof-keys.ts";
import { KEYS_PATH } from "../core/signed-log/published-keys.ts";
import { answer } from "./answers.ts";
import { type Entrance, findEntrance } from "./doors/doors.ts";
import { takeTracked } from "./doors/tracker.ts";
import type { Env } from "./env.ts";
import { createRates } from "./rates.ts";
import { refuseStranger } from "./receipt-names.ts";
import type { Waiting } from "./reception.ts";
import { createSenders } from "./senders.ts";
import { rememberSources } from "./sources.ts";
import { createStrangerLog } from "./stranger-log.ts";
import { targetOf } from "./target.ts";
import { rememberTrackers } from "./trackers.ts";

/** Work that the answer does not wait for ends within 30 s. */
const TELL_MS = 10_000;

/** A handler with an empty memory, as an isolate has when it starts. `tellMs`: how long refusals of strangers are counted before the log is told. */
export function createHandler({ tellMs = TELL_MS } = {}) {
  const readClickKeys = rememberKeyRing("CLICK_KEYS");
  const readAdvertiserKeys = remember(openAdvertiserKeys);
  const openSources = rememberSources();
  const openTrackers = rememberTrackers();
  const rates = createRates();
  const strangers = createStrangerLog(tellMs);
  const health = createHealth((part, error) => console.error({ event: "part_away", part, error: String(error) }));

  async function receive(request: Request, target: string, entrance: Entrance | null, env: Env, ctx: Waiting) {
    const nowMs = Date.now();
    const clickKeys = await readClickKeys(env.CLICK_KEYS);
    const { receiptKey, addressKey, senders, nobody } = await readAdvertiserKeys(env.ADVERTISER_KEYS);
    const reader = { kv: env.EDGE, freshMs: readFreshMs(env.EDGE_CACHE_S), ctx };
    const address = request.headers.get("CF-Connecting-IP");
    const told = { clickKeys, receiptKey, addressKey, address, openSources, rates, strangers, nowMs, env, ctx };
    if (!entrance) {
      // No table of a tracker claims a path of ours, so ours may be looked for first.
      const trackers = await openTrackers(env.SOURCE_KEYS);
      const tracker = await trackers.find(reader, request.url, target, nowMs);
      if (!tracker) return answer(refuseStranger(receiptKey, "unknown_path"));
      const findSender = async (key: string) => senders.find(reader, key, nowMs);
      return takeTracked({ ...told, trackers, reader, findSender }, tracker, request);
    }
    const { door, slug } = entrance;
    if (!door.methods.includes(request.method))
      return door.apologise(refuseStranger(receiptKey, "method_not_allowed"), { Allow: door.methods.join(", ") });
    const sender = (await senders.find(reader, advertiserKey(slug), nowMs)) ?? nobody;
    return door.take({ ...told, sender }, request, target);
  }

  return {
    async fetch(request: Request, env: Env, ctx: Waiting): Promise<Response> {
      const target = targetOf(request.url);
      if (target === HEALTH_PATH && request.method === "GET") return health(partsOf(env), Date.now());
      if (target === KEYS_PATH && request.method === "GET") return tellKeys(env);
      const entrance = findEntrance(target);
      try {
        return await receive(request, target, entrance, env, ctx);
      } catch (error) {
        // Whatever failed, nothing was accepted: the sender still has the message, and the operator one line.
        console.error({ event: "postback_failed", error: String(error) });
        const apologise = entrance?.door.apologise ?? answer;
        return apologise({ status: "refused", refusal: { reason: "try_again" } });
      }
    },
  } satisfies ExportedHandler<Env>;
}

/** Whoever was promised something checks it with these. */
async function tellKeys({ PROOF_KEYS }: Env): Promise<Response> {
  const { names } = await openProofKeys(PROOF_KEYS);
  return Response.json(publishedKeys(names), { headers: { "cache-control": "public, max-age=3600" } });
}

/** Without any of these no postback is accepted. */
function partsOf({ CLICK_KEYS, ADVERTISER_KEYS, EDGE }: Env) {
  return {
    click_keys: () => openKeyRing("CLICK_KEYS", CLICK_KEYS),
    advertiser_keys: () => openKeyRing("ADVERTISER_KEYS", ADVERTISER_KEYS),
    records: () => EDGE.get(HEALTH_PATH),
  };
}

/** What the master keys of advertisers open: the key that names messages and seals receipts, that of senders' addresses, the advertisers with their secrets, and who stands in for one that there is not. */
async function openAdvertiserKeys(secret: string) {
  const ring = await openKeyRing("ADVERTISER_KEYS", secret);
  const [receiptKey] = await deriveReceiptKeys(ring);
  return {
    receiptKey,
    addressKey: await deriveAddressKey(ring),
    senders: createSenders(ring),
    nobody: await prepareNobody(ring),
  };
}
