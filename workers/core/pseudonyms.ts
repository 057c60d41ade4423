/** Names in the place of slugs that name an affiliate: the same for one affiliate at one advertiser, and another at every other. */
import { encodeBase32 } from "./base32.ts";
import { hmac, importHmacKey } from "./hmac-sha256.ts";
import { derive, type KeyRing } from "./key-ring.ts";
import type { Subject } from "./subjects.ts";

const LENGTH = 10;
const WRITTEN = /^(affiliate|link)-[0-9a-hjkmnp-tv-z]{10}$/;

/** What names an affiliate: itself, and its links, whose slugs often do. */
export type Disguised = "affiliate" | "link";

/** The name of number `number` for one advertiser, such as `affiliate-4q9z0k2m7c`. */
export type Pseudonyms = (subject: Disguised, number: number) => string;

/**
 * The pseudonyms for the advertiser with this number. They are made under the ring's lowest key, so that they stay when a new master key begins to sign. Fifty bits
 * of HMAC-SHA-256 tell the affiliates of an advertiser apart.
 */
export async function derivePseudonyms(ring: KeyRing, advertiser: number): Promise<Pseudonyms> {
  const bytes = await derive(ring, Math.min(...ring.hkdf.keys()), `pseudonyms/${advertiser}`);
  if (!bytes) throw new Error("the key ring is empty");
  const key = importHmacKey(bytes);
  const encoder = new TextEncoder();
  return (subject, number) => `${subject}-${encodeBase32(hmac(key, encoder.encode(`${subject}/${number}`)), LENGTH)}`;
}

/** True for what the others call by a pseudonym. */
export function isDisguised(subject: Subject): subject is Disguised {
  return subject === "affiliate" || subject === "link";
}

/** True where `name` has the form of a pseudonym of this subject. */
export function isPseudonym(subject: Disguised, name: string): boolean {
  return WRITTEN.exec(name)?.[1] === subject;
}
