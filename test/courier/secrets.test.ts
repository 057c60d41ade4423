/** A secret that is sealed for a worker opens with what that worker holds, and with nothing that any other one does. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readSections, SECTIONS } from "../../scripts/sections.ts";
import {
  openSecret,
  publicHalves,
  readOpeningKeys,
  readSealingKey,
  resealSecrets,
  sealedUnder,
  sealSecret,
} from "../../workers/core/sealed-secrets.ts";
import { placeOfSource } from "../../workers/core/sources/prepare-source.ts";
import { courierKeys } from "../../workers/courier/courier-keys.ts";
import { TEST_SECRETS } from "../flow/system.ts";

const SECRET = "sk_live_of_somebody_else";
const DESTINATION = 7;

/** Who opens, with which of its secrets, and what another place is, where the same secret must not open. */
const OPENERS = [
  { opener: "courier", name: "COURIER_KEYS", place: 7, other: 8 },
  { opener: "postback", name: "SOURCE_KEYS", place: placeOfSource(7, "shop"), other: placeOfSource(8, "shop") },
] as const;

async function openingOf(name: "COURIER_KEYS" | "SOURCE_KEYS") {
  const keys = await readOpeningKeys(TEST_SECRETS[name]);
  if (!keys.ok) throw new Error(keys.refusal);
  return keys.value;
}

async function sealed(name: "COURIER_KEYS" | "SOURCE_KEYS", place: number | string): Promise<string> {
  const key = await readSealingKey(await publicHalves(await openingOf(name)));
  if (!key.ok) throw new Error(key.refusal);
  return sealSecret(key.value, place, SECRET);
}

describe.each(OPENERS)("what is sealed for the $opener", ({ opener, name, place, other }) => {
  test("it opens, for the place that it was sealed for", async () => {
    const opening = await openingOf(name);
    expect(await openSecret(opening, place, await sealed(name, place))).toBe(SECRET);
    expect(await openSecret(opening, other, await sealed(name, place))).toBeNull();
  });

  test.each(SECTIONS.filter((section) => section !== opener))("nothing that %s holds opens", async (section) => {
    const config = readSections().get(section);
    const names = config?.secrets?.required ?? [];
    expect(names).not.toContain(name);
    const held: Record<string, string> = TEST_SECRETS;
    const everything = [...names.map((one) => held[one] ?? ""), ...Object.values(config?.vars ?? {}).map(String)];
    const text = await sealed(name, place);
    expect(text).not.toContain(SECRET);
    for (const one of everything) {
      const keys = await readOpeningKeys(one);
      expect(keys.ok ? await openSecret(keys.value, place, text) : null).toBeNull();
    }
  });

  test("what the console seals with opens nothing", async () => {
    const halves = await publicHalves(await openingOf(name));
    expect(halves).not.toContain(JSON.parse(TEST_SECRETS[name])[1].d);
    expect(await readOpeningKeys(halves)).toMatchObject({ ok: false });
  });
});

test("what the courier reads out of its secret is these keys", async () => {
  const { opening } = await courierKeys(TEST_SECRETS.COURIER_KEYS);
  expect(await openSecret(opening, 7, await sealed("COURIER_KEYS", 7))).toBe(SECRET);
});

test("the console has the public halves of the postback worker's keys, which seal for it alone", async () => {
  const sealing = await readSealingKey(TEST_SECRETS.SOURCE_SEALING_KEYS);
  if (!sealing.ok) throw new Error(sealing.refusal);
  const text = await sealSecret(sealing.value, "7/shop", SECRET);
  expect(await openSecret(await openingOf("SOURCE_KEYS"), "7/shop", text)).toBe(SECRET);
  expect(await openSecret(await openingOf("COURIER_KEYS"), "7/shop", text)).toBeNull();
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
  const text = await sealed("COURIER_KEYS", DESTINATION);
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
