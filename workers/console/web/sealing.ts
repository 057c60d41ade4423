/**
 * What a browser or the database keeps for us, and only this console can read again: encrypted JWTs (RFC 7519; `dir` and
 * `A256GCM`) under keys derived from the master keys. `kid` is the master key's number; `exp`, where it stands, ends it.
 */
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from "jose";
import * as v from "valibot";
import { derive, type KeyRing } from "../../core/key-ring.ts";

/** What is sealed for a purpose is nothing for another one. */
interface Seal<Claims extends JWTPayload> {
  purpose: string;
  claims: v.GenericSchema<unknown, Claims>;
}

const [alg, enc] = ["dir", "A256GCM"];

export async function seal<Claims extends JWTPayload>(ring: KeyRing, { purpose }: Seal<Claims>, claims: Claims) {
  const header = { alg, enc, kid: String(ring.signing) };
  return new EncryptJWT(claims).setProtectedHeader(header).encrypt(await sealingKey(ring, header.kid, purpose));
}

/** The claims that were sealed; null for everything that this console did not seal for this purpose, or that is over. */
export async function unseal<Claims extends JWTPayload>(
  ring: KeyRing,
  { purpose, claims }: Seal<Claims>,
  sealed: string,
  nowMs = Date.now(),
): Promise<Claims | null> {
  try {
    const { payload } = await jwtDecrypt(sealed, ({ kid }) => sealingKey(ring, kid, purpose), {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
      currentDate: new Date(nowMs),
    });
    const read = v.safeParse(claims, payload);
    return read.success ? read.output : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

async function sealingKey(ring: KeyRing, kid: string | undefined, purpose: string): Promise<Uint8Array> {
  const key = await derive(ring, Number(kid), `sealing/${purpose}`);
  if (!key) throw new errors.JWKSNoMatchingKey(`no key ${kid} in the ring`);
  return key;
}
