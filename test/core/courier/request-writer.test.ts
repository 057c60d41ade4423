/** Requests, written from templates: every value encoded once for its place, nothing sent without what it needs, and no secret in what is shown. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Notice } from "../../../schema/messages.ts";
import type { DestinationKind, DestinationOwner } from "../../../workers/core/courier/destination-settings.ts";
import { waitsForClick, writeRequest } from "../../../workers/core/courier/request-writer.ts";
import type { Template } from "../../../workers/core/courier/template.ts";
import { type ReadTemplate, readTemplate } from "../../../workers/core/courier/template-reader.ts";
import { CLICK_ID, delivery, REVERSED_IN_PART } from "./notices.ts";

const PROGRAMME: DestinationOwner = { type: "programme" };

function template(over: Partial<Template>): Template {
  return { method: "GET", url: "https://t.example.com/pb", headers: [], basic: null, body: null, needs: [], ...over };
}

function read(over: Partial<Template>, kind: DestinationKind = "postback", owner = PROGRAMME) {
  return readTemplate(template(over), { kind, owner });
}

function good(over: Partial<Template>, kind: DestinationKind = "postback"): ReadTemplate {
  const result = read(over, kind);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

function sent(over: Partial<Template>, notice: Partial<Notice> = {}, secrets: Record<string, string> = {}) {
  return writeRequest(good(over), delivery(notice), secrets);
}

function urlOf(url: string, notice: Partial<Notice> = {}): string {
  const result = sent({ url }, notice);
  return result.ok ? result.value.url : result.refusal;
}

const HOST = "https://t.example.com";

test.each<[string, string, Partial<Notice>, string]>([
  ["a query", "/pb?c={external_id}&s={sub2}", {}, "/pb?c=IwAR%2Fx%2By%3D&s=gr%C3%BCn"],
  ["a path", "/{external_id}/event/{event}", {}, "/IwAR%2Fx%2By%3D/event/sale"],
  ["an order", "/pb?t={txid}", {}, "/pb?t=A-1%20%26%20co"],
  ["money", "/pb?p={payout}&a={amount}&cur={currency}", {}, "/pb?p=12.50&a=100.00&cur=USD"],
  ["digits", "/pb?p={payout:0}&a={amount:3}", {}, "/pb?p=13&a=100.000"],
  ["what remains", "/pb?p={payout}&d={payout_delta}&f={payout_first}", REVERSED_IN_PART, "/pb?p=7.50&d=-5.00&f=12.50"],
  ["words for words", "/pb?s={status:approved=sale reversed=refund}", {}, "/pb?s=sale"],
  ["a word that is not listed", "/pb?s={status:approved=sale}", { status: "rejected" }, "/pb?s=rejected"],
  ["words parted by commas", "/pb?s={event:sale=1,lead=2}", {}, "/pb?s=1"],
  ["a default", "/pb?k={sub3|none}&p={sub1|none}", {}, "/pb?k=none&p=blog"],
  ["nothing", "/pb?k={sub3}&z=1", {}, "/pb?k=&z=1"],
  [
    "times",
    "/pb?t={timestamp}&m={timestamp_ms}&d={date}&h={time}",
    {},
    "/pb?t=1795168805&m=1795168805000&d=2026-11-20&h=10%3A00%3A05",
  ],
  ["other times", "/pb?c={click_timestamp}&n={sent_timestamp}", {}, "/pb?c=1795168770&n=1795168860"],
  ["names", "/pb?o={offer}&l={link}&a={affiliate}&v={advertiser}", {}, "/pb?o=shoes&l=blog-shoes&a=ada&v=acme"],
  [
    "IDs",
    "/pb?c={click_id}&d={delivery_id}&s={sequence}&y={type}",
    {},
    `/pb?c=${CLICK_ID}&d=06dq2m8c9h4kz1r7w3y5t0v6p2&s=2&y=conversion.approved`,
  ],
  ["meta", "/pb?u={meta.customer_id}&v={meta.none}", { meta: { customer_id: "c 1" } }, "/pb?u=c%201&v="],
  ["a test", "/pb?t={test}", { test: true }, "/pb?t=1"],
  ["the programme's money", "/pb?r={revenue}&m={margin}", {}, "/pb?r=20.00&m=7.50"],
  ["a name in the name", "/pb?{sub1}=1", {}, "/pb?blog=1"],
  ["letters beyond ASCII in the template", "/straße?n=ü&p={payout}", {}, "/stra%C3%9Fe?n=%C3%BC&p=12.50"],
  ["a lone percent sign", "/pb?n=50%&p={payout}", {}, "/pb?n=50%25&p=12.50"],
  ["what is encoded already", "/pb?n=a%20b&p={payout}", {}, "/pb?n=a%20b&p=12.50"],
  ["a list's name", "/pb?x[click]={click_id}", {}, `/pb?x[click]=${CLICK_ID}`],
  ["a value that climbs", "/a/{sub1}/b", { click: { subs: [".."] } }, "/a//b"],
  ["half a pair of surrogates", "/pb?s={sub1}", { click: { subs: ["\ud800"] } }, "/pb?s=%EF%BF%BD"],
  ["a template in a value", "/pb?s={sub1}", { click: { subs: ["{payout}&x=#"] } }, "/pb?s=%7Bpayout%7D%26x%3D%23"],
])("%s", (_what, path, notice, expected) => {
  expect(urlOf(HOST + path, notice)).toBe(HOST + expected);
});

test("what an affiliate or a visitor puts in stays where its macro stands", () => {
  const read = good({ url: `${HOST}/a/{sub1}/b?x={sub2}&y={txid}` });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), fc.string(), (one, two, txid) => {
      const result = writeRequest(read, delivery({ txid, click: { subs: [one, two] } }), {});
      if (!result.ok) return;
      const url = new URL(result.value.url);
      expect(url.origin).toBe(HOST);
      expect(url.pathname.split("/")).toHaveLength(4);
      expect([...url.searchParams.keys()]).toEqual(["x", "y"]);
      expect(url.searchParams.get("x")).toBe(two.toWellFormed());
      expect(url.hash).toBe("");
      expect(result.value.url).toMatch(/^[\u0021-\u007e]*$/);
    }),
    { numRuns: 300 },
  );
});

test.each<[string, Partial<Template>, Partial<Notice>, string]>([
  ["no external ID", { url: `${HOST}/{external_id}` }, { click: {} }, "no_external_id"],
  ["no click", { url: `${HOST}/pb?c={click_id}` }, { clickId: "" }, "no_external_id"],
  [
    "no external ID in a body",
    { method: "POST", body: { form: "form", text: "c={external_id}" } },
    { click: {} },
    "no_external_id",
  ],
  ["what it needs", { url: `${HOST}/pb?u={meta.user}`, needs: ["meta.user"] }, {}, "no_needed_value"],
  ["too long", { url: `${HOST}/pb?s={sub1}` }, { click: { subs: ["x".repeat(2_048)] } }, "address_too_long"],
])("nothing is sent: %s", (_what, over, notice, reason) => {
  expect(sent(over, notice)).toEqual({ ok: false, refusal: reason });
});

test("where the template says what stands for no click, it is sent", () => {
  expect(urlOf(`${HOST}/pb?c={external_id|direct}`, { click: {} })).toBe(`${HOST}/pb?c=direct`);
  expect(urlOf(`${HOST}/pb?c={external_id|}`, { click: {} })).toBe(`${HOST}/pb?c=`);
});

test("a click whose row has not landed is waited for where it is needed", () => {
  const needing = good({ url: `${HOST}/pb?c={external_id}` });
  const landed = delivery();
  const { click: _, ...fresh } = landed.notice;
  const { clickId: _id, ...byCoupon } = fresh;
  expect(waitsForClick(needing, { ...landed, notice: fresh })).toBe(true);
  expect(waitsForClick(needing, landed)).toBe(false);
  expect(waitsForClick(needing, { ...landed, notice: byCoupon })).toBe(false);
  expect(waitsForClick(good({ url: `${HOST}/pb?c={click_id}` }), { ...landed, notice: fresh })).toBe(false);
});

test("a form", () => {
  const result = sent({ method: "POST", body: { form: "form", text: "click={click_id}&order={txid}&sum={payout}" } });
  expect(result).toMatchObject({
    ok: true,
    value: {
      method: "POST",
      headers: [["content-type", "application/x-www-form-urlencoded"]],
      body: `click=${CLICK_ID}&order=A-1%20%26%20co&sum=12.50`,
    },
  });
});

test("a JSON body: texts in quotes, values alone", () => {
  const text =
    '{"id":"{conversion_id}","n":{payout},"d":{payout_delta},"at":{timestamp},"ref":{refund_id},"who":{sub1},"note":"a {txid} of {sub2}","s":{status:approved=1},"list":[{"x":{test}}]}';
  const result = sent(
    { method: "POST", body: { form: "json", text } },
    { ...REVERSED_IN_PART, txid: '"\\\u0007\n', click: { subs: ['a"b', "grün"], externalId: "x" } },
  );
  expect(result.ok && JSON.parse(result.value.body ?? "")).toEqual({
    id: "01jd8zq4x5abcdefghjkmnpqrs",
    n: 7.5,
    d: -5,
    at: 1_795_168_805,
    ref: "R-1",
    who: 'a"b',
    note: 'a "\\\u0007\n of grün',
    s: "1",
    list: [{ x: 0 }],
  });
});

test("a JSON value that is empty is null, and digits stay as written", () => {
  const result = sent({
    method: "POST",
    body: { form: "json", text: '{"r":{refund_id},"v":{payout},"z":"{refund_id}"}' },
  });
  expect(result.ok && result.value.body).toBe('{"r":null,"v":12.50,"z":""}');
});

test("any text makes valid JSON that says it again", () => {
  const read = good({ method: "POST", body: { form: "json", text: '{"a":"{sub1}","b":{sub2}}' } });
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }),
      fc.string({ unit: "binary", minLength: 1 }),
      (one, two) => {
        const result = writeRequest(read, delivery({ click: { subs: [one, two] } }), {});
        expect(result.ok && JSON.parse(result.value.body ?? "")).toEqual({ a: one, b: two });
      },
    ),
    { numRuns: 200 },
  );
});

test("secrets leave, and are not shown", () => {
  const result = sent(
    {
      method: "POST",
      url: `${HOST}/pb?key={secret.key}&c={click_id}`,
      headers: [{ name: "Authorization", value: "Bearer {secret.token}" }],
      body: { form: "json", text: '{"t":"{secret.token}","c":"{click_id}"}' },
    },
    {},
    { key: "k&1", token: 't"0ken' },
  );
  expect(result).toEqual({
    ok: true,
    value: {
      method: "POST",
      url: `${HOST}/pb?key=k%261&c=${CLICK_ID}`,
      headers: [
        ["authorization", 'Bearer t"0ken'],
        ["content-type", "application/json"],
      ],
      body: `{"t":"t\\"0ken","c":"${CLICK_ID}"}`,
      shown: {
        url: `${HOST}/pb?key={secret.key}&c=${CLICK_ID}`,
        headers: [
          ["authorization", "Bearer {secret.token}"],
          ["content-type", "application/json"],
        ],
        body: `{"t":"{secret.token}","c":"${CLICK_ID}"}`,
      },
    },
  });
});

test("user and password are HTTP Basic, and are not shown", () => {
  const result = sent({ basic: { user: "{secret.key}", password: "" } }, {}, { key: "grün" });
  expect(result.ok && result.value.headers).toEqual([
    ["authorization", `Basic ${Buffer.from("grün:").toString("base64")}`],
  ]);
  expect(result.ok && result.value.shown.headers).toEqual([["authorization", "Basic …"]]);
});

test("a secret that was not opened is never left out in silence", () => {
  expect(() => sent({ url: `${HOST}/pb?k={secret.key}` })).toThrow("key");
});

test.each<[string, Partial<Template>, string]>([
  ["an unknown macro", { url: `${HOST}/pb?c={clik_id}` }, "unknown_macro"],
  ["a macro of another tracker", { url: `${HOST}/pb?c={campaign.name}` }, "unknown_macro"],
  ["empty braces", { url: `${HOST}/pb?c={}` }, "unknown_macro"],
  ["a macro in the host", { url: "https://{sub1}.example.com/pb" }, "macro_in_origin"],
  ["a macro as the host", { url: "https://{sub1}/pb" }, "macro_in_origin"],
  ["a macro as the scheme", { url: "{sub1}://example.com/pb" }, "macro_in_origin"],
  ["a macro as the port", { url: "https://example.com:{sub1}/pb" }, "macro_in_origin"],
  ["a macro behind backslashes", { url: "https:\\\\{sub1}\\pb" }, "macro_in_origin"],
  ["a user", { url: "https://a@example.com/pb" }, "not_an_address"],
  ["another scheme", { url: "ftp://example.com/pb" }, "not_an_address"],
  ["no scheme", { url: "example.com/pb" }, "not_an_address"],
  ["a fragment", { url: `${HOST}/pb#x` }, "fragment"],
  ["digits of a text", { url: `${HOST}/pb?c={txid:2}` }, "bad_map"],
  ["words of an amount", { url: `${HOST}/pb?c={payout:a=b}` }, "bad_digits"],
  ["too many digits", { url: `${HOST}/pb?c={payout:7}` }, "bad_digits"],
  ["a map without pairs", { url: `${HOST}/pb?c={status:}` }, "bad_map"],
  ["a secret by http", { url: "http://t.example.com/pb?k={secret.key}" }, "secret_over_http"],
  [
    "a header of rights by http",
    { url: "http://t.example.com/", headers: [{ name: "authorization", value: "x" }] },
    "secret_over_http",
  ],
  ["a header of the connection", { headers: [{ name: "Host", value: "x" }] }, "bad_header"],
  ["a header that we sign", { headers: [{ name: "webhook-id", value: "x" }] }, "bad_header"],
  ["a header of two lines", { headers: [{ name: "x-a", value: "a\r\nb: c" }] }, "bad_header"],
  ["a body of a GET", { body: { form: "form", text: "a=1" } }, "body_of_a_get"],
  ["a body that is no JSON", { method: "POST", body: { form: "json", text: '{"a":{payout}' } }, "not_json"],
  ["a text that runs on", { method: "POST", body: { form: "json", text: '{"a":1{payout}x}' } }, "not_json"],
  ["an unknown need", { needs: ["{x}"] }, "needs_nothing_known"],
  ["too long", { url: `${HOST}/${"x".repeat(2_048)}` }, "too_long"],
])("refused: %s", (_what, over, reason) => {
  const result = read(over);
  expect(result.ok ? [] : result.refusal.map((fault) => fault.reason)).toContain(reason);
});

test("a webhook and a tool are sent by https alone", () => {
  expect(read({ url: "http://t.example.com/" }, "postback").ok).toBe(true);
  for (const kind of ["webhook", "tool"] as const) expect(read({ url: "http://t.example.com/" }, kind).ok).toBe(false);
});

test("an affiliate's template tells nothing of the advertiser's side, an advertiser's nothing of the affiliate's", () => {
  const faults = (name: string, owner: DestinationOwner) => {
    const result = read({ url: `${HOST}/pb?x={${name}}` }, "postback", owner);
    return result.ok ? null : result.refusal[0]?.reason;
  };
  for (const name of ["revenue", "revenue_delta", "margin", "advertiser"])
    expect(faults(name, { type: "affiliate", number: 5 }), name).toBe("not_yours");
  for (const name of [
    "payout",
    "payout_delta",
    "payout_first",
    "margin",
    "sub1",
    "external_id",
    "external_kind",
    "reason",
  ])
    expect(faults(name, { type: "advertiser", number: 2 }), name).toBe("not_yours");
  for (const name of ["payout", "amount", "sub1", "click_id", "meta.x", "reason", "original_amount", "rate"])
    expect(faults(name, { type: "affiliate", number: 5 }), name).toBeNull();
});
