/** A secret that is sealed for the courier opens with what the courier holds, and with nothing that any other worker does. */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { readSections, SECTIONS } from "../../scripts/sections.ts";
import {
  openSecret,
  publicHalves,
  readOpeningKeys,
  readSealingKey,
  resealSecrets,
  sealedUnder,
  sealSecret,
} from "../../workers/core/courier/sealed-secrets.ts";
import { courierKeys } from "../../workers/courier/courier-keys.ts";
import { TEST_SECRETS } from "../flow/system.ts";

const SECRET = "sk_live_of_somebody_else";
const DESTINATION = 7;

async function sealed(): Promise<string> {
  const { opening } = await courierKeys(TEST_SECRETS.COURIER_KEYS);
  const key = await readSealingKey(await publicHalves(opening));
  if (!key.ok) throw new Error(key.refusal);
  return sealSecret(key.value, DESTINATION, SECRET);
}

test("the courier opens it, for the destination that it was sealed for", async () => {
  const { opening } = await courierKeys(TEST_SECRETS.COURIER_KEYS);
  expect(await openSecret(opening, DESTINATION, await sealed())).toBe(SECRET);
  expect(await openSecret(opening, DESTINATION + 1, await sealed())).toBeNull();
});

test.each(SECTIONS.filter((section) => section !== "courier"))("nothing that %s holds opens it", async (section) => {
  const config = readSections().get(section);
  const names = config?.secrets?.required ?? [];
  expect(names).not.toContain("COURIER_KEYS");
  const held: Record<string, string> = TEST_SECRETS;
  const everything = [...names.map((name) => held[name] ?? ""), ...Object.values(config?.vars ?? {}).map(String)];
  const text = await sealed();
  expect(text).not.toContain(SECRET);
  for (const one of everything) {
    const keys = await readOpeningKeys(one);
    expect(keys.ok && (await openSecret(keys.value, DESTINATION, text))).toBe(false);
  }
});

test("what the console seals with opens nothing", async () => {
  const { opening } = await courierKeys(TEST_SECRETS.COURIER_KEYS);
  const halves = await publicHalves(opening);
  expect(halves).not.toContain(JSON.parse(TEST_SECRETS.COURIER_KEYS)[1].d);
  expect(await readOpeningKeys(halves)).toMatchObject({ ok: false });
});

test("sealed anew under the highest key it opens without the older one, and what no key opens is named and left", async () => {
  const { privateKey } = generateKeyPairSync("x25519");
  const older = JSON.parse(TEST_SECRETS.COURIER_KEYS);
  const [both, newer] = await Promise.all(
    [{ ...older, 5: privateKey.export({ format: "jwk" }) }, { 5: privateKey.export({ format: "jwk" }) }].map(
      async (keys) => {
        const read = await readOpeningKeys(JSON.stringify(keys));
        if (!read.ok) throw new Error(read.refusal);
        return read.value;
      },
    ),
  );
  if (!both || !newer) throw new Error("no keys");
  const text = await sealed();
  expect(sealedUnder(text)).toBe(1);
  const { secrets, lost } = await resealSecrets(both, DESTINATION, { key: text, other: `${text}x` });
  expect(lost).toEqual(["other"]);
  expect(secrets.other).toBe(`${text}x`);
  expect(sealedUnder(secrets.key ?? "")).toBe(5);
  expect(await openSecret(newer, DESTINATION, text)).toBeNull();
  expect(await openSecret(newer, DESTINATION, secrets.key ?? "")).toBe(SECRET);
  expect(await openSecret(newer, DESTINATION + 1, secrets.key ?? "")).toBeNull();
  // What is done stays as it is.
  expect((await resealSecrets(both, DESTINATION, { key: secrets.key ?? "" })).secrets.key).toBe(secrets.key);
});
