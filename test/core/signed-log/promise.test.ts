/** A promise as it is written, signed and read again; golden, so that what senders keep can always be read. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hashRequest, promiseOf, readPromise, writePromise } from "../../../workers/core/signed-log/promise.ts";
import { read } from "../../house/files.ts";
import { runProgram } from "../../scripts/program.ts";

const SAID = {
  receipt: "1t84xmgvx89884qws8dv5jzt91",
  advertiser: "acme",
  hash: hashRequest("POST", "/p/acme?token=t", new TextEncoder().encode('{"txid":"1"}')),
  atMs: Date.UTC(2026, 11, 1, 12, 3, 7, 250),
};

test("a promise is six lines, and is read as it was written", () => {
  const hash = createHash("sha256").update('POST /p/acme?token=t\n{"txid":"1"}').digest("base64");
  const text = writePromise(promiseOf(SAID));
  expect(text).toBe(
    `clickback promise\n1t84xmgvx89884qws8dv5jzt91\nacme\n${hash}\n2026-12-01T12:03:07.250Z\n2026-12-02T12:03:07.250Z\n`,
  );
  expect(readPromise(text)).toEqual(promiseOf(SAID));
});

test.each([
  ["another first line", (text: string) => text.replace("promise", "checkpoint")],
  ["a line more", (text: string) => `${text}more\n`],
  ["a time that is none", (text: string) => text.replace("2026-12-02", "tomorrow")],
  ["a receipt that is none", (text: string) => text.replace("1t84", "1t8")],
])("%s is no promise", (_, change) => {
  expect(readPromise(change(writePromise(promiseOf(SAID))))).toBeNull();
});

test("the program of docs/proofs.md checks a promise by itself, and tells a changed word, request and receipt", async () => {
  const program = /```js\n(import \{ createHash[\s\S]*?)```/.exec(read("docs/proofs.md"))?.[1] ?? "";
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.concat([Buffer.from([1]), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
  const name = "clickback.promises/test";
  const id = createHash("sha256").update(`${name}\n`).update(key).digest().subarray(0, 4);
  const text = writePromise(promiseOf(SAID));
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  const folder = mkdtempSync(join(tmpdir(), "check-promise-"));
  const path = (file: string) => join(folder, file);
  writeFileSync(path("check-promise.mjs"), program);
  const check = async (promise: string, receipt: string, request: string) => {
    writeFileSync(path("answer.json"), JSON.stringify({ status: "accepted", receipt, promise }));
    writeFileSync(path("request.txt"), request);
    const published = `${name}+${id.toString("hex")}+${key.toString("base64")}`;
    const args = [path("check-promise.mjs"), path("answer.json"), path("request.txt"), published];
    return (await runProgram(process.execPath, args)).output.trim().split("\n");
  };
  const request = 'POST /p/acme?token=t\n{"txid":"1"}';
  const note = `${text}\n— ${name} ${signature}\n`;
  const said = (signed: boolean, receipt: boolean, sent: boolean) => [
    `signed by that key: ${signed}`,
    `of this receipt: ${receipt}`,
    `of this request: ${sent}`,
  ];
  expect(await check(note, SAID.receipt, request)).toEqual(said(true, true, true));
  expect(await check(note.replace("2026-12-02", "2026-12-03"), SAID.receipt, request)).toEqual(said(false, true, true));
  expect(await check(note, SAID.receipt.replace("1t", "2t"), request)).toEqual(said(true, false, true));
  expect(await check(note, SAID.receipt, `${request} `)).toEqual(said(true, true, false));
  rmSync(folder, { recursive: true });
});
