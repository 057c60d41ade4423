/** What is committed to is what docs/proofs.md draws, told by node's own hash; and erasure keeps it without what it was. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type CommittedField,
  commit,
  erasedSalting,
  type FieldValue,
  fromBase64,
  hashFields,
  saltOf,
  toBase64,
} from "../../../workers/core/journal/commitments.ts";

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const seed = (byte: number) => Buffer.alloc(16, byte).toString("base64");
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.constant("x".repeat(20_000)),
  fc.constant(null),
);
const fields = fc.array(fc.tuple(fc.stringMatching(/^[a-z_]{1,12}$/), value, fc.nat({ max: 200 })), {
  maxLength: 500,
});

test("salts, commitments and their hash are as drawn, whatever is said", () => {
  fc.assert(
    fc.property(fields, fc.nat(), (said, entry) => {
      const parts = said.flatMap((field) => {
        const [name, value, number] = field;
        const key = Buffer.alloc(21, 7);
        key.writeUInt32BE(entry, 16);
        key.writeUInt8(number >> 1, 20);
        const salt = sha256(key).subarray(16 * (number % 2), 16 * (number % 2) + 16);
        const committed = sha256(salt, JSON.stringify(value));
        expect(Buffer.from(saltOf({ seed: seed(7) }, field, entry))).toEqual(salt);
        expect(Buffer.from(commit({ seed: seed(7) }, field, entry))).toEqual(committed);
        return [name, Uint8Array.of(0), committed];
      });
      expect(Buffer.from(hashFields(said, { seed: seed(7) }, entry))).toEqual(sha256(...parts));
    }),
    { numRuns: 150 },
  );
});

test("what is erased is kept as it was committed to, and what stays keeps its salt", () => {
  const status = ["status", "approved", 1] as const;
  const txid = ["txid", "order-1", 2] as const;
  const before = [["click_id", "c", 0], status, txid] as const;
  const after = [["click_id", "replaced", 0], status] as const;
  const salting = { seed: seed(7), at: 3 };
  const erased = erasedSalting(salting, [{ before, after, entry: 2 }], seed(9));
  const old = (field: CommittedField) => toBase64(commit(salting, field, 2));
  expect(erased.kept).toEqual({ "2/click_id": old(before[0]), "2/txid": old(txid) });
  expect(toBase64(commit(erased, status, 2))).toBe(old(status));
  expect(saltOf(erased, after[0], 2)).not.toEqual(saltOf(salting, after[0], 2));
  expect(JSON.stringify(erased)).not.toContain(seed(7));
  // Erased once more, what was kept first stays.
  const again = erasedSalting({ ...erased, at: 4 }, [{ before: after, after: [], entry: 2 }], seed(1));
  expect(again.kept["2/txid"]).toBe(old(txid));
});

test("base64 is the platform's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }),
  );
});
