/** What docs/keys.md and SECURITY.md say can be looked up. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { ROOT, read } from "../house/files.ts";

const JSON_BLOCK = /^ *```json\n([\s\S]*?)^ *```$/gm;

test("the key lists are lists that the workers read: one key; a second one that does not sign yet; the second one signs", async () => {
  const rings = [];
  for (const [, text = ""] of read("docs/keys.md").matchAll(JSON_BLOCK)) {
    const ring = await importKeyRing(text);
    rings.push(ring.ok ? { signing: ring.value.signing, keys: [...ring.value.hmac.keys()] } : ring.refusal);
  }
  expect(rings).toEqual([
    { signing: 1, keys: [1] },
    { signing: 1, keys: [1, 2] },
    { signing: 2, keys: [1, 2] },
  ]);
});

test("what SECURITY.md says is held by a file is held by one that exists", () => {
  const paths = [...read("SECURITY.md").matchAll(/`((?:test|workers)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
