// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so other trackers write their macros.
/** Templates of other trackers, translated when they are saved: what became of each macro, what is asked, and what nobody knows. */
import { expect, test } from "vitest";
import type { Template } from "../../../workers/core/courier/template.ts";
import type { OwnerType } from "../../../workers/core/courier/template-macros.ts";
import { readTemplate } from "../../../workers/core/courier/template-reader.ts";
import { translateTemplate } from "../../../workers/core/courier/template-translation.ts";

const HOST = "https://t.example.com/pb?";

function translate(
  query: string,
  owner: OwnerType = "affiliate",
  answers: Record<string, string> = {},
  body: Template["body"] = null,
) {
  const template: Template = {
    method: body ? "POST" : "GET",
    url: HOST + query,
    headers: [],
    basic: null,
    body,
    needs: [],
  };
  return translateTemplate(template, { owner, answers });
}

function queryOf(query: string, owner: OwnerType = "affiliate", answers: Record<string, string> = {}): string {
  return translate(query, owner, answers).template.url.slice(HOST.length);
}

test.each([
  [
    "ours",
    "c={click_id}&p={payout:2}&s={status:approved=1}&x={sub3|none}",
    "c={click_id}&p={payout:2}&s={status:approved=1}&x={sub3|none}",
  ],
  [
    "Everflow",
    "cid={sub1}&payout={payout_amount}&sale={sale_amount}&code={coupon_code}&o={order_id}",
    "cid={sub1}&payout={payout}&sale={amount}&code={coupon}&o={txid}",
  ],
  [
    "TUNE",
    "click={aff_sub}&b={aff_sub2}&e={aff_click_id}&g={goal_id}&a={affiliate_id}",
    "click={sub1}&b={sub2}&e={external_id}&g={event}&a={affiliate}",
  ],
  [
    "Affise",
    "sub={sub8}&s={status}&p={sum}&cur={currency}&o={offerid}&g={goal}&geo={geo}",
    "sub={sub8}&s={status}&p={payout}&cur={currency}&o={offer}&g={event}&geo={country}",
  ],
  ["Keitaro's statuses", "s={status:lead=0 sale=1 rejected=2}", "s={status:pending=0 approved=1 rejected=2}"],
  ["Keitaro's statuses behind a blank", "s={status: lead=reg sale=dep hold=x}", "s={status:pending=reg approved=dep}"],
  ["Keitaro's raw values", "e={_external_id}&d={date:U}", "e={external_id}&d={timestamp}"],
  ["CAKE", "s2=#s2#&p=#price#&o=#oid#", "s2={sub2}&p={payout}&o={txid}"],
  ["square brackets", "p=[PAYOUT]&c=[CLICKID]", "p={payout}&c={click_id}"],
  ["double braces", "c={{click_id}}&p={{ payout }}", "c={click_id}&p={payout}"],
  ["dollars", "c=${clickid}&p=${PAYOUT}", "c={click_id}&p={payout}"],
  ["double number signs", "c=##CLICK_ID##&p=##PAYOUT##", "c={click_id}&p={payout}"],
  ["three square brackets", "c=[[[clickid]]]", "c={click_id}"],
  ["equals signs", "c=[=clickid=]&s=[=status=]", "c={click_id}&s={status}"],
  ["encoded braces", "c=%7Bclick_id%7D&p=%7Bsum%7D", "c={click_id}&p={payout}"],
  ["a list's place is no macro", "x[status]={status}&y=[sum]", "x[status]={status}&y={payout}"],
  [
    "a filler and a default",
    "c={aff_click_id|none}&s={conv_status:approved=ok}",
    "c={external_id|none}&s={status:approved=ok}",
  ],
])("%s", (_what, pasted, ours) => {
  const translation = translate(pasted);
  expect(translation.template.url).toBe(HOST + ours);
  expect(translation.unknown).toEqual([]);
  expect(translation.questions).toEqual([]);
  expect(readTemplate(translation.template, { kind: "postback", owner: { type: "affiliate", number: 1 } }).ok).toBe(
    true,
  );
  // What is ours already stays as it is.
  expect(queryOf(ours)).toBe(ours);
});

test("what was translated is told, and what stood is not", () => {
  expect(translate("c={click_id}&p={sum}&t=##STATUS##&x=${sub1}").translated).toEqual([
    { place: "address", written: "${sub1}", became: "{sub1}" },
    { place: "address", written: "{sum}", became: "{payout}" },
    { place: "address", written: "{STATUS}", became: "{status}" },
  ]);
});

test.each<[string, OwnerType, string[]]>([
  ["{transaction_id}", "affiliate", ["click_id", "txid", "external_id"]],
  ["{TID}", "affiliate", ["txid", "click_id"]],
  ["{revenue}", "affiliate", ["payout", "amount"]],
  ["{amount}", "affiliate", ["payout", "amount"]],
  ["{revenue}", "advertiser", []],
  ["{amount}", "programme", []],
  ["{sum}&r={revenue}", "programme", ["payout", "revenue", "amount"]],
  ["{transaction_id}", "advertiser", ["click_id", "txid"]],
  ["{subid}", "affiliate", ["sub1", "external_id", "click_id"]],
])("%s in the template of the %s is asked about: %j", (written, owner, choices) => {
  const translation = translate(`x=${written}`, owner);
  expect(translation.questions.flatMap((question) => question.choices)).toEqual(choices);
  for (const question of translation.questions) expect(question.why).toMatch(/\.$/);
});

test("an answer settles a question", () => {
  expect(queryOf("r={revenue}&t={transaction_id}", "affiliate", { revenue: "payout", transaction_id: "txid" })).toBe(
    "r={payout}&t={txid}",
  );
  const translation = translate("a={amount}", "affiliate", { amount: "amount" });
  expect([translation.template.url, translation.questions]).toEqual([`${HOST}a={amount}`, []]);
});

test.each<[string, string, string | null]>([
  ["a misspelled name", "{clik_id}", "click_id"],
  ["two letters swapped", "{payuot}", "payout"],
  ["an alias misspelled", "{aff_clickid2}", "external_id"],
  ["nothing like ours", "{banner}", null],
  ["a name with a point", "{ad.title}", null],
  ["what is no name", "{:click_id}", null],
  ["a status nobody knows", "{status:bought=1}", null],
  ["what the owner does not see is not suggested", "{margn}", null],
])("unknown: %s", (_what, written, perhaps) => {
  const translation = translate(`x=${written}`);
  expect(translation.unknown).toHaveLength(1);
  expect(translation.unknown[0]?.perhaps).toBe(perhaps);
});

test("every part of a template is translated, and JSON's own braces and lists stay", () => {
  const template: Template = {
    method: "POST",
    url: "https://t.example.com/{clickid}",
    headers: [{ name: "x-order", value: "{order_id}" }],
    basic: { user: "{affid}", password: "{secret.key}" },
    body: { form: "json", text: '{"a":{"b":"{{sum}}","c":[1,[2]]},"d":{payout_amount},"e":["[sum]"]}' },
    needs: [],
  };
  const { template: ours, unknown } = translateTemplate(template, { owner: "programme", answers: {} });
  expect(unknown).toEqual([]);
  expect(ours).toEqual({
    ...template,
    url: "https://t.example.com/{click_id}",
    headers: [{ name: "x-order", value: "{txid}" }],
    basic: { user: "{affiliate}", password: "{secret.key}" },
    body: { form: "json", text: '{"a":{"b":"{payout}","c":[1,[2]]},"d":{payout},"e":["[sum]"]}' },
  });
});
