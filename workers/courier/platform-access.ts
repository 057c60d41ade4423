/**
 * Access to an ad platform for an hour or so: fetched when it is needed, kept in the object's memory alone, and fetched anew near its end or when the platform says that it ran out. Where
 * a refresh token gives way to a new one, that is sealed as the one before it was.
 */

import { encodeBase64 } from "../core/base64.ts";
import type { ReceiversAnswer, Verdict } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";
import type { AdPlatform, PlatformAccess } from "../core/platforms/ad-platform.ts";
import { verdictOf } from "../core/platforms/platform-verdicts.ts";
import { accept, type Result, refuse } from "../core/result.ts";
import { openSecret, publicHalves, readSealingKey, resealSecrets, sealSecret } from "../core/sealed-secrets.ts";
import type { CourierKeys } from "./courier-keys.ts";
import { keep, recall } from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

export type OpenedSecrets = Readonly<Record<string, string>>;
type Token = Result<string, Verdict>;

export interface AccessParts {
  send: (setUp: DestinationSetUp, request: Outgoing) => Promise<ReceiversAnswer>;
  refreshed: RefreshTokens;
  nowMs: () => number;
}

/** The token of one destination; a new version of its set-up has a new one. */
export interface AccessMemory {
  held: { version: number; untilMs: number; token: Promise<Token> } | null;
}

/** The token; or what becomes of a delivery where there is none. Several that ask at once wait for one answer. */
export async function accessToken(
  parts: AccessParts,
  memory: AccessMemory,
  setUp: DestinationSetUp,
  access: PlatformAccess,
  secrets: OpenedSecrets,
): Promise<Token> {
  const { held } = memory;
  if (held?.version === setUp.version && parts.nowMs() < held.untilMs) return held.token;
  const fetched = fetchToken(parts, setUp, access, secrets);
  // Until its answer says for how long, all that ask wait for it.
  const own = {
    version: setUp.version,
    untilMs: Number.POSITIVE_INFINITY,
    token: fetched.then((got) => (got.ok ? accept(got.value.token) : got)),
  };
  memory.held = own;
  // Should nobody else wait for it, its failure is told below.
  own.token.catch(() => {});
  const got = await fetched.catch((error: unknown) => {
    if (memory.held === own) memory.held = null;
    throw error;
  });
  if (got.ok) own.untilMs = got.value.untilMs;
  // What was refused is asked for again by the next try.
  else if (memory.held === own) memory.held = null;
  return own.token;
}

async function fetchToken(
  { send, refreshed, nowMs }: AccessParts,
  setUp: DestinationSetUp,
  access: PlatformAccess,
  secrets: OpenedSecrets,
): Promise<Result<{ token: string; untilMs: number }, Verdict>> {
  const { platform } = setUp.settings;
  if (!platform) throw new Error(`destination ${setUp.settings.number} is of no platform`);
  const hasSecret = (name: string) => (secrets[name] ?? "") !== "";
  const secretOf = (name: string) => secrets[name] ?? "";
  const request = await access.request({ settings: platform.settings, secretOf, hasSecret }, nowMs());
  // What it is asked by is shown nowhere: it is no try of a delivery.
  const answer = await send(setUp, { ...request, shown: { url: request.url, headers: [], body: null } });
  const read = access.read(answer, nowMs());
  if (!read.ok) return refuse(verdictOf(read.refusal));
  const { token, expiresAtMs, refreshToken } = read.value;
  if (refreshToken !== null && refreshToken !== secrets[REFRESH_TOKEN])
    await refreshed.keep(setUp, secretOf(REFRESH_TOKEN), refreshToken);
  return accept({ token, untilMs: expiresAtMs });
}

const REFRESH_TOKEN = "refresh_token";
/** Under this name the object keeps the newest refresh token, sealed, and which one it came in the place of. */
const REFRESHED = "refreshed";

/** The refresh token that a platform gave in the place of the one that was entered. */
export interface RefreshTokens {
  /** Null where it gave none, or another one than `entered` was entered since. */
  newest(setUp: DestinationSetUp, entered: string): Promise<string | null>;
  /** Keeps `token`, which came in the place of `used`. */
  keep(setUp: DestinationSetUp, used: string, token: string): Promise<void>;
  /** Seals the newest one under the highest key, so that an older one can leave. */
  reseal(destination: number): Promise<void>;
}

interface Refreshed {
  /** The hash of the one that was entered: however that is sealed, it is the same. */
  entered: string;
  sealed: string;
}

export function refreshTokens(sql: OutboxSql, keys: () => Promise<CourierKeys>): RefreshTokens {
  return {
    newest: async ({ settings: { number } }, entered) => {
      const kept = recall<Refreshed>(sql, REFRESHED);
      if (!kept || kept.entered !== (await hashOf(entered))) return null;
      return openSecret((await keys()).opening, number, kept.sealed);
    },
    keep: async ({ settings: { number } }, used, token) => {
      const { opening } = await keys();
      const sealing = await readSealingKey(await publicHalves(opening));
      if (!sealing.ok) throw new Error(sealing.refusal);
      const sealed = await sealSecret(sealing.value, number, token);
      const kept = recall<Refreshed>(sql, REFRESHED);
      const isNext = kept !== null && (await openSecret(opening, number, kept.sealed)) === used;
      keep(sql, REFRESHED, { entered: isNext ? kept.entered : await hashOf(used), sealed });
    },
    reseal: async (destination) => {
      const kept = recall<Refreshed>(sql, REFRESHED);
      if (!kept) return;
      const { secrets } = await resealSecrets((await keys()).opening, destination, { [REFRESHED]: kept.sealed });
      // A newer one may have come meanwhile.
      if (recall<Refreshed>(sql, REFRESHED)?.sealed === kept.sealed)
        keep(sql, REFRESHED, { ...kept, sealed: secrets[REFRESHED] ?? kept.sealed });
    },
  };
}

async function hashOf(secret: string): Promise<string> {
  return encodeBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

/** The secrets as they are opened, with the newest refresh token among them. */
export async function withNewest(
  { refreshed }: Pick<AccessParts, "refreshed">,
  { access }: AdPlatform,
  setUp: DestinationSetUp,
  secrets: OpenedSecrets,
): Promise<OpenedSecrets> {
  const entered = secrets[REFRESH_TOKEN];
  if (!access || entered === undefined) return secrets;
  const newest = await refreshed.newest(setUp, entered);
  return newest === null ? secrets : { ...secrets, [REFRESH_TOKEN]: newest };
}
