/** Hosts of other trackers: what is taken for one, and in which form. */
import { expect, test } from "vitest";
import { askedHost, readOldOrigin, readTrackerHost } from "../../../workers/core/trackers/tracker-host.ts";

test.each([
  ["trk.example.com", "trk.example.com"],
  [" TRK.Example.COM. ", "trk.example.com"],
  ["klick.müller.example", "klick.xn--mller-kva.example"],
  ["a-b.co.uk", "a-b.co.uk"],
  ["x.xn--p1ai", "x.xn--p1ai"],
])("%j is a host", (text, host) => {
  expect(readTrackerHost(text)).toBe(host);
});

test.each([
  "",
  "localhost",
  "https://trk.example.com",
  "trk.example.com/",
  "trk.example.com:8443",
  "me@trk.example.com",
  "*.example.com",
  "trk example.com",
  "203.0.113.7",
  "0x7f.1",
  "[::1]",
  "-a.example",
  "trk..example",
  `${"a".repeat(64)}.example`,
  `${"a.".repeat(130)}example`,
])("%j is none", (text) => {
  expect(readTrackerHost(text)).toBeNull();
});

test.each([
  ["https://old.example", "https://old.example"],
  [" HTTPS://Old.Example:443/ ", "https://old.example"],
  ["http://203.0.113.7:8080", "http://203.0.113.7:8080"],
])("%j is an origin", (text, origin) => {
  expect(readOldOrigin(text)).toBe(origin);
});

test.each([
  "old.example",
  "https://old.example/path",
  "https://old.example/?a=1",
  "https://old.example?",
  "https://me:secret@old.example",
  "ftp://old.example",
  "javascript:alert(1)",
  "https://old.example/#x",
])("%j is no origin", (text) => {
  expect(readOldOrigin(text)).toBeNull();
});

test.each([
  ["trk.example.com", "trk.example.com"],
  ["trk.example.com.", "trk.example.com"],
  ["", ""],
  [`${"a".repeat(253)}`, "a".repeat(253)],
  ["a".repeat(254), null],
])("%j is asked for", (host, asked) => {
  expect(askedHost(host)).toBe(asked);
});
