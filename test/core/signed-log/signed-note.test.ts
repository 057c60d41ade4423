/** Notes, checkpoints and keys as the C2SP specifications write them; the golden ones are those documents' own, or were signed by Node's own crypto. */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { expect, test } from "vitest";
import { fromBase64 } from "../../../workers/core/journal/commitments.ts";
import { must } from "../../../workers/core/must.ts";
import { openCheckpoint, writeCheckpoint } from "../../../workers/core/signed-log/checkpoint.ts";
import { entryOf, inOrder, type LoggedHead, writeEntry } from "../../../workers/core/signed-log/minute.ts";
import { nameKeys, openProofKeys, openPublicKeys, publishedKeys } from "../../../workers/core/signed-log/proof-keys.ts";
import { openNote, signNote } from "../../../workers/core/signed-log/signed-note.ts";

const seedOf = (fill: number) => Buffer.alloc(32, fill);
const ringOf = (signing: number, ...fills: number[]) =>
  JSON.stringify({
    signing,
    keys: Object.fromEntries(fills.map((fill, at) => [at + 1, seedOf(fill).toString("base64")])),
  });
const signers = await openProofKeys(ringOf(1, 6));
const ROOT = fromBase64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");

test("a checkpoint is written, signed and named as the specification says", async () => {
  const { origin } = signers.names;
  const text = writeCheckpoint({ origin, size: 20_852_163, root: ROOT });
  expect(text).toBe(`${origin}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`);
  const note = await signNote(text, signers.log);
  expect(note).toBe(
    `clickback.log/${ID}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— clickback.log/${ID} ${SIGNED}\n`,
  );
  const opened = await openCheckpoint(note, signers.names.log);
  expect(opened).toEqual({ ok: true, value: { origin, size: 20_852_163, root: ROOT } });
});

/** Of the key of 32 bytes of 6, by node:crypto. */
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seedOf(6)]),
  format: "der",
  type: "pkcs8",
});
const PUBLIC = Buffer.from(must(createPublicKey(privateKey).export({ format: "jwk" }).x, "x", "key"), "base64url");
const ID = "e92pe82140vtdcss";
const SIGNED = "rc6YyGwQtUENDJ+K3/nuQcCRyKu6O9T93mceXYwqSj+vr1mLMuRr5PZh76JtSIF4ZposNGrJxJLAazxCA2SiXxH2uwQ=";

test("what signs is Ed25519, and its key is published as Go's verifiers take it", async () => {
  const { log, promises, origin } = publishedKeys(signers.names);
  expect([origin, log, promises]).toEqual([
    `clickback.log/${ID}`,
    [`clickback.log/${ID}+adce98c8+${Buffer.concat([Buffer.from([1]), PUBLIC]).toString("base64")}`],
    [expect.stringMatching(/^clickback\.promises\//)],
  ]);
  const note = await signNote("a\n", signers.log);
  const signature = Buffer.from(note.split(" ").at(-1)?.trim() ?? "", "base64").subarray(4);
  expect(signature.equals(sign(null, Buffer.from("a\n"), privateKey))).toBe(true);
});

test("another text, another key and no note are refused, each for its reason", async () => {
  const note = await signNote("a\nb\n", signers.log);
  expect(await openNote(note, signers.names.log)).toEqual({ ok: true, value: "a\nb\n" });
  expect(await openNote(note.replace("b\n", "c\n"), signers.names.log)).toEqual({
    ok: false,
    refusal: "bad_signature",
  });
  expect(await openNote(note, signers.names.promises)).toEqual({ ok: false, refusal: "unknown_key" });
  expect(await openNote("a\nb\n", signers.names.log)).toEqual({ ok: false, refusal: "malformed" });
  expect(await openNote(`${note}— x !\n`, signers.names.log)).toEqual({ ok: false, refusal: "malformed" });
  const other = await signNote("a\nb\n", { ...signers.log, name: "somebody.example" });
  // Signatures of others, such as witnesses, stand beside ours.
  const both = note + other.slice(other.indexOf("— "));
  expect(await openNote(both, signers.names.log)).toEqual({ ok: true, value: "a\nb\n" });
});

test("a new key signs under the log's name, and what the old one signed still opens", async () => {
  const before = await signNote("a\n", signers.log);
  const rotated = await openProofKeys(ringOf(2, 6, 7));
  expect(rotated.names.origin).toBe(signers.names.origin);
  const after = await signNote("a\n", rotated.log);
  expect(after).not.toBe(before);
  for (const note of [before, after]) expect((await openNote(note, rotated.names.log)).ok).toBe(true);
  expect(await openNote(after, signers.names.log)).toEqual({ ok: false, refusal: "unknown_key" });
});

test("public halves name the same log, and a secret that is none is not repeated", async () => {
  const text = JSON.stringify({ signing: 1, keys: { 1: PUBLIC.toString("base64") } });
  expect(publishedKeys(await openPublicKeys(text))).toEqual(publishedKeys(signers.names));
  await expect(async () => openProofKeys('{"signing":1,"keys":{"1":"c2VjcmV0"}}')).rejects.toThrow(/^PROOF_KEYS: [^c]/);
  expect(() => nameKeys(new Map())).toThrow("PROOF_KEYS");
});

const HEADS: LoggedHead[] = [
  { kind: "journal", name: "b", number: 12, head: "AA==" },
  { kind: "audit", name: "audit", number: 3, head: "AQ==" },
  { kind: "journal", name: "a", number: 7, head: "Ag==", advertiser: 9 },
];

test("a minute's entry says its number, its time and its root, and nothing of whose it is", () => {
  const heads = inOrder(HEADS);
  expect(heads.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["audit audit", "journal a", "journal b"]);
  const atMs = Date.UTC(2026, 11, 1, 12, 3);
  const { root, leaf } = entryOf({ number: 512, atMs, heads });
  expect(writeEntry(512, atMs, root)).toBe(
    "clickback minute\n512\n2026-12-01T12:03:00.000Z\nQzb+t60KoRUtU7G8wVfZerDe+YuilzpZmqMQTVkKoBs=\n",
  );
  expect(Buffer.from(leaf).toString("base64")).toBe("wAD7AVlaZCqumlGaOC5CHNMkXJ53w4nw6sHo4tLerQ0=");
});
