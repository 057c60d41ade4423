/** What a click's query says: names, aliases, order, limits, consent. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readClickParameters } from "../../../workers/core/click/click-parameters.ts";
import { EXTERNAL_KINDS } from "../../../workers/core/click/external-kind.ts";
import { readQuery } from "../../../workers/core/click/query.ts";

const read = (query: string) => readClickParameters(readQuery(`?${query}`));

describe("a query", () => {
  it.each([
    ["", []],
    ["?", []],
    ["?&&", []],
    ["?a", [["a", ""]]],
    ["?a=", [["a", ""]]],
    ["?=b", [["", "b"]]],
    ["?a=b=c", [["a", "b=c"]]],
    ["?a+b=c+d", [["a b", "c d"]]],
    ["?a=%2B%26%3D", [["a", "+&="]]],
    ["?a=%", [["a", "%"]]],
    ["?a=%zz+%41", [["a", "%zz A"]]],
    ["?a=%ff", [["a", "\ufffd"]]],
    ["?a=%ed%a0%80", [["a", "\ufffd\ufffd\ufffd"]]],
    ["?a=%f0%9f%91%9f", [["a", "👟"]]],
    [
      "?a[]=1&a[]=2",
      [
        ["a[]", "1"],
        ["a[]", "2"],
      ],
    ],
  ])("%s", (search, pairs) => {
    expect(readQuery(search)).toEqual(pairs);
  });

  it("is read as the platform reads it, whatever stands in it", () => {
    const PIECE = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("&", "=", "+", "%", "%2", "%26", "%ff", "%C3%A4", "%c3", "\0", "💥", "\ud800"),
    );
    fc.assert(
      fc.property(
        fc.array(PIECE).map((pieces) => pieces.join("")),
        (text) => {
          const { search, searchParams } = new URL(`https://go.example/?${text.replaceAll("#", "")}`);
          expect(readQuery(search)).toEqual([...searchParams]);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe("sub-ids and external ID", () => {
  it.each([
    ["sub1", 0],
    ["sub2", 1],
    ["sub3", 2],
    ["sub4", 3],
    ["sub5", 4],
    ["sub6", 5],
    ["sub7", 6],
    ["sub8", 7],
    ["sub9", 8],
    ["sub10", 9],
    ["s1", 0],
    ["s5", 4],
    ["s10", 9],
    ["c1", 0],
    ["c4", 3],
    ["aff_sub", 0],
    ["aff_sub1", 0],
    ["aff_sub2", 1],
    ["aff_sub5", 4],
    ["sub_id_1", 0],
    ["sub_id_10", 9],
    ["subid1", 0],
    ["subId3", 2],
    ["subid", 0],
    ["sub_id", 0],
    ["clickref", 0],
    ["clickref2", 1],
    ["clickref6", 5],
  ])("%s is sub-id %i + 1", (name, index) => {
    expect(read(`${name}=x`).subs[index]).toBe("x");
    expect(read(`${name}=x`).subs.filter((sub) => sub !== undefined)).toEqual(["x"]);
    expect(read(`${name}=x`).unknown).toEqual([]);
  });

  it.each([
    ["external_id"],
    ["externalid"],
    ["externalId"],
    ["aff_click_id"],
    ...EXTERNAL_KINDS.map((kind): [string] => [kind]),
  ])("%s is the external ID", (name) => {
    expect(read(`${name}=x`).externalId).toBe("x");
  });

  it.each(EXTERNAL_KINDS)("%s is kept as its kind, and its ID letter for letter", (kind) => {
    const id = `IwAR-_${"aZ".repeat(253)}`;
    expect(read(`sub1=a&${kind}=${id}`)).toMatchObject({ subs: ["a"], externalId: id, externalKind: kind });
    expect(read(`external_id=${id}&${kind}=${id}`)).toMatchObject({ externalId: id, externalKind: kind });
    expect(read(`external_id=other&${kind}=${id}`)).toMatchObject({ externalId: "other", externalKind: undefined });
  });

  it.each([
    ["sub0"],
    ["sub11"],
    ["SUB1"],
    ["sub"],
    ["s0"],
    ["adv1"],
    ["param1"],
    ["custom_field1"],
    ["click_id"],
    ["clickid"],
    ["cid"],
    ["transaction_id"],
    ["__proto__"],
    ["constructor"],
    ["toString"],
  ])("%s is neither", (name) => {
    expect(read(`${name}=x`)).toMatchObject({ subs: [], externalId: undefined, unknown: [[name, "x"]] });
  });

  it("our own name wins over an alias, an alias over an ad system's tag, a value over none, the first over the second", () => {
    expect(read("s1=alias&sub1=own").subs[0]).toBe("own");
    expect(read("sub1=own&s1=alias").subs[0]).toBe("own");
    expect(read("sub1=&s1=alias").subs[0]).toBe("alias");
    expect(read("sub1=first&sub1=second").subs[0]).toBe("first");
    expect(read("c1=first&s1=second").subs[0]).toBe("first");
    expect(read("gclid=tag&externalid=alias").externalId).toBe("alias");
    expect(read("gclid=tag&externalid=alias&external_id=own").externalId).toBe("own");
    expect(read("sub1=").subs[0]).toBeUndefined();
  });

  it("an ad system's tag is also passed on; our own parameters are not", () => {
    expect(read("gclid=g&sub1=a&s2=b&external_id=e&url=u&consent=1&test=1&dicbo=d&color=red").unknown).toEqual([
      ["color", "red"],
      ["gclid", "g"],
      ["dicbo", "d"],
    ]);
  });

  it.each([
    ["x".repeat(256), "x".repeat(256)],
    ["x".repeat(257), "x".repeat(256)],
    ["👟".repeat(256), "👟".repeat(256)],
    ["👟".repeat(300), "👟".repeat(256)],
    [`x${"👟".repeat(300)}`, `x${"👟".repeat(255)}`],
    [`${"x".repeat(255)}👟👟`, `${"x".repeat(255)}👟`],
    ["x".repeat(100_000), "x".repeat(256)],
  ])("sub-ids are cut to 256 characters, none of them split (row %#)", (sent, kept) => {
    expect(read(`sub1=${encodeURIComponent(sent)}`).subs[0]).toBe(kept);
  });

  it.each([
    ["x".repeat(512), true],
    ["👟".repeat(512), true],
    ["x".repeat(513), false],
    ["👟".repeat(513), false],
    ["x".repeat(100_000), false],
  ])("an external ID is whole or none: a cut one would be another click's (row %#)", (sent, isKept) => {
    const { externalId, externalKind, unknown } = read(`fbclid=${encodeURIComponent(sent)}`);
    expect([externalId, externalKind]).toEqual(isKept ? [sent, "fbclid"] : [undefined, undefined]);
    if (sent.length < 4_000) expect(unknown).toEqual([["fbclid", sent]]);
    expect(read(`external_id=${encodeURIComponent(sent)}`).externalId).toBe(isKept ? sent : undefined);
  });
});

describe("the other parameters", () => {
  it.each([
    ["", true],
    ["consent=1", true],
    ["consent=", true],
    ["consent=00", true],
    ["consent=no", true],
    ["consent=0", false],
    ["consent=1&consent=0", false],
    ["consent=0&consent=1", false],
  ])("%j: consent %s", (query, consent) => {
    expect(read(query).consent).toBe(consent);
  });

  it.each([
    ["", undefined],
    ["ad_consent=1", "1"],
    ["ad_consent=0", "0"],
    ["ad_consent=", undefined],
    ["ad_consent=yes", undefined],
    ["ad_consent=0&ad_consent=1", "0"],
    ["ad_consent=1&ad_consent=0", "0"],
    ["gclid=a&ad_consent=0", "0"],
    ["consent=0&ad_consent=0", "0"],
  ])("%j: ad platforms %s, and the sub-ids stay", (query, adConsent) => {
    expect(read(query).adConsent).toBe(adConsent);
    expect(read(`sub1=a&${query}`).subs).toEqual(query.startsWith("consent=0") ? [] : ["a"]);
    expect(read(query).unknown.some(([name]) => name === "ad_consent")).toBe(false);
  });

  it("without consent there are no sub-ids, no external ID and no tags of ad systems", () => {
    expect(read("sub1=a&consent=0&external_id=b&gclid=c&epik=d&color=red&test=1&url=u")).toEqual({
      subs: [],
      externalId: undefined,
      externalKind: undefined,
      adConsent: undefined,
      deepLink: "u",
      consent: false,
      test: true,
      unknown: [["color", "red"]],
    });
  });

  it.each([
    ["test=1", true],
    ["test=0", false],
    ["test=true", false],
    ["test", false],
    ["", false],
  ])("%j: test %s", (query, test) => {
    expect(read(query).test).toBe(test);
  });

  it("the first url is the deep link", () => {
    expect(read("url=a&url=b").deepLink).toBe("a");
  });

  it("passes on no more than an address has room for, and nothing in part", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `p${index}=v`).join("&");
    expect(read(many).unknown).toHaveLength(64);
    expect(read(`a=${"x".repeat(5_000)}&b=1`).unknown).toEqual([["b", "1"]]);
    expect(read(`a=${"x".repeat(4_000)}&b=${"x".repeat(100)}&c=1`).unknown.map(([name]) => name)).toEqual(["a", "c"]);
  });
});
