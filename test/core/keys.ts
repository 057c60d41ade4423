/** Key rings for tests: every byte of a key is its `fill`, so that golden values stay the same. */
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";

/** A ring of numbered keys (number → fill byte), of which `signing` signs. */
export async function ringOf(fills: Record<number, number>, signing: number): Promise<KeyRing> {
  const keys = Object.fromEntries(
    Object.entries(fills).map(([number, fill]) => [number, Buffer.alloc(32, fill).toString("base64")]),
  );
  const ring = await importKeyRing(JSON.stringify({ signing, keys }));
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}
