/**
 * Commitments to the fields of a row. Each field is hashed with a salt of its own, so that one of them can be shown without the others, and what is not shown cannot be guessed.
 * A row keeps one seed, from which its salts are made. Where a person is erased, the seed goes with what is personal: what was committed to stays, and says nothing any more.
 * docs/proofs.md draws all of it, for who checks it without our code.
 *
 * It is done for every row that is settled, so bytes are written by hand: in workerd a call of `TextEncoder` or `btoa` takes as long as a hash.
 */
import { hashBytes } from "../hmac-sha256.ts";
import { HASH_BYTES } from "./merkle.ts";

/** A field's value as it is committed to: as JSON. */
export type FieldValue = string | number | null;

/** A field: its name, what it says, and its number among all that a row of its kind can have, by which it has its salt. */
export type CommittedField = readonly [name: string, value: FieldValue, number: number];

/** A row's fields in their order. What a row does not say has no field. */
export type CommittedFields = readonly CommittedField[];

/** What a row keeps so that its commitments can be made again. Bytes are in base64. */
export interface Salting<At = number | number[]> {
  /** 16 random bytes. */
  seed: string;
  /** The journal's rows in which its newest leaves stand: of a message one, 0 as long as it is not entered; of a conversion one for each entry, as far as they are entered. */
  at: At;
  /** Since it was erased: salts of what stayed as it was, which the seed before had made. */
  salts?: Record<string, string>;
  /** Since it was erased: what had been committed to of the fields that are gone or changed. */
  kept?: Record<string, string>;
}

export const SEED_BYTES = 16;
export const SALT_BYTES = 16;
const NAME_END = 0;

const encoder = new TextEncoder();
/** Where what is hashed is written: nothing stays in these from one call to the next. What is longer has room of its own. */
const ROOM = 16_384;
const scratch = new Uint8Array(ROOM);
const group = new Uint8Array(ROOM);
const salt = new Uint8Array(SALT_BYTES);
const SHIFTS = [24, 16, 8, 0];
const QUOTE = 34;
const BACKSLASH = 92;
/** Bytes of a letter in a JSON text, such as `\\u0000`, and of a number. */
const MOST_OF_LETTER = 6;
const MOST_OF_NUMBER = 32;

/** Hashes a row's fields: what is committed to of each, behind its name and a zero, in their order. `entry` is the number of the entry whose fields they are, else 0. */
export function hashFields(fields: CommittedFields, salting: Pick<Salting, "seed" | "salts">, entry = 0): Uint8Array {
  const salts = openSalts(salting, entry);
  const most = fields.reduce((sum, [name]) => sum + 3 * name.length + 1 + HASH_BYTES, 0);
  const room = most <= ROOM ? group : new Uint8Array(most);
  let end = 0;
  for (const field of fields) {
    end = writeText(room, end, field[0]);
    room[end++] = NAME_END;
    putSalt(salts, field);
    room.set(commitment(field[1]), end);
    end += HASH_BYTES;
  }
  return hashBytes(room, end).slice();
}

/** The salt of one field. */
export function saltOf(salting: Pick<Salting, "seed" | "salts">, field: CommittedField, entry = 0): Uint8Array {
  putSalt(openSalts(salting, entry), field);
  return salt.slice();
}

/** What is committed to of one field. */
export function commit(salting: Pick<Salting, "seed" | "salts">, field: CommittedField, entry = 0): Uint8Array {
  putSalt(openSalts(salting, entry), field);
  return commitment(field[1]).slice();
}

/** A row's salts while they are made: two of one hash, the last of which is at hand. */
interface OpenSalts {
  seed: Uint8Array;
  salts: Salting["salts"];
  entry: number;
  made: Uint8Array;
  pair: number;
}

function openSalts({ seed, salts }: Pick<Salting, "seed" | "salts">, entry: number): OpenSalts {
  return { seed: fromBase64(seed), salts, entry, made: new Uint8Array(HASH_BYTES), pair: -1 };
}

/** Into `salt`: a half of SHA-256 over the seed, the entry's number in four bytes and that of the pair of fields in one; or the one that the row keeps. */
function putSalt(open: OpenSalts, [name, , number]: CommittedField): void {
  const own = open.salts?.[keptName(name, open.entry)];
  if (own !== undefined) {
    salt.set(fromBase64(own));
    return;
  }
  const pair = number >> 1;
  if (pair !== open.pair) {
    open.pair = pair;
    let end = SEED_BYTES;
    scratch.set(open.seed);
    for (const shift of SHIFTS) scratch[end++] = open.entry >>> shift;
    scratch[end++] = pair;
    open.made.set(hashBytes(scratch, end));
  }
  const from = number % 2 === 0 ? 0 : SALT_BYTES;
  for (let at = 0; at < SALT_BYTES; at++) salt[at] = open.made[from + at] ?? 0;
}

/** SHA-256 over the salt and the value as JSON, good until the next hash. */
function commitment(value: FieldValue): Uint8Array {
  const most = SALT_BYTES + (typeof value === "string" ? 2 + MOST_OF_LETTER * value.length : MOST_OF_NUMBER);
  const room = most <= ROOM ? scratch : new Uint8Array(most);
  room.set(salt);
  return hashBytes(room, writeJson(room, SALT_BYTES, value));
}

/** Writes a value as JSON at `at`, and gives where it ends. Most texts are ASCII, and need their quotation marks escaped alone: they are written here, without a text in between. */
function writeJson(bytes: Uint8Array, at: number, value: FieldValue): number {
  if (typeof value !== "string") return writeText(bytes, at, JSON.stringify(value));
  let end = at;
  bytes[end++] = QUOTE;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 32 || code > 126) return writeText(bytes, at, JSON.stringify(value));
    if (code === QUOTE || code === BACKSLASH) bytes[end++] = BACKSLASH;
    bytes[end++] = code;
  }
  bytes[end++] = QUOTE;
  return end;
}

/** Under which name an erased row keeps what belongs to a field. */
export function keptName(name: string, entry: number): string {
  return entry === 0 ? name : `${entry}/${name}`;
}

/** A row's fields before and after it was erased, each with the number of its entry, or 0. */
export interface ErasedFields {
  before: CommittedFields;
  after: CommittedFields;
  entry: number;
}

/**
 * The salting of a row that is erased: fields that stay as they were keep their salts, what had been committed to of the others is kept, and all else goes with the seed.
 * `seed` is a new one.
 */
export function erasedSalting(
  before: Salting,
  groups: readonly ErasedFields[],
  seed: string,
): Pick<Required<Salting>, "seed" | "salts" | "kept"> {
  const salts: Record<string, string> = {};
  const kept: Record<string, string> = { ...before.kept };
  for (const fields of groups) {
    const after = new Map(fields.after.map(([name, value]) => [name, value]));
    for (const field of fields.before) {
      const [name, value] = field;
      const under = keptName(name, fields.entry);
      if (after.get(name) === value) salts[under] = toBase64(saltOf(before, field, fields.entry));
      else kept[under] = toBase64(commit(before, field, fields.entry));
    }
  }
  return { seed, salts, kept };
}

/** Writes a text as UTF-8 at `at`, and gives where it ends. */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return at + index + encoder.encodeInto(text.slice(index), bytes.subarray(at + index)).written;
    bytes[at + index] = code;
  }
  return at + text.length;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, LETTERS.indexOf(String.fromCharCode(code))));

/** All two letters, by their twelve bits: half as many texts are joined as letter by letter. */
const PAIRS = Array.from({ length: 4_096 }, (_, bits) => LETTERS.charAt(bits >> 6) + LETTERS.charAt(bits & 63));

export function toBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = "";
  for (let at = 0; at < whole; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (PAIRS[bits >> 12] ?? "") + (PAIRS[bits & 4_095] ?? "");
  }
  if (whole === bytes.length) return text;
  const rest = ((bytes[whole] ?? 0) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  return `${text}${PAIRS[rest >> 12]}${bytes.length - whole === 2 ? LETTERS.charAt((rest >> 6) & 63) : "="}=`;
}

/** Of a text that we wrote. */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, at = 0; from < text.length; from += 4) {
    const value = (index: number) => VALUES[text.charCodeAt(from + index)] ?? 0;
    const bits = (value(0) << 18) | (value(1) << 12) | (value(2) << 6) | value(3);
    bytes[at++] = bits >> 16;
    if (at < bytes.length) bytes[at++] = (bits >> 8) & 255;
    if (at < bytes.length) bytes[at++] = bits & 255;
  }
  return bytes;
}
