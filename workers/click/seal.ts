/** What an isolate needs to seal click IDs: the keys, imported once, and the counter that tells IDs of one millisecond apart. */
import { importKeyRing, type KeyRing } from "../core/key-ring.ts";

const COUNTER_MASK = 0x0fff_ffff;

export interface Seal {
  /** The ring of `secret`; a promise only until it was imported once. Throws when the secret is none. */
  ring(secret: string): KeyRing | Promise<KeyRing>;
  /** 28 bits: random at first, then counting up. */
  nextCounter(): number;
}

export function createSeal(): Seal {
  let held: { secret: string; ring: KeyRing } | null = null;
  let counter: number | null = null;

  async function load(secret: string): Promise<KeyRing> {
    const imported = await importKeyRing(secret);
    if (!imported.ok) throw new Error(`CLICK_KEYS: ${imported.refusal}`);
    held = { secret, ring: imported.value };
    return imported.value;
  }

  return {
    ring: (secret) => (held?.secret === secret ? held.ring : load(secret)),
    nextCounter() {
      // Not before the first request: the platform gives no randomness while an isolate starts.
      counter ??= crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
      counter = (counter + 1) & COUNTER_MASK;
      return counter;
    },
  };
}
