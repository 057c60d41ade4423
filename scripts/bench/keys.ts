/** Key rings of the measured workers' secrets. */
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";

export async function ringOf(secret: string): Promise<KeyRing> {
  const ring = await importKeyRing(secret);
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}
