/** The key lists in docs/keys.md are lists that the workers read, in the order of its steps. */
import { expect, test } from "vitest";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { read } from "../house/files.ts";

const BLOCK = /^ *```json\n([\s\S]*?)^ *```$/gm;

test("one key; a second one that does not sign yet; the second one signs", async () => {
  const rings = [];
  for (const [, text = ""] of read("docs/keys.md").matchAll(BLOCK)) {
    const ring = await importKeyRing(text);
    rings.push(ring.ok ? { signing: ring.value.signing, keys: [...ring.value.hmac.keys()] } : ring.refusal);
  }
  expect(rings).toEqual([
    { signing: 1, keys: [1] },
    { signing: 1, keys: [1, 2] },
    { signing: 2, keys: [1, 2] },
  ]);
});
