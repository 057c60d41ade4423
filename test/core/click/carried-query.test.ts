/** Links as people carry them: what was pasted around a query, and deep links that nobody encoded, or twice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mendQuery } from "../../../workers/core/click/carried-query.ts";
import { readClickParameters } from "../../../workers/core/click/click-parameters.ts";
import { readDeepLink } from "../../../workers/core/click/deep-link.ts";
import { readQuery } from "../../../workers/core/click/query.ts";

const read = (search: string) => readClickParameters(readQuery(mendQuery(search)));

describe("a query with another question mark in it", () => {
  it.each([
    ["??sub1=x", ["x"]],
    ["?sub1=a?sub2=b", ["a", "b"]],
    ["?sub1=a??sub2=b&sub3=c", ["a", "b", "c"]],
    ["?&?sub1=a", ["a"]],
    // What is not ours is the value's own.
    ["?sub1=why?&sub2=b", ["why?", "b"]],
    ["?sub1=a?color=red", ["a?color=red"]],
    ["?sub1=a%3Fsub2%3Db", ["a?sub2=b"]],
  ])("%s", (search, subs) => {
    expect(read(search).subs).toEqual(subs);
  });

  it.each([
    ["?url=https://shop.example/p?id=1", "https://shop.example/p?id=1", []],
    ["?url=https://shop.example/p?id=1&color=red&size=4", "https://shop.example/p?id=1&color=red&size=4", []],
    ["?sub1=a&url=https://shop.example/p?id=1&q=a%20b&sub2=c", "https://shop.example/p?id=1&q=a%20b", ["a", "c"]],
    ["?url=https://shop.example/p?q=a%26b", "https://shop.example/p?q=a%26b", []],
    ["?url=HTTPS://shop.example/p?id=1&consent=1", "HTTPS://shop.example/p?id=1", []],
    // Its own query was encoded: what follows is the click's.
    ["?url=https://shop.example/p%3Fid%3D1&color=red?", "https://shop.example/p?id=1", []],
  ])("keeps the parameters of a deep link that was not encoded: %s", (search, deepLink, subs) => {
    const parameters = read(search);
    expect([parameters.deepLink, parameters.subs]).toEqual([deepLink, subs]);
  });

  it("begins with a name that is not ours", () => {
    expect(read("??color=red&sub1=a").unknown).toEqual([["color", "red"]]);
  });

  it("is read as it stands where there is none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const search = `?${encodeURI(text).replaceAll("?", "%3F")}`;
        expect(readQuery(mendQuery(search))).toEqual(readQuery(search));
      }),
    );
  });

  it("takes no time to speak of, however many there are", () => {
    const startedMs = performance.now();
    for (const text of ["?", "?a=", "?sub1=", "&url=https://a?", "url=https://a?b=c&d=e"])
      mendQuery(`?${text.repeat(2_000)}`);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});

it.each([
  ["?sub1=a&amp;sub2=b&amp;amp;sub3=c", ["a", "b", "c"]],
  ["?amp;sub1=a", ["a"]],
])("an ampersand that was escaped is one: %s", (search, subs) => {
  expect(readClickParameters(readQuery(search)).subs).toEqual(subs);
});

it.each([
  ["?sub1=a%00b", ["ab"]],
  ["?sub1=%00", [""]],
  ["?sub1=a%0D%0Ab%7F%C2%85", ["ab"]],
])("characters that nobody sees are dropped of sub-ids: %s", (search, subs) => {
  expect(readClickParameters(readQuery(search)).subs).toEqual(subs);
});

it.each([
  ["https%3A%2F%2Fshop.example%2Fp%3Fid%3D1%26c%3D2", "https://shop.example/p?id=1&c=2"],
  ["https:%2F%2Fshop.example%2Fp", "https://shop.example/p"],
  ["https%3A%2F%2Fevil.example%2Fp", null],
  ["https%253A%252F%252Fshop.example", null],
  ["https%3A%2F%2Fshop.example%2F%FF", null],
  ["https%3A%2F%2Fshop.example%5C@evil.example", null],
])("a deep link that was encoded twice is read: %s", (text, href) => {
  expect(readDeepLink(text, ["shop.example"])?.href ?? null).toBe(href);
});
