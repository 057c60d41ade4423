/** Identifiers and signatures made and read at the same time: what passes through shared buffers is the same as one after the other. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { issueClickId, readClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys, readSigningSecret } from "../../workers/core/credentials.ts";
import { signTarget, verifyTarget } from "../../workers/core/postback/signed-url.ts";
import { isReceiptOf, nameOfMessage, RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { ringOf } from "./keys.ts";

const ring = await ringOf({ 1: 0x11 }, 1);
const [receiptKey] = await deriveReceiptKeys(ring);
const signingKey = readSigningSecret(`whsec_${btoa("the advertiser's secret")}`);

/** Everything that is made of one seed; texts on both sides of what the shared buffer holds. */
async function make(seed: number): Promise<string[]> {
  const text = `/p/acme?order=${"é".repeat(seed % 3_000)}${seed}`;
  const name = new Uint8Array(RECEIPT_NAME_BYTES).fill(seed % 256);
  return Promise.all([
    issueClickId(ring, { issuedAtMs: seed, link: seed % 97, counter: seed, test: false, provisional: false }),
    writeReceipt(receiptKey, seed, name),
    signingKey ? signTarget(signingKey, text) : "",
    Buffer.from(nameOfMessage(receiptKey, seed, [text])).toString("hex"),
  ]);
}

async function read(seed: number, [clickId = "", receipt = "", signature = ""]: string[]): Promise<unknown[]> {
  const text = `/p/acme?order=${"é".repeat(seed % 3_000)}${seed}`;
  const click = await readClickId(ring, clickId);
  return Promise.all([
    click.ok && click.value.issuedAtMs === seed,
    isReceiptOf([receiptKey], seed, receipt),
    signingKey && verifyTarget(signingKey, text, signature),
  ]);
}

test("what is made at the same time is what is made one after the other, and reads back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 2 ** 28 - 1 }), { minLength: 2, maxLength: 20 }), async (seeds) => {
      const one: string[][] = [];
      for (const seed of seeds) one.push(await make(seed));
      const all = await Promise.all(seeds.map(make));
      expect(all).toEqual(one);
      const readBack = await Promise.all(seeds.map((seed, index) => read(seed, all[index] ?? [])));
      expect(readBack).toEqual(seeds.map(() => [true, true, true]));
    }),
    { numRuns: 100 },
  );
});
