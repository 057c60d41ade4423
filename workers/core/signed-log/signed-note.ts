/** Signed notes as C2SP has them (c2sp.org/signed-note): a text of lines, a blank one, and a line for each signature. Signatures are Ed25519 (RFC 8032), which gives the same bytes each time. */
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { accept, type Result, refuse } from "../result.ts";
import { sha256 } from "../sha256.ts";

/** Who signs: a name without blanks or plus, and the public half of its key, of 32 bytes. */
export interface NoteKey {
  name: string;
  publicKey: Uint8Array<ArrayBuffer>;
}

export interface NoteSigner extends NoteKey {
  sign(text: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** `malformed`: no note. `unknown_key`: none of the keys signed it. `bad_signature`: the text is not the one that was signed. */
export type NoteRefusal = "malformed" | "unknown_key" | "bad_signature";

const ED25519_TYPE = 1;
const KEY_ID_BYTES = 4;
const DASH = "\u2014";
const VERIFIER_KEY = /^(?<name>[^ +]+)\+(?<id>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/]+=*)$/;
const SIGNATURE_LINE = new RegExp(`^${DASH} (?<name>[^ +]+) (?<signature>[A-Za-z0-9+/=]+)$`);

/** The first four bytes of SHA-256 over the name, a line end, the type of signature and the public half. */
export function keyIdOf({ name, publicKey }: NoteKey): string {
  const head = new TextEncoder().encode(`${name}\n`);
  const bytes = new Uint8Array(head.length + 1 + publicKey.length);
  bytes.set(head);
  bytes[head.length] = ED25519_TYPE;
  bytes.set(publicKey, head.length + 1);
  return sha256(bytes).slice(0, 2 * KEY_ID_BYTES);
}

/** A key as verifiers are given it: `name+ID in hex+base64 of type and public half`. */
export function writeVerifierKey(key: NoteKey): string {
  return `${key.name}+${keyIdOf(key)}+${encodeBase64(Uint8Array.of(ED25519_TYPE, ...key.publicKey))}`;
}

/** A key as it is written for verifiers; null where it is none, or its ID is another key's. */
export function readVerifierKey(text: string): NoteKey | null {
  const { name = "", id, key = "" } = VERIFIER_KEY.exec(text)?.groups ?? {};
  const bytes = decodeBase64(key);
  if (bytes?.length !== 33 || bytes[0] !== ED25519_TYPE) return null;
  const read = { name, publicKey: bytes.slice(1) };
  return keyIdOf(read) === id ? read : null;
}

/** `text` ends with a line end. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  const signature = await signer.sign(Uint8Array.from(new TextEncoder().encode(text)));
  const id = Uint8Array.from(Buffer.from(keyIdOf(signer), "hex"));
  return `${text}\n${DASH} ${signer.name} ${encodeBase64(Uint8Array.of(...id, ...signature))}\n`;
}

/** The text of a note that one of these keys signed. Signatures of others are passed over. */
export async function openNote(note: string, keys: readonly NoteKey[]): Promise<Result<string, NoteRefusal>> {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) return refuse("malformed");
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split("\n");
  let isSigned = false;
  for (const line of lines) {
    const { name, signature = "" } = SIGNATURE_LINE.exec(line)?.groups ?? {};
    const bytes = decodeBase64(signature);
    if (name === undefined || !bytes || bytes.length <= KEY_ID_BYTES) return refuse("malformed");
    const id = Buffer.from(bytes.subarray(0, KEY_ID_BYTES)).toString("hex");
    const key = keys.find((one) => one.name === name && keyIdOf(one) === id);
    if (!key) continue;
    if (!(await isSignedBy(key, text, bytes.slice(KEY_ID_BYTES)))) return refuse("bad_signature");
    isSigned = true;
  }
  return isSigned ? accept(text) : refuse("unknown_key");
}

async function isSignedBy(key: NoteKey, text: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key.publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, Uint8Array.from(new TextEncoder().encode(text)));
}
