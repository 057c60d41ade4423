/** Identifiers and signatures pass through shared buffers: what was made stays what it is while others are made and read. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { issueClickId, readClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys, readSigningSecret } from "../../workers/core/credentials.ts";
import { signTarget, verifyTarget } from "../../workers/core/postback/signed-url.ts";
import { isReceiptOf, nameOfMessage, RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { ringOf } from "./keys.ts";

const ring = await ringOf({ 1: 0x11 }, 1);
const [receiptKey] = await deriveReceiptKeys(ring);
const signingKey = readSigningSecret(`whsec_${btoa("the advertiser's secret")}`) ?? new Uint8Array(0);

/** Texts on both sides of what the buffers hold. */
function textOf(seed: number): string {
  return `/p/acme?order=${"é".repeat(seed % 3_000)}${seed}`;
}

/** Everything that is made of one seed. */
function make(seed: number) {
  return {
    clickId: issueClickId(ring, { issuedAtMs: seed, link: seed % 97, counter: seed, test: false, provisional: false }),
    receipt: writeReceipt(receiptKey, seed, new Uint8Array(RECEIPT_NAME_BYTES).fill(seed % 256)),
    signature: signTarget(signingKey, textOf(seed)),
    name: nameOfMessage(receiptKey, seed, [textOf(seed)]),
  };
}

test("what was made stays as it is, and reads back", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 ** 28 - 1 }), { minLength: 2, maxLength: 20 }), (seeds) => {
      const made = seeds.map((seed) => ({ seed, ...make(seed) }));
      for (const { seed, clickId, receipt, signature, name } of made) {
        const click = readClickId(ring, clickId);
        expect(click.ok && click.value.issuedAtMs).toBe(seed);
        expect(isReceiptOf([receiptKey], seed, receipt)).toBe(true);
        expect(verifyTarget(signingKey, textOf(seed), signature)).toBe(true);
        expect([...name]).toEqual([...nameOfMessage(receiptKey, seed, [textOf(seed)])]);
      }
    }),
    { numRuns: 100 },
  );
});
