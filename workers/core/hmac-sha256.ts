/**
 * HMAC-SHA-256 (RFC 2104 over FIPS 180-4) in JavaScript, for identifiers: an answer of WebCrypto's is a promise and comes through the platform, which costs a click more
 * than the HMAC itself. A library would make the click worker's bundle, of at most 13.5 KiB gzipped and our own code alone, a fifth larger: @noble/hashes 2.4.0 is 2.7 KiB
 * more than this, and takes 2.3 µs a call by its documented interface where this takes 0.8 (in one process, by turns); a click takes some 125 µs of CPU. The tests hold this
 * one to the vectors of RFC 4231 and to node's. No table is read at a place that depends on the key or the message, and no branch is taken on them.
 */

/** A key as SHA-256 has it once it has taken in the key's first block, for the inner and the outer hash. */
export interface HmacKey {
  inner: Int32Array;
  outer: Int32Array;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const BLOCK_WORDS = 16;
const STATE_WORDS = 8;
const ROUNDS = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** What follows the message: a bit that is set, and at the end its length in bits. */
const END_BYTE = 0x80;
const LENGTH_BYTES = 8;

/** The first 32 bits of the fractional parts of the square roots of the first 8 primes, and of the cube roots of the first 64. */
const FRACTION = 2 ** 32;
const PRIMES = firstPrimes(ROUNDS);
const INITIAL = Int32Array.from(PRIMES.slice(0, STATE_WORDS), (prime) => Math.floor((Math.sqrt(prime) % 1) * FRACTION));
const CONSTANTS = Int32Array.from(PRIMES, (prime) => Math.floor((Math.cbrt(prime) % 1) * FRACTION));

/** Where hashes are made: nothing stays in these from one call to the next. */
const schedule = new Int32Array(ROUNDS);
const state = new Int32Array(STATE_WORDS);
const digest = new Uint8Array(DIGEST_BYTES);
const digestView = new DataView(digest.buffer);

/** Makes a key of at most 64 bytes ready. */
export function importHmacKey(bytes: Uint8Array): HmacKey {
  if (bytes.length > BLOCK_BYTES) throw new RangeError("a longer key would have to be hashed first");
  const padded = (pad: number) => Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (bytes[index] ?? 0) ^ pad);
  const stateAfter = (block: Uint8Array) => {
    state.set(INITIAL);
    readBlock(block, 0, block.length);
    compress();
    return state.slice();
  };
  return { inner: stateAfter(padded(INNER_PAD)), outer: stateAfter(padded(OUTER_PAD)) };
}

/** The 32 bytes of the HMAC over `message`, good until the next call. */
export function hmac(key: HmacKey, message: Uint8Array): Uint8Array {
  hashOn(key.inner, message, BLOCK_BYTES);
  hashOn(key.outer, digest, BLOCK_BYTES);
  return digest;
}

/** The 32 bytes of SHA-256 over the first `length` bytes of `message` alone, good until the next call. */
export function hashBytes(message: Uint8Array, length = message.length): Uint8Array {
  hashOn(INITIAL, message, 0, length);
  return digest;
}

/** Hashes a message that comes behind as many bytes, whole blocks, as `start` has taken in. */
function hashOn(start: Int32Array, message: Uint8Array, before: number, length = message.length): void {
  state.set(start);
  const end = length + 1 + LENGTH_BYTES;
  for (let at = 0; at < end; at += BLOCK_BYTES) {
    readBlock(message, at, length);
    if (at + BLOCK_BYTES >= end) schedule[BLOCK_WORDS - 1] = (before + length) * 8;
    compress();
  }
  for (let word = 0; word < STATE_WORDS; word++) digestView.setInt32(word * 4, state[word] ?? 0);
}

/** Takes up the block of the message that begins at `at`, with what follows the message's end but for its length. */
function readBlock(message: Uint8Array, at: number, length: number): void {
  if (at + BLOCK_BYTES <= length) {
    for (let word = 0, place = at; word < BLOCK_WORDS; word++, place += 4)
      schedule[word] =
        ((message[place] ?? 0) << 24) |
        ((message[place + 1] ?? 0) << 16) |
        ((message[place + 2] ?? 0) << 8) |
        (message[place + 3] ?? 0);
    return;
  }
  for (let word = 0, place = at; word < BLOCK_WORDS; word++, place += 4)
    schedule[word] =
      (byteAt(message, place, length) << 24) |
      (byteAt(message, place + 1, length) << 16) |
      (byteAt(message, place + 2, length) << 8) |
      byteAt(message, place + 3, length);
}

function byteAt(message: Uint8Array, place: number, length: number): number {
  if (place < length) return message[place] ?? 0;
  return place === length ? END_BYTE : 0;
}

/** One block of SHA-256, from `schedule` into `state`; names as in FIPS 180-4. */
function compress(): void {
  for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
    const x = schedule[t - 15] ?? 0;
    const y = schedule[t - 2] ?? 0;
    const sigma0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
    const sigma1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
    schedule[t] = (schedule[t - 16] ?? 0) + sigma0 + (schedule[t - 7] ?? 0) + sigma1;
  }
  // Not taken apart as a list, which would cost as much as the rounds.
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let t = 0; t < ROUNDS; t++) {
    const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const choice = g ^ (e & (f ^ g));
    const first = (h + sum1 + choice + (CONSTANTS[t] ?? 0) + (schedule[t] ?? 0)) | 0;
    const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) | (c & (a | b));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}
