/** A promise as it is written, signed and read again; golden, so that what senders keep can always be read. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hashRequest, promiseOf, readPromise, writePromise } from "../../../workers/core/signed-log/promise.ts";

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
