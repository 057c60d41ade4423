/** An advertiser as the door sees it: its record with everything derived that a request needs. */
import type { AdvertiserRecord, AuthMode } from "../../../schema/records.ts";
import { deriveSigningSecret, deriveToken, readSigningSecret } from "../credentials.ts";
import type { KeyRing } from "../key-ring.ts";
import { type Dialect, makeDialect } from "./dialect.ts";
import { type AddressRange, readRange } from "./sender-address.ts";

/** Numbers begin at 1. */
export const NO_ADVERTISER = 0;

/** One version of the secrets. */
export interface Secrets {
  version: number;
  untilMs?: number;
  token: string;
  /** The key that signatures are made with. */
  signing: Uint8Array;
}

export interface Sender {
  /** The advertiser's number. */
  advertiser: number;
  auth: AuthMode;
  pixel: boolean;
  /** Under which slug it is promised that what it says is entered; null where nothing is promised. */
  promisedAs: string | null;
  /** Null when every address may send. */
  addresses: readonly AddressRange[] | null;
  dialect: Dialect;
  secrets: readonly Secrets[];
}

/** Credentials of a master key that the ring does not hold are left out; so are ranges that cannot be read, which never opens the list. */
export async function prepareSender(record: AdvertiserRecord, ring: KeyRing): Promise<Sender> {
  const secrets: Secrets[] = [];
  for (const { version, key, untilMs } of record.credentials) {
    const token = await deriveToken(ring, record.advertiser, version, key);
    const secret = await deriveSigningSecret(ring, record.advertiser, version, key);
    const signing = secret && readSigningSecret(secret);
    if (token && signing) secrets.push({ version, token, signing, ...(untilMs === undefined ? {} : { untilMs }) });
  }
  return {
    advertiser: record.advertiser,
    auth: record.auth,
    pixel: record.pixel,
    promisedAs: record.promises ? record.slug : null,
    addresses:
      record.allowedIps.length === 0 ? null : record.allowedIps.map(readRange).filter((range) => range !== null),
    dialect: makeDialect(record.mapping),
    secrets,
  };
}

/** Who stands in for an advertiser that there is not: asked like any other, under secrets that nobody was ever given, so that its answers take as long. */
export function prepareNobody(ring: KeyRing): Promise<Sender> {
  const credentials = [{ version: 0, key: ring.signing }];
  return prepareSender(
    { advertiser: NO_ADVERTISER, slug: "", auth: "token", allowedIps: [], pixel: false, credentials },
    ring,
  );
}

/** The secrets that are valid at `nowMs`. */
export function validSecrets(sender: Sender, nowMs: number): Secrets[] {
  return sender.secrets.filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs);
}
