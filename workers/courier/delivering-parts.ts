/** What a run, and writing requests, need of the world: from the Worker's Env. */
import type { DestinationKind } from "../core/courier/destination-settings.ts";
import { lookUpName } from "../core/courier/name-lookup.ts";
import { readReceiverAddress } from "../core/courier/receiver-address.ts";
import type { Outgoing } from "../core/courier/template.ts";
import { openSecret } from "../core/sealed-secrets.ts";
import { readNamed } from "./books-reader.ts";
import { type ComposingParts, composeDelivery } from "./composing.ts";
import { courierKeys } from "./courier-keys.ts";
import { writeDeliveries } from "./courier-records.ts";
import type { DeliveringParts } from "./delivery-run.ts";
import type { DestinationEnv } from "./destination-env.ts";
import { sendGuarded } from "./guarded-sending.ts";
import { isToldLoopback } from "./loopback.ts";
import { type AccessMemory, refreshTokens } from "./platform-access.ts";
import { composeForPlatform, type PlatformParts } from "./platform-request.ts";
import { type SendingLimits, sendRequest } from "./sending.ts";
import { type DestinationSetUp, readNames, type SharedNames } from "./set-up-of-destinations.ts";
import { receiptOf, toldBefore } from "./told-there.ts";
import { composeWebhook } from "./webhook-request.ts";

/** What an ad platform answers may name each event; of the others a few words are enough. */
const LIMITS = {
  postback: { ms: 10_000, bytes: 4_096 },
  webhook: { ms: 15_000, bytes: 4_096 },
  tool: { ms: 15_000, bytes: 4_096 },
  platform: { ms: 20_000, bytes: 262_144 },
} as const satisfies Record<DestinationKind, SendingLimits>;
/** Slugs never change; what an offer shares may. */
const NAMES_FRESH_MS = 60_000;
const MAX_NAMES = 2_000;

const names = new Map<number, { value: SharedNames; readAtMs: number }>();

export async function deliveringParts(
  env: DestinationEnv,
  storage: Pick<DeliveringParts, "sql" | "transaction" | "breaker" | "pace"> & { access: AccessMemory },
  setUp: DestinationSetUp,
): Promise<DeliveringParts> {
  const composing = composingParts(env);
  const send: DeliveringParts["send"] = (own, request) => {
    const limits = LIMITS[own.settings.kind];
    const standIn = own.settings.kind === "platform" ? standInFor(env, request.url) : null;
    if (standIn !== null) return sendRequest(fetch, { ...request, url: standIn }, limits);
    const guarding = {
      send: (outgoing: Outgoing) => sendRequest(fetch, outgoing, limits),
      lookUp: (host: string) => lookUpName(fetch, env.RESOLVER, host),
      isLoopback: composing.isLoopback,
      isOneMachine: env.LOOPBACK_PORTS !== "",
    };
    return sendGuarded(guarding, request, storage.breaker.get().state !== "closed");
  };
  const { sql, access } = storage;
  const platforms: PlatformParts = {
    ...composing,
    send,
    access,
    refreshed: refreshTokens(sql, async () => courierKeys(env.COURIER_KEYS)),
    toldBefore: (one) => toldBefore(sql, one, Date.now()),
    receiptOf: (one) => receiptOf(sql, one),
    nowMs: () => Date.now(),
  };
  return {
    ...storage,
    setUp,
    compose: (own, delivery, nowMs) =>
      own.settings.platform
        ? composeForPlatform(platforms, own, delivery, nowMs)
        : composeDelivery(composing, own, delivery, nowMs),
    send,
    notices: (deliveries) =>
      readNamed(
        env.DB,
        deliveries.map(({ conversionId, seq }) => [conversionId, seq]),
      ),
    write: (deliveries) => writeDeliveries(env.COURIER, setUp.settings.number, deliveries),
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: Math.random,
  };
}

/** Where a stand-in takes the place of all ad platforms: each host is the first part of the path there. */
function standInFor({ PLATFORMS_AT }: DestinationEnv, url: string): string | null {
  if (PLATFORMS_AT === "") return null;
  const { host, pathname, search } = new URL(url);
  return `${PLATFORMS_AT}/${host}${pathname}${search}`;
}

export function composingParts(env: DestinationEnv): ComposingParts {
  return {
    names: (link) => namesOf(env.DB, link),
    secrets: (setUp) => openSecrets(env, setUp),
    webhook: async (setUp, delivery) => composeWebhook(await courierKeys(env.COURIER_KEYS), setUp, delivery),
    isLoopback: (url) => isToldLoopback(url, env.LOOPBACK_PORTS),
    refusal: ({ settings }, url) =>
      isToldLoopback(url, env.LOOPBACK_PORTS) ||
      readReceiverAddress(url, { http: settings.kind === "postback", ownHosts: [] }).ok
        ? null
        : "private_address",
    random: Math.random,
  };
}

async function openSecrets(env: DestinationEnv, { settings }: DestinationSetUp): Promise<Record<string, string>> {
  const { opening } = await courierKeys(env.COURIER_KEYS);
  const opened: Record<string, string> = {};
  for (const [name, sealed] of Object.entries(settings.secrets)) {
    const secret = await openSecret(opening, settings.number, sealed);
    if (secret === null) throw new Error(`the secret ${name} of destination ${settings.number} cannot be opened`);
    opened[name] = secret;
  }
  return opened;
}

async function namesOf(db: D1Database, link: number): Promise<SharedNames> {
  const known = names.get(link);
  if (known && Date.now() - known.readAtMs < NAMES_FRESH_MS) return known.value;
  const value = await readNames(db, link);
  if (names.size >= MAX_NAMES) names.clear();
  names.set(link, { value, readAtMs: Date.now() });
  return value;
}
