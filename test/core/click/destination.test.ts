/** Destinations: what each template becomes for each click, and what no value can make of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDeepLink, readDeepLinkHost } from "../../../workers/core/click/deep-link.ts";
import {
  type LinkDestination,
  type PassedParameter,
  readDestination,
  writeDeepLink,
  writeDestination,
} from "../../../workers/core/click/destination.ts";
import type { ClickFacts } from "../../../workers/core/click/macros.ts";
import { hexClickId } from "../../../workers/core/click-id-hex.ts";

const ID = "20d20y14t98g000001wvrtgtes81976fyhzd";
const CLICK: ClickFacts = {
  clickId: ID,
  subs: ["one", "two", undefined, "four", "five", "six", "seven", "eight", "nine", "ten"],
  externalKind: "fbclid",
  externalId: "src-1",
  affiliate: "blog",
  offer: "shoes",
  link: "demo",
  advertiser: "acme",
  country: "DE",
  device: "mobile",
  os: "ios",
  clickedAtMs: Date.UTC(2026, 10, 23, 23, 59, 59, 999),
  random: 123456789,
};
const sub = (value: string): Partial<ClickFacts> => ({ subs: [value] });

function read(template: string): LinkDestination {
  const destination = readDestination(template);
  if (!destination.ok) throw new Error(`${destination.refusal}: ${template}`);
  return destination.value;
}

function written(template: string, click: Partial<ClickFacts> = {}, passed: readonly PassedParameter[] = []): string {
  return writeDestination(read(template), { ...CLICK, ...click }, passed);
}

type Row = [template: string, expected: string, click?: Partial<ClickFacts>, passed?: PassedParameter[]];

const MACROS: Row[] = [
  ["https://a.example/?c={click_id}", `https://a.example/?c=${ID}`],
  ["https://a.example/?c={click_id}&x={sub1}", `https://a.example/?c=${ID}&x=one`],
  ["https://a.example/?c={click_id}&x={sub2}", `https://a.example/?c=${ID}&x=two`],
  ["https://a.example/?c={click_id}&x={sub3}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={sub4}", `https://a.example/?c=${ID}&x=four`],
  ["https://a.example/?c={click_id}&x={sub5}", `https://a.example/?c=${ID}&x=five`],
  ["https://a.example/?c={click_id}&x={sub6}", `https://a.example/?c=${ID}&x=six`],
  ["https://a.example/?c={click_id}&x={sub7}", `https://a.example/?c=${ID}&x=seven`],
  ["https://a.example/?c={click_id}&x={sub8}", `https://a.example/?c=${ID}&x=eight`],
  ["https://a.example/?c={click_id}&x={sub9}", `https://a.example/?c=${ID}&x=nine`],
  ["https://a.example/?c={click_id}&x={sub10}", `https://a.example/?c=${ID}&x=ten`],
  ["https://a.example/?c={click_id}&x={external_id}", `https://a.example/?c=${ID}&x=src-1`],
  ["https://a.example/?c={click_id}&x={affiliate}", `https://a.example/?c=${ID}&x=blog`],
  ["https://a.example/?c={click_id}&x={offer}", `https://a.example/?c=${ID}&x=shoes`],
  ["https://a.example/?c={click_id}&x={link}", `https://a.example/?c=${ID}&x=demo`],
  ["https://a.example/?c={click_id}&x={advertiser}", `https://a.example/?c=${ID}&x=acme`],
  ["https://a.example/?c={click_id}&x={country}", `https://a.example/?c=${ID}&x=DE`],
  ["https://a.example/?c={click_id}&x={device}", `https://a.example/?c=${ID}&x=mobile`],
  ["https://a.example/?c={click_id}&x={os}", `https://a.example/?c=${ID}&x=ios`],
  ["https://a.example/?c={click_id}&x={timestamp}", `https://a.example/?c=${ID}&x=1795478399`],
  ["https://a.example/?c={click_id}&x={date}", `https://a.example/?c=${ID}&x=2026-11-23`],
  ["https://a.example/?c={click_id}&x={random}", `https://a.example/?c=${ID}&x=123456789`],
];

const ALIASES: Row[] = [
  ["https://a.example/?c={clickid}", `https://a.example/?c=${ID}`],
  ["https://a.example/?c={clickId}", `https://a.example/?c=${ID}`],
  ["https://a.example/?c={transaction_id}", `https://a.example/?c=${ID}`],
  ["https://a.example/{clickid}?x={s1}", `https://a.example/${ID}?x=one`],
  ["https://a.example/{clickid}?x={s10}", `https://a.example/${ID}?x=ten`],
  ["https://a.example/{clickid}?x={c2}", `https://a.example/${ID}?x=two`],
  ["https://a.example/{clickid}?x={aff_sub}", `https://a.example/${ID}?x=one`],
  ["https://a.example/{clickid}?x={aff_sub1}", `https://a.example/${ID}?x=one`],
  ["https://a.example/{clickid}?x={aff_sub2}", `https://a.example/${ID}?x=two`],
  ["https://a.example/{clickid}?x={sub_id_4}", `https://a.example/${ID}?x=four`],
  ["https://a.example/{clickid}?x={subid5}", `https://a.example/${ID}?x=five`],
  ["https://a.example/{clickid}?x={subId6}", `https://a.example/${ID}?x=six`],
  ["https://a.example/{clickid}?x={externalid}", `https://a.example/${ID}?x=src-1`],
  ["https://a.example/{clickid}?x={externalId}", `https://a.example/${ID}?x=src-1`],
  ["https://a.example/{clickid}?x={aff_click_id}", `https://a.example/${ID}?x=src-1`],
  ["https://a.example/{clickid}?x={affiliate_id}", `https://a.example/${ID}?x=blog`],
  ["https://a.example/{clickid}?x={aff_id}", `https://a.example/${ID}?x=blog`],
  ["https://a.example/{clickid}?x={offer_id}", `https://a.example/${ID}?x=shoes`],
  ["https://a.example/{clickid}?x={advertiser_id}", `https://a.example/${ID}?x=acme`],
  ["https://a.example/{clickid}?x={country_code}", `https://a.example/${ID}?x=DE`],
  ["https://a.example/{clickid}?x={device_type}", `https://a.example/${ID}?x=mobile`],
  ["https://a.example/{clickid}?x={rand}", `https://a.example/${ID}?x=123456789`],
];

const WITHOUT_VALUE: Row[] = [
  ["https://a.example/?c={click_id}&x={sub1}&y=1", `https://a.example/?c=${ID}&x=&y=1`, { subs: [] }],
  ["https://a.example/?c={click_id}&x={external_id}", `https://a.example/?c=${ID}&x=`, { externalId: undefined }],
  ["https://a.example/?c={click_id}&x={country}", `https://a.example/?c=${ID}&x=`, { country: undefined }],
  ["https://a.example/?c={click_id}&x={nonsense}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={sub11}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={sub0}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={subid}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={__proto__}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={constructor}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/?c={click_id}&x={CLICK_ID}", `https://a.example/?c=${ID}&x=`],
  ["https://a.example/{sub1}/p?c={click_id}", `https://a.example//p?c=${ID}`, { subs: [] }],
  ["https://a.example/{sub1}", `https://a.example/?click_id=${ID}`, { subs: [] }],
  ["https://a.example/?{sub1}", `https://a.example/?click_id=${ID}`, { subs: [] }],
  ["https://a.example/#{sub1}", `https://a.example/?click_id=${ID}#`, { subs: [] }],
  ["https://a.example/?c={click_id_hex}", `https://a.example/?c=${hexClickId(ID)}`],
  // Without consent the visitor carries no identifier on.
  ["https://a.example/?c={click_id_hex}", "https://a.example/?c=", { clickId: "" }],
  ["https://a.example/?c={click_id}", "https://a.example/?c=", { clickId: "" }],
  ["https://a.example/p", "https://a.example/p", { clickId: "" }],
  ["https://a.example/p?x=1#f", "https://a.example/p?x=1#f", { clickId: "" }],
];

const APPENDED: Row[] = [
  ["https://a.example", `https://a.example/?click_id=${ID}`],
  ["https://a.example/", `https://a.example/?click_id=${ID}`],
  ["https://a.example/p", `https://a.example/p?click_id=${ID}`],
  ["https://a.example/p/", `https://a.example/p/?click_id=${ID}`],
  ["https://a.example/p?", `https://a.example/p?click_id=${ID}`],
  ["https://a.example/p?x=1", `https://a.example/p?x=1&click_id=${ID}`],
  ["https://a.example/p?x=1&", `https://a.example/p?x=1&click_id=${ID}`],
  ["https://a.example/p?x", `https://a.example/p?x&click_id=${ID}`],
  ["https://a.example/p#top", `https://a.example/p?click_id=${ID}#top`],
  ["https://a.example/p#", `https://a.example/p?click_id=${ID}`],
  ["https://a.example/p?x=1#top", `https://a.example/p?x=1&click_id=${ID}#top`],
  ["https://a.example/p?#top", `https://a.example/p?click_id=${ID}#top`],
  ["https://a.example/p#a?b=c", `https://a.example/p?click_id=${ID}#a?b=c`],
  ["https://a.example/p#/route?c={click_id}", `https://a.example/p#/route?c=${ID}`],
  ["https://a.example/{click_id}", `https://a.example/${ID}`],
  ["https://a.example/{click_id}/{click_id}", `https://a.example/${ID}/${ID}`],
  ["https://a.example/p?click_id=", `https://a.example/p?click_id=&click_id=${ID}`],
  ["https://a.example/p?x={sub1}", `https://a.example/p?x=one&click_id=${ID}`],
  ["https://a.example/p?u=%7Bclick_id%7D", `https://a.example/p?u=%7Bclick_id%7D&click_id=${ID}`],
];

const PLACES: Row[] = [
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/a%20b?c=${ID}`, sub("a b")],
  ["https://a.example/x-{sub1}-y?c={click_id}", `https://a.example/x-a%2Fb-y?c=${ID}`, sub("a/b")],
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/%3Fq%3D1?c=${ID}`, sub("?q=1")],
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/%23f?c=${ID}`, sub("#f")],
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/%5C%5Cevil?c=${ID}`, sub("\\\\evil")],
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/%2F%2Fevil.example?c=${ID}`, sub("//evil.example")],
  ["https://a.example/{sub1}?c={click_id}", `https://a.example/%40evil.example?c=${ID}`, sub("@evil.example")],
  ["https://a.example/{sub1};v=1?c={click_id}", `https://a.example/a%3Bb;v=1?c=${ID}`, sub("a;b")],
  // No encoding keeps a segment of dots from climbing, so it is left empty, and the others stay.
  ["https://a.example/x/{sub1}/y?c={click_id}", `https://a.example/x//y?c=${ID}`, sub("..")],
  ["https://a.example/x/{sub1}/y?c={click_id}", `https://a.example/x//y?c=${ID}`, sub(".")],
  ["https://a.example/x/{sub1}?c={click_id}", `https://a.example/x/?c=${ID}`, sub("..")],
  ["https://a.example/x/.{sub1}/y?c={click_id}", `https://a.example/x//y?c=${ID}`, sub(".")],
  ["https://a.example/x/{sub1}{sub1}/y?c={click_id}", `https://a.example/x//y?c=${ID}`, sub(".")],
  ["https://a.example/{sub1}/{click_id}", `https://a.example//${ID}`, sub(".")],
  ["https://a.example/{sub1}/{click_id}", `https://a.example//${ID}`, sub("..")],
  ["https://a.example/{click_id}/{sub1}", `https://a.example/${ID}/`, sub("..")],
  ["https://a.example/{click_id}/..{sub1}", `https://a.example/${ID}/`, sub("")],
  ["https://a.example/{click_id}/%2e{sub1}/y", `https://a.example/${ID}//y`, sub(".")],
  ["https://a.example/{sub1}/{sub2}/{click_id}", `https://a.example//two/${ID}`, { subs: ["..", "two"] }],
  ["https://a.example/{sub1}/{sub2}/{click_id}", `https://a.example///${ID}`, { subs: ["..", ".."] }],
  ["https://a.example/{click_id}:/{sub1}/{sub2}", `https://a.example/${ID}://`, { subs: ["", ".."] }],
  ["https://a.example/{sub1}/{click_id}", "https://a.example//", { ...sub("."), clickId: "" }],
  ["https://../{sub1}/{click_id}", `https://..//${ID}`, sub("..")],
  ["https://a.example/x/{sub1}/y?c={click_id}", `https://a.example/x/.../y?c=${ID}`, sub("...")],
  ["https://a.example/x/{sub1}/y?c={click_id}", `https://a.example/x/%252e%252e/y?c=${ID}`, sub("%2e%2e")],
  ["https://a.example/x/{sub1}/y?c={click_id}", `https://a.example/x/..%2F../y?c=${ID}`, sub("../..")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=a%26c%3Dforged&c=${ID}`, sub("a&c=forged")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=a%3Db&c=${ID}`, sub("a=b")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=a%2Bb%20c&c=${ID}`, sub("a+b c")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=a%23b&c=${ID}`, sub("a#b")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=100%25&c=${ID}`, sub("100%")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%2541&c=${ID}`, sub("%41")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%27%22%3C%3E&c=${ID}`, sub("'\"<>")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%C3%A4%E2%82%AC%F0%9F%91%9F&c=${ID}`, sub("ä€👟")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%EF%BF%BD&c=${ID}`, sub("\ud800")],
  [
    "https://a.example/?x={sub1}&c={click_id}",
    `https://a.example/?x=a%0D%0ASet-Cookie%3A%20x&c=${ID}`,
    sub("a\r\nSet-Cookie: x"),
  ],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%00%09%7F&c=${ID}`, sub("\0\t\x7f")],
  ["https://a.example/?{sub1}=1&c={click_id}", `https://a.example/?a%3D2%26b=1&c=${ID}`, sub("a=2&b")],
  ["https://a.example/?x=a{sub1}b&c={click_id}", `https://a.example/?x=a%26b&c=${ID}`, sub("&")],
  ["https://a.example/?x={sub1}{sub2}&c={click_id}", `https://a.example/?x=onetwo&c=${ID}`],
  ["https://a.example/?x=%{sub1}&c={click_id}", `https://a.example/?x=%2541&c=${ID}`, sub("41")],
  ["https://a.example/?x=%4{sub1}&c={click_id}", `https://a.example/?x=%2541&c=${ID}`, sub("1")],
  ["https://a.example/%{sub1}?c={click_id}", `https://a.example/%252e?c=${ID}`, sub("2e")],
  ["https://a.example/?c={click_id}#{sub1}", `https://a.example/?c=${ID}#a%26b`, sub("a&b")],
  ["https://a.example/?c={click_id}#x={sub1}", `https://a.example/?c=${ID}#x=%23%3F%2F`, sub("#?/")],
  ["https://a.example/?c={click_id}#{sub1}", `https://a.example/?c=${ID}#%3A~%3Atext%3Dx`, sub(":~:text=x")],
];

const TEXT_STAYS_TEXT: Row[] = [
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%24%26&c=${ID}`, sub("$&")],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%24%60%24%27%241%24%24&c=${ID}`, sub("$`$'$1$$")],
  ["https://a.example/$&/$1?x={sub1}&c={click_id}", `https://a.example/$&/$1?x=one&c=${ID}`],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=%7Bclick_id%7D&c=${ID}`, sub("{click_id}")],
  [
    "https://a.example/?x={sub1}&y={sub2}&c={click_id}",
    `https://a.example/?x=%7Bsub2%7D&y=%7Bsub1%7D&c=${ID}`,
    { subs: ["{sub2}", "{sub1}"] },
  ],
  ["https://a.example/?x={sub1}&c={click_id}", `https://a.example/?x=m0&c=${ID}`, sub("m0")],
  ["https://a.example/m0/m00?x={sub1}&c={click_id}", `https://a.example/m0/m00?x=one&c=${ID}`],
  ["https://a.example/m0n1n/n0n?x=n{sub1}0n&c={click_id}", `https://a.example/m0n1n/n0n?x=none0n&c=${ID}`],
  ["https://a.example/M0/m?x=m{sub1}0&c={click_id}", `https://a.example/M0/m?x=mone0&c=${ID}`],
  ["https://a.example/?x={}&c={click_id}", `https://a.example/?x={}&c=${ID}`],
  ["https://a.example/?x={{sub1}}&c={click_id}", `https://a.example/?x={one}&c=${ID}`],
  ["https://a.example/?x={sub1&c={click_id}", `https://a.example/?x={sub1&c=${ID}`],
  ["https://a.example/?x={sub 1}&c={click_id}", `https://a.example/?x={sub%201}&c=${ID}`],
  ['https://a.example/?x={"a":1}&c={click_id}', `https://a.example/?x={%22a%22:1}&c=${ID}`],
  ["https://a.example/?x=[CLICK_ID]&c={click_id}", `https://a.example/?x=[CLICK_ID]&c=${ID}`],
  ["https://a.example/?x=#s1#&c={click_id}", `https://a.example/?x=#s1#&c=${ID}`],
];

const NORMALISED: Row[] = [
  ["HTTPS://A.Example/P?c={click_id}", `https://a.example/P?c=${ID}`],
  ["http://a.example/?c={click_id}", `http://a.example/?c=${ID}`],
  ["https://a.example:443/?c={click_id}", `https://a.example/?c=${ID}`],
  ["https://a.example:8443/?c={click_id}", `https://a.example:8443/?c=${ID}`],
  ["http://localhost:9999/?c={click_id}", `http://localhost:9999/?c=${ID}`],
  ["http://127.0.0.1/?c={click_id}", `http://127.0.0.1/?c=${ID}`],
  ["http://[::1]:9/?c={click_id}", `http://[::1]:9/?c=${ID}`],
  ["  https://a.example/?c={click_id}  ", `https://a.example/?c=${ID}`],
  ["https://münchen.example/?c={click_id}", `https://xn--mnchen-3ya.example/?c=${ID}`],
  ["https://a.example/schön?ü=ä&c={click_id}", `https://a.example/sch%C3%B6n?%C3%BC=%C3%A4&c=${ID}`],
  ["https://a.example/a b?x=a b&c={click_id}", `https://a.example/a%20b?x=a%20b&c=${ID}`],
  ["https://a.example/a/../b?c={click_id}", `https://a.example/b?c=${ID}`],
  ["https://a.example/{sub1}/../b?c={click_id}&x={sub2}", `https://a.example/b?c=${ID}&x=two`],
  ["https://a.example/{click_id}/../b?x={sub2}", `https://a.example/b?x=two&click_id=${ID}`],
  ["https://a.example/50%?c={click_id}", `https://a.example/50%25?c=${ID}`],
  ["https://a.example/%2F%2e?c={click_id}", `https://a.example/%2F%2e?c=${ID}`],
  ["https://a.example/p?x='&c={click_id}", `https://a.example/p?x=%27&c=${ID}`],
  ["https://a.example?c={click_id}", `https://a.example/?c=${ID}`],
  ["https://a.example#f", `https://a.example/?click_id=${ID}#f`],
];

const PASSED: Row[] = [
  ["https://a.example/", `https://a.example/?color=red&click_id=${ID}`, {}, [["color", "red"]]],
  ["https://a.example/?x=1", `https://a.example/?x=1&color=red&click_id=${ID}`, {}, [["color", "red"]]],
  ["https://a.example/?c={click_id}#f", `https://a.example/?c=${ID}&color=red#f`, {}, [["color", "red"]]],
  [
    "https://a.example/?c={click_id}",
    `https://a.example/?c=${ID}&a=1&a=2`,
    {},
    [
      ["a", "1"],
      ["a", "2"],
    ],
  ],
  ["https://a.example/?c={click_id}", `https://a.example/?c=${ID}&a%26=%26b%3D`, {}, [["a&", "&b="]]],
  ["https://a.example/?c={click_id}", `https://a.example/?c=${ID}&empty=`, {}, [["empty", ""]]],
  // The template's own parameters and the click ID are not to be contradicted.
  ["https://a.example/?c={click_id}", `https://a.example/?c=${ID}`, {}, [["c", "forged"]]],
  ["https://a.example/?x=1&c={click_id}", `https://a.example/?x=1&c=${ID}`, {}, [["x", "2"]]],
  ["https://a.example/", `https://a.example/?click_id=${ID}`, {}, [["click_id", "forged"]]],
  ["https://a.example/?%63={click_id}", `https://a.example/?%63=${ID}`, {}, [["c", "forged"]]],
  ["https://a.example/?a+b={click_id}", `https://a.example/?a+b=${ID}`, {}, [["a b", "forged"]]],
  [
    "https://a.example/?c={click_id}",
    `https://a.example/?c=${ID}&__proto__=x&constructor=y`,
    {},
    [
      ["__proto__", "x"],
      ["constructor", "y"],
    ],
  ],
  ["https://a.example/", "https://a.example/?color=red", { clickId: "" }, [["color", "red"]]],
];

const TABLES = { MACROS, ALIASES, WITHOUT_VALUE, APPENDED, PLACES, TEXT_STAYS_TEXT, NORMALISED, PASSED };

for (const [name, rows] of Object.entries(TABLES))
  describe(`destinations: ${name.toLowerCase().replaceAll("_", " ")}`, () => {
    it.each(rows.map((row, index) => ({ index, row })))("$index $row.0 → $row.1", ({ row }) => {
      const [template, expected, click, passed] = row;
      expect(written(template, click, passed)).toBe(expected);
    });
  });

describe("templates that are refused", () => {
  it.each([
    ["", "not_http"],
    ["   ", "not_http"],
    ["a.example/p", "not_http"],
    ["/p?c={click_id}", "not_http"],
    ["//a.example/p", "not_http"],
    ["https:a.example", "not_http"],
    ["https:/a.example", "not_http"],
    ["https:///a.example", "not_http"],
    ["https:\\\\a.example", "not_http"],
    ["https://\\a.example", "not_http"],
    ["ftp://a.example/", "not_http"],
    ["javascript:alert(1)", "not_http"],
    ["javascript://a.example/%0aalert(1)", "not_http"],
    ["data:text/html,x", "not_http"],
    ["intent://a#Intent;end", "not_http"],
    ["https://", "not_http"],
    ["https://?x", "not_http"],
    ["https://a b.example/", "unreadable"],
    ["https://a.example:99999/", "unreadable"],
    ["https://%00.example/", "unreadable"],
    ["https://[::1/", "unreadable"],
    ["https://a.example/\r\nLocation: x", "control_character"],
    ["https://a.ex\tample/", "control_character"],
    ["https://a.example/\u007f", "control_character"],
    ["{sub1}", "macro_in_origin"],
    ["{sub1}://a.example/", "macro_in_origin"],
    ["http{sub1}://a.example/", "macro_in_origin"],
    ["https:{sub1}/", "macro_in_origin"],
    ["https:/{sub1}/", "macro_in_origin"],
    ["https://{sub1}", "macro_in_origin"],
    ["https://{sub1}/p", "macro_in_origin"],
    ["https:///{sub1}/p", "macro_in_origin"],
    ["https:\\\\{sub1}/p", "macro_in_origin"],
    ["https://\\/{sub1}/p", "macro_in_origin"],
    ["https://{sub1}.example/", "macro_in_origin"],
    ["https://a.example{sub1}/", "macro_in_origin"],
    ["https://a.example{sub1}", "macro_in_origin"],
    ["https://a.example{sub1}?c={click_id}", "macro_in_origin"],
    ["https://a.example:{sub1}/", "macro_in_origin"],
    ["https://a.example:80{sub1}/", "macro_in_origin"],
    ["https://{sub1}@a.example/", "macro_in_origin"],
    ["https://user:{sub1}@a.example/", "macro_in_origin"],
    ["https://{unknown}.example/", "macro_in_origin"],
    ["//{sub1}/", "macro_in_origin"],
    ["https://user@a.example/", "credentials"],
    ["https://user:pass@a.example/", "credentials"],
    [`https://a.example/${"x".repeat(2_048)}`, "too_long"],
  ])("%j: %s", (template, refusal) => {
    expect(readDestination(template)).toEqual({ ok: false, refusal });
  });

  it("names unknown macros, so that the operator is warned", () => {
    expect(read("https://a.example/{foo}?x={bar}&y={foo}&c={click_id}").unknownMacros).toEqual(["foo", "bar"]);
    expect(read("https://a.example/?c={click_id}").unknownMacros).toEqual([]);
  });
});

const HOSTS = ["shop.example", "*.shops.example", "shop.example:8443"];

describe("deep links", () => {
  it.each([
    ["https://shop.example/p/1", `https://shop.example/p/1?cid=${ID}&s=one`],
    ["HTTPS://SHOP.EXAMPLE/P/1", `https://shop.example/P/1?cid=${ID}&s=one`],
    ["https://shop.example", `https://shop.example/?cid=${ID}&s=one`],
    ["https://shop.example?q=1", `https://shop.example/?q=1&cid=${ID}&s=one`],
    ["https://shop.example:443/p", `https://shop.example/p?cid=${ID}&s=one`],
    ["https://shop.example:8443/p", `https://shop.example:8443/p?cid=${ID}&s=one`],
    ["https://de.shops.example/p", `https://de.shops.example/p?cid=${ID}&s=one`],
    ["https://a.b.shops.example/p", `https://a.b.shops.example/p?cid=${ID}&s=one`],
    ["https://shop.example/p?q=a%20b&x=1+2", `https://shop.example/p?q=a%20b&x=1+2&cid=${ID}&s=one`],
    ["https://shop.example/p#reviews", `https://shop.example/p?cid=${ID}&s=one#reviews`],
    ["https://shop.example/p?q=1#reviews", `https://shop.example/p?q=1&cid=${ID}&s=one#reviews`],
    ["https://shop.example/p?cid=forged&q=1", `https://shop.example/p?q=1&cid=${ID}&s=one`],
    ["https://shop.example/p?%63id=forged", `https://shop.example/p?cid=${ID}&s=one`],
    ["https://shop.example/p?click_id=forged", `https://shop.example/p?cid=${ID}&s=one`],
    ["https://shop.example/p?x={click_id}", `https://shop.example/p?x={click_id}&cid=${ID}&s=one`],
    ["https://shop.example/p?x=$%26", `https://shop.example/p?x=$%26&cid=${ID}&s=one`],
    ["https://shop.example/..//evil.example", `https://shop.example//evil.example?cid=${ID}&s=one`],
  ])("%s is taken", (link, expected) => {
    const page = readDeepLink(link, HOSTS);
    if (!page) throw new Error("refused");
    const destination = read("https://shop.example/?fixed=1&cid={click_id}&s={sub1}#top");
    expect(writeDeepLink(page, destination, CLICK, [])).toBe(expected);
  });

  it.each([
    ["//shop.example/p"],
    ["//evil.example"],
    ["\\\\evil.example"],
    ["/p"],
    ["p"],
    [""],
    ["http://shop.example/p"],
    ["https:shop.example/p"],
    ["https:/shop.example/p"],
    ["https:///shop.example/p"],
    ["https:evil.example"],
    ["https:\\\\shop.example"],
    ["https://shop.example\\@evil.example/"],
    ["https://evil.example\\.shop.example/"],
    ["https://shop.example@evil.example/"],
    ["https://user@shop.example/"],
    ["https://user:pass@shop.example/"],
    ["https://shop.example.evil.example/"],
    ["https://evilshop.example/"],
    ["https://shop.example./"],
    ["https://shops.example/"],
    ["https://evilshops.example/"],
    ["https://.shops.example/"],
    ["https://shop.example:444/"],
    ["https://shop.example:8443@evil.example/"],
    ["https://shop.ex\tample/"],
    ["https://sh\nop.example/"],
    [" https://shop.example/"],
    ["https://shop.example/\r\nSet-Cookie:x"],
    ["https://ѕhop.example/"],
    ["https://xn--hop-2hd.example/"],
    ["https://shop。example.evil.example/"],
    ["javascript:alert(1)"],
    ["javascript://shop.example/%0aalert(1)"],
    ["data:text/html,https://shop.example/"],
    ["https://[::1]/"],
    ["https://2130706433/"],
    [`https://shop.example/${"x".repeat(3_000)}`],
  ])("%j is ignored", (link) => {
    expect(readDeepLink(link, HOSTS)).toBeNull();
  });

  it("is ignored where no host is allowed", () => {
    expect(readDeepLink("https://shop.example/", [])).toBeNull();
  });

  it("gets a click_id where the template has none in its query, and none without consent", () => {
    const page = new URL("https://shop.example/p?a=1#f");
    const destination = read("https://shop.example/{click_id}");
    expect(writeDeepLink(page, destination, CLICK, [])).toBe(`https://shop.example/p?a=1&click_id=${ID}#f`);
    expect(writeDeepLink(page, destination, { ...CLICK, clickId: "" }, [])).toBe("https://shop.example/p?a=1#f");
  });

  it("takes passed parameters, but none that the page or we name", () => {
    const passed: PassedParameter[] = [
      ["a", "2"],
      ["click_id", "x"],
      ["cid", "x"],
      ["color", "red"],
    ];
    const page = new URL("https://shop.example/p?a=1");
    expect(writeDeepLink(page, read("https://shop.example/?cid={click_id}"), CLICK, passed)).toBe(
      `https://shop.example/p?a=1&cid=${ID}&color=red`,
    );
  });

  it.each([
    ["shop.example", "shop.example"],
    [" Shop.Example ", "shop.example"],
    ["*.shop.example", "*.shop.example"],
    ["münchen.example", "xn--mnchen-3ya.example"],
    ["shop.example:8443", "shop.example:8443"],
    ["shop.example:443", "shop.example"],
    ["", null],
    ["*", null],
    ["*.*.example", null],
    ["https://shop.example", null],
    ["shop.example/p", null],
    ["user@shop.example", null],
    ["shop example", null],
    ["shop.example:x", null],
  ])("the list takes %j as %j", (typed, host) => {
    expect(readDeepLinkHost(typed)).toBe(host);
  });
});

describe("whatever is put in", () => {
  const HOSTILE = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "..",
      ".",
      "%2e%2e",
      "//evil.example",
      "\\\\evil",
      "@evil",
      "#",
      "?",
      "&c=1",
      "$&",
      "{click_id}",
      "\r\nX: y",
      "\0",
      "%",
      "%0",
      "m0",
      "m00",
    ),
  );
  const LITERAL = fc.stringMatching(/^[ !$%'()*+,\-.0-9:;<=>@A-Z[\]^_`a-z{|}~"äm0]{0,8}$/);
  const SLOTS = ["{sub1}", "{sub2}", "{external_id}", "{sub_id_4}", "{nonsense}", "{click_id}"];
  const PIECE = fc.oneof(LITERAL, fc.constantFrom("..", ".", "%2e%2E", "", ...SLOTS));
  const text = (joined: string) => fc.array(PIECE, { maxLength: 5 }).map((pieces) => pieces.join(joined));
  const TEMPLATE = fc.record({
    origin: fc.constantFrom(
      "https://a.example",
      "http://b.example:8080",
      "https://xn--mnchen-3ya.example",
      "http://[::1]",
    ),
    path: text("/"),
    query: text("&"),
    fragment: text(""),
  });

  it("scheme and host stay the template's", () => {
    fc.assert(
      fc.property(TEMPLATE, HOSTILE, HOSTILE, HOSTILE, ({ origin, path, query, fragment }, one, two, external) => {
        const location = written(
          `${origin}/${path}?${query}#${fragment}`,
          { subs: [one, two, undefined, one], externalId: external },
          [[one, two]],
        );
        expect(location).toMatch(/^[!-~]+$/);
        expect(new URL(location).origin).toBe(origin);
        // What we send is what browsers make of it, but for segments of dots that the template itself has.
        expect(new URL(new URL(location).href).origin).toBe(origin);
      }),
      { numRuns: 2_000 },
    );
  });

  it("every value reads back exactly from its parameter, path segment and fragment", () => {
    fc.assert(
      fc.property(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        fc.array(
          fc.tuple(
            HOSTILE.filter((name) => name !== ""),
            HOSTILE,
          ),
        ),
        (one, two, three, passed) => {
          const url = new URL(
            written(
              "https://a.example/x/{sub3}/y?a={sub1}&b=-{sub2}-&c={click_id}#{external_id}",
              { subs: [one, two, three], externalId: one },
              passed,
            ),
          );
          expect(url.searchParams.get("a")).toBe(one.toWellFormed());
          expect(url.searchParams.get("b")).toBe(`-${two.toWellFormed()}-`);
          expect(url.searchParams.get("c")).toBe(ID);
          expect(url.searchParams.getAll("c")).toHaveLength(1);
          expect(decodeURIComponent(url.hash.slice(1))).toBe(one.toWellFormed());
          const climbs = three === "." || three === "..";
          expect(decodeURIComponent(url.pathname)).toBe(`/x/${climbs ? "" : three.toWellFormed()}/y`);
          const kept = passed.filter(([name]) => !["a", "b", "c", "click_id"].includes(name.toWellFormed()));
          expect([...url.searchParams].slice(3)).toEqual(
            kept.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("a path keeps the click ID and every segment that does not climb", () => {
    const DOTS = fc.oneof(fc.constantFrom("", ".", ".."), fc.stringMatching(/^[.a/%2e]{0,3}$/), HOSTILE);
    const AROUND = fc.constantFrom("", ".", "%2e", "x");
    fc.assert(
      fc.property(DOTS, DOTS, AROUND, fc.constantFrom("/", "/:/", "/y/"), (one, two, around, between) => {
        const subs = [one, two];
        const url = new URL(written(`https://a.example/${around}{sub1}${between}{click_id}/{sub2}${around}`, { subs }));
        const plain = around.replace("%2e", ".");
        const segments = [
          plain + one.toWellFormed(),
          ...between.split("/").slice(1, -1),
          ID,
          two.toWellFormed() + plain,
        ];
        expect(url.pathname.split("/").slice(1).map(decodeURIComponent)).toEqual(
          segments.map((segment) => (segment === "." || segment === ".." ? "" : segment)),
        );
        expect(url.search).toBe("");
      }),
      { numRuns: 2_000 },
    );
  });

  it("every macro stands where the template has it, whatever stands around it", () => {
    fc.assert(
      fc.property(TEMPLATE, ({ origin, path, fragment }) => {
        const url = new URL(written(`${origin}/${path}?a={sub1}&b={sub2}&c={click_id}#${fragment}`));
        expect([url.searchParams.get("a"), url.searchParams.get("b"), url.searchParams.get("c")]).toEqual([
          "one",
          "two",
          ID,
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a deep link leads to a host on the list or nowhere", () => {
    const LINK = fc.oneof(
      fc.webUrl(),
      fc
        .tuple(
          fc.constantFrom("https://", "https:", "//", "\\\\", "https:/", "https://shop.example", "https:\\"),
          HOSTILE,
          fc.constantFrom("", "shop.example", "@shop.example", ".shop.example", "/shop.example"),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(LINK, (link) => {
        const page = readDeepLink(link, ["shop.example"]);
        if (page === null) return;
        const location = new URL(writeDeepLink(page, read("https://a.example/?c={click_id}"), CLICK, []));
        expect(location.origin).toBe("https://shop.example");
        expect(location.searchParams.getAll("c")).toEqual([ID]);
      }),
      { numRuns: 2_000 },
    );
  });
});
