/** Whether trackers that send on to each other's hosts send visitors round for ever. */
import { expect, test } from "vitest";
import { type HostAndOrigin, leadsRound } from "../../../workers/core/trackers/old-host.ts";

/** `a>b`: at the host a, with its old origin at b; either may be left out. */
function standing(text: string): HostAndOrigin {
  const [host = "", old = ""] = text.split(">");
  return { host: host === "" ? null : host, oldOrigin: old === "" ? null : `https://${old}` };
}

test.each<[string, string[], boolean]>([
  ["a>old", [], false],
  ["a>", ["b>a"], false],
  [">old", ["b>old"], false],
  ["a>a", [], true],
  ["a>a.:8443", [], true],
  ["a>b", ["b>old"], false],
  ["a>b", ["b>"], false],
  ["a>b", ["b>a"], true],
  ["a>b", ["c>a", "b>c:8080"], true],
  ["a>b", ["b>c", "c>old", "d>a"], false],
  // Those of others, into which it leads.
  [">b", ["b>c", "c>b"], true],
])("%s beside %j: %s", (one, others, expected) => {
  expect(leadsRound(standing(one), others.map(standing))).toBe(expected);
});
