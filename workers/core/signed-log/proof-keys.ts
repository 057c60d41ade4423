/**
 * The operator's keys that checkpoints and promises are signed with: a list of numbered ones of which one signs, as `core/key-ring.ts` has them, each the 32 bytes of an Ed25519 key.
 * The log's name comes of the lowest number's, so that it stays whatever domain the system has, and whichever key signs.
 */
import { encodeBase32 } from "../base32.ts";
import { decodeBase64 } from "../base64.ts";
import { type HmacKey, hmac, importHmacKey } from "../hmac-sha256.ts";
import { isRecord } from "../is-record.ts";
import { remember } from "../remember.ts";
import { sha256 } from "../sha256.ts";
import type { NoteKey, NoteSigner } from "./signed-note.ts";
import { writeVerifierKey } from "./signed-note.ts";

const KEY_BYTES = 32;
const NAME_BYTES = 10;
const NAME_LETTERS = 16;
/** What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Uint8Array.from(Buffer.from("302e020100300506032b657004220420", "hex"));

/** What signs, and what it is known by. */
export interface ProofSigners {
  log: NoteSigner;
  promises: NoteSigner;
  names: ProofNames;
  /** The name of an advertiser's journal: always the same, and it says nothing of whose it is. */
  nameJournal(advertiser: number): string;
}

/** Public halves: whoever has them can check what was signed. */
export interface ProofNames {
  /** What the log calls itself in checkpoints. */
  origin: string;
  log: NoteKey[];
  promises: NoteKey[];
}

/** Names a log, and who promises, of the public halves by their numbers. */
export function nameKeys(publicKeys: ReadonlyMap<number, Uint8Array<ArrayBuffer>>): ProofNames {
  const numbers = [...publicKeys.keys()].sort((one, other) => one - other);
  const [first = 0] = numbers;
  const lowest = publicKeys.get(first);
  if (!lowest) throw new Error("PROOF_KEYS has no key");
  const id = encodeBase32(digest(lowest).subarray(0, NAME_BYTES), NAME_LETTERS);
  const keysOf = (name: string) =>
    numbers.flatMap((number) => {
      const publicKey = publicKeys.get(number);
      return publicKey ? [{ name, publicKey }] : [];
    });
  const origin = `clickback.log/${id}`;
  return { origin, log: keysOf(origin), promises: keysOf(`clickback.promises/${id}`) };
}

/** As they stand at the well-known address. */
export function publishedKeys({ origin, log, promises }: ProofNames) {
  return { origin, log: log.map(writeVerifierKey), promises: promises.map(writeVerifierKey) };
}

/** Opens the secret `PROOF_KEYS` once for as long as it stays the same. Throws, without repeating it, where it is none. */
export const openProofKeys = remember(async (secret: string): Promise<ProofSigners> => {
  const { signing, keys } = readKeys("PROOF_KEYS", secret);
  const pairs = await Promise.all([...keys].map(async ([number, seed]) => [number, await openPair(seed)] as const));
  const names = nameKeys(new Map(pairs.map(([number, { publicKey }]) => [number, publicKey])));
  const pair = new Map(pairs).get(signing);
  if (!pair) throw new Error(`PROOF_KEYS: signing key ${signing} is not in the list`);
  const signerNamed = (name: string): NoteSigner => ({ name, publicKey: pair.publicKey, sign: pair.sign });
  const [log, promises] = [names.log[0]?.name ?? "", names.promises[0]?.name ?? ""];
  const journals = await journalKey(keys.get(Math.min(...keys.keys())) ?? pair.publicKey);
  const nameJournal = (advertiser: number) =>
    encodeBase32(hmac(journals, new TextEncoder().encode(String(advertiser))), NAME_LETTERS);
  return { log: signerNamed(log), promises: signerNamed(promises), names, nameJournal };
});

/** What names journals follows from the lowest key, as the log's own name does. */
async function journalKey(seed: Uint8Array<ArrayBuffer>): Promise<HmacKey> {
  const master = await crypto.subtle.importKey("raw", seed, "HKDF", false, ["deriveBits"]);
  const [salt, info] = ["clickback", "names of journals"].map((text) => new TextEncoder().encode(text));
  const derived = { name: "HKDF", hash: "SHA-256", salt: salt ?? new Uint8Array(), info: info ?? new Uint8Array() };
  return importHmacKey(new Uint8Array(await crypto.subtle.deriveBits(derived, master, 256)));
}

/** Opens `PROOF_PUBLIC_KEYS`, the public halves in the same form. */
export const openPublicKeys = remember(async (text: string): Promise<ProofNames> => {
  return nameKeys(readKeys("PROOF_PUBLIC_KEYS", text).keys);
});

function readKeys(name: string, secret: string): { signing: number; keys: Map<number, Uint8Array<ArrayBuffer>> } {
  const parsed = parseJson(secret);
  if (!isRecord(parsed) || !isRecord(parsed.keys) || typeof parsed.signing !== "number")
    throw new Error(`${name}: expected {"signing":1,"keys":{"1":"<base64 of ${KEY_BYTES} bytes>"}}`);
  const keys = new Map<number, Uint8Array<ArrayBuffer>>();
  for (const [number, text] of Object.entries(parsed.keys)) {
    const bytes = typeof text === "string" ? decodeBase64(text) : null;
    if (bytes?.length !== KEY_BYTES || !/^(?:[0-9]|1[0-5])$/.test(number))
      throw new Error(`${name}: keys have numbers from 0 to 15, and are the base64 of ${KEY_BYTES} bytes`);
    keys.set(Number(number), bytes);
  }
  return { signing: parsed.signing, keys };
}

interface Pair {
  publicKey: Uint8Array<ArrayBuffer>;
  sign: NoteSigner["sign"];
}

async function openPair(seed: Uint8Array<ArrayBuffer>): Promise<Pair> {
  const pkcs8 = Uint8Array.of(...PKCS8_HEAD, ...seed);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const exported = await crypto.subtle.exportKey("jwk", key);
  const x = "x" in exported && typeof exported.x === "string" ? exported.x : "";
  return {
    publicKey: Uint8Array.from(Buffer.from(x, "base64url")),
    sign: async (text) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, text)),
  };
}

function digest(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.from(sha256(bytes), "hex"));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
