/** Secrets of others: sealed with the public key, opened by the courier alone, each for its destination. */
import { expect, test } from "vitest";
import {
  openSecret,
  publicHalves,
  readOpeningKeys,
  readSealingKey,
  sealSecret,
} from "../../../workers/core/sealed-secrets.ts";

/** Private keys of which every byte is 1, and 2. */
const ONE = {
  kty: "OKP",
  crv: "X25519",
  x: "pOCSkrZRwni5dyxWn1-puxPZBrRqtoyd-dwrRAn4ogk",
  d: "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
};
const TWO = {
  kty: "OKP",
  crv: "X25519",
  x: "zo060cy2M-x7cMF4FKXHbs0CloUFDTRHRboFhw5YfVk",
  d: "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
};

async function opening(keys: Record<string, object>) {
  const read = await readOpeningKeys(JSON.stringify(keys));
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

async function sealing(keys: Record<string, object>) {
  const read = await readSealingKey(await publicHalves(await opening(keys)));
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

test("what the public key seals, the private one opens, for its destination alone", async () => {
  const sealed = await sealSecret(await sealing({ 1: ONE }), 9, "tökən");
  const keys = await opening({ 1: ONE });
  expect(sealed).not.toContain("tökən");
  expect(await openSecret(keys, 9, sealed)).toBe("tökən");
  expect(await openSecret(keys, 10, sealed)).toBeNull();
});

test("the same secret is sealed otherwise each time", async () => {
  const key = await sealing({ 1: ONE });
  expect(await sealSecret(key, 9, "x")).not.toBe(await sealSecret(key, 9, "x"));
});

test("the public halves have no private part, and open nothing", async () => {
  const halves = await publicHalves(await opening({ 1: ONE, 2: TWO }));
  expect(JSON.parse(halves)).toEqual({
    1: { kty: "OKP", crv: "X25519", x: ONE.x },
    2: { kty: "OKP", crv: "X25519", x: TWO.x },
  });
  expect((await readOpeningKeys(halves)).ok).toBe(false);
  expect((await readSealingKey(JSON.stringify({ 1: ONE }))).ok).toBe(false);
});

test("keys rotate: the highest number seals, older ones open until they are gone", async () => {
  const old = await sealSecret(await sealing({ 1: ONE }), 9, "old");
  const key = await sealing({ 1: ONE, 2: TWO });
  expect(key.number).toBe(2);
  const fresh = await sealSecret(key, 9, "fresh");
  const both = await opening({ 1: ONE, 2: TWO });
  expect([await openSecret(both, 9, old), await openSecret(both, 9, fresh)]).toEqual(["old", "fresh"]);
  expect(await openSecret(await opening({ 2: TWO }), 9, old)).toBeNull();
  // A number under which another key lies.
  expect(await openSecret(await opening({ 1: TWO }), 9, old)).toBeNull();
});

test("what was sealed before is opened still", async () => {
  const sealed =
    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsImtpZCI6IjEiLCJkc3QiOjksImVwayI6eyJ4IjoiSUlmUENLUUxlZWx0b1NwVzgtNXlTMUtuOF85ZDZUN0QzN29UN2xPRExGWSIsImNydiI6IlgyNTUxOSIsImt0eSI6Ik9LUCJ9fQ..XDuaNrzdf1B8qOEk.Eg-aFzX2zFfMdqCeMRetF3loaMNq.N7Bd5VFtANl5QuvuBpC3hg";
  expect(await openSecret(await opening({ 1: ONE }), 9, sealed)).toBe("a token of a platform");
});

test("what was changed, cut or was never sealed opens to nothing", async () => {
  const keys = await opening({ 1: ONE });
  const sealed = await sealSecret(await sealing({ 1: ONE }), 9, "secret");
  const parts = sealed.split(".");
  const flipped = [
    ...parts.slice(0, 3),
    parts[3]?.startsWith("A") ? `B${parts[3].slice(1)}` : `A${parts[3]?.slice(1)}`,
    ...parts.slice(4),
  ].join(".");
  const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: "1", dst: 9 })).toString("base64url");
  const others = [flipped, sealed.slice(0, -4), "", "secret", "a.b.c.d.e", [header, ...parts.slice(1)].join(".")];
  for (const other of others) expect(await openSecret(keys, 9, other), other).toBeNull();
});

test.each([
  ["nothing", ""],
  ["no JSON", "secret"],
  ["no keys", "{}"],
  ["a number beyond 15", JSON.stringify({ 16: ONE })],
  ["a number in two ways", JSON.stringify({ "01": ONE })],
  ["another curve", JSON.stringify({ 1: { ...ONE, crv: "Ed25519" } })],
  ["a key that is none", JSON.stringify({ 1: { ...ONE, d: "AQ" } })],
])("a secret of another form is refused: %s", async (_what, text) => {
  const read = await readOpeningKeys(text);
  expect(read.ok).toBe(false);
  if (!read.ok) expect(read.refusal).not.toContain("AQEBAQ");
});
