/** The external ID of a click, and which parameter brought it. */
import { expect, test } from "vitest";
import {
  EXTERNAL_KINDS,
  externalKindOf,
  MAX_EXTERNAL_ID_LENGTH,
  readExternalClick,
} from "../../../workers/core/click/external-kind.ts";
import { readQuery } from "../../../workers/core/click/query.ts";

function read(search: string) {
  return readExternalClick(readQuery(search));
}

test.each(EXTERNAL_KINDS)("%s brings an ID of its kind, letter for letter", (kind) => {
  expect(read(`?x=1&${kind}=IwAR0-_aZ%2B`)).toEqual({ id: "IwAR0-_aZ+", kind });
});

test.each<[string, { id: string; kind: string | null } | null]>([
  ["?external_id=a", { id: "a", kind: null }],
  ["?aff_click_id=b&external_id=a", { id: "a", kind: null }],
  ["?externalId=b", { id: "b", kind: null }],
  ["?gclid=g&external_id=a", { id: "a", kind: null }],
  ["?external_id=g&gclid=g", { id: "g", kind: "gclid" }],
  ["?wbraid=w&gclid=g", { id: "w", kind: "wbraid" }],
  ["?external_id=&fbclid=f", { id: "f", kind: "fbclid" }],
  ["?sccid=s", { id: "s", kind: "ScCid" }],
  ["?ob_click_id=o", { id: "o", kind: "dicbo" }],
  ["?GCLID=g", null],
  ["?sub1=a", null],
  ["", null],
  ["?fbclid=a%00b%0A&ttclid=t", { id: "ab", kind: "fbclid" }],
  ["?fbclid=%0A&ttclid=t", { id: "t", kind: "ttclid" }],
  ["?external_id=g%0D%0A&gclid=g", { id: "g", kind: "gclid" }],
])("%s", (search, expected) => {
  expect(read(search)).toEqual(expected);
});

test("an ID of 512 characters is whole, and a longer one is none: a cut one would be another click's", () => {
  const whole = "é".repeat(MAX_EXTERNAL_ID_LENGTH);
  expect(readExternalClick([["fbclid", whole]])).toEqual({ id: whole, kind: "fbclid" });
  expect(
    readExternalClick([
      ["fbclid", `${whole}x`],
      ["tblci", "t"],
    ]),
  ).toEqual({ id: "t", kind: "tblci" });
  const pairs = "😀".repeat(MAX_EXTERNAL_ID_LENGTH);
  expect(readExternalClick([["fbclid", pairs]])?.id).toBe(pairs);
  expect(readExternalClick([["fbclid", `${pairs}x`]])).toBeNull();
});

test("names of other things are no kind", () => {
  for (const name of ["external_id", "constructor", "__proto__", ""]) expect(externalKindOf(name)).toBeNull();
});
