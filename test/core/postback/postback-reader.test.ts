/** What a postback says: every parameter, alias and dialect, and everything that is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PostbackContent } from "../../../schema/messages.ts";
import type { Mapping } from "../../../schema/records.ts";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { hexClickId } from "../../../workers/core/click-id-hex.ts";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { parseJsonObject, parseQuery } from "../../../workers/core/postback/parameter.ts";
import { understand } from "../../../workers/core/postback/parameter-meanings.ts";
import { ALIASES } from "../../../workers/core/postback/parameter-names.ts";
import { readPostback } from "../../../workers/core/postback/postback-reader.ts";
import { ringOf } from "../keys.ts";

const ring = await ringOf({ 1: 0x11 }, 1);
const OTHER_RING = await ringOf({ 1: 0x12 }, 1);
const A_CLICK = { issuedAtMs: 1_795_420_800_123, link: 42, counter: 7, test: false, provisional: false };
const CLICK = await issueClickId(ring, A_CLICK);
const CLICK_2 = await issueClickId(ring, { ...A_CLICK, counter: 8 });
const FORGED = await issueClickId(OTHER_RING, A_CLICK);
const UNKNOWN_KEY = await issueClickId(await ringOf({ 2: 0x11 }, 2), A_CLICK);

async function read(query: string, { mapping, body }: { mapping?: Mapping; body?: string } = {}) {
  const dialect = makeDialect(mapping);
  const sent = /^[{[]/.test(body ?? "") && body ? parseJsonObject(body) : parseQuery(body ?? "");
  const asked = parseQuery(query);
  if (typeof sent === "string" || typeof asked === "string") throw new Error("cannot be read");
  return readPostback(understand(dialect, asked, sent), dialect, ring);
}

async function content(query: string, mapping?: Mapping): Promise<PostbackContent | string> {
  const reading = await read(query, mapping ? { mapping } : {});
  return reading.ok ? reading.value.content : `${reading.refusal.reason} ${reading.refusal.parameter}`;
}

it("takes an item of a list for a value where the mapping says so", async () => {
  expect(await content("amount[]=40", { names: { "Amount[]": "amount" } })).toEqual({ amountMicros: 40_000_000 });
});

describe("an amount that is a name in round brackets", () => {
  it.each(["amount", "revenue", "currency", "refunded_total"])("is a macro that was not expanded: %s", async (name) => {
    expect(await content(`${name}=(monetary)`)).toBe(`unexpanded_macro ${name}`);
  });

  it("is none where it is a number, as accountants write what they take away", async () => {
    expect(await content("amount=(5.00)")).toBe("bad_amount amount");
  });
});

describe("a postback says", () => {
  it.each<[string, PostbackContent]>([
    ["", {}],
    [`click_id=${CLICK}`, { clickId: CLICK }],
    [`click_id=${CLICK.toUpperCase()}`, { clickId: CLICK }],
    [`click_id=${hexClickId(CLICK)}`, { clickId: CLICK }],
    [`transaction_id=${hexClickId(CLICK).toUpperCase()}`, { clickId: CLICK }],
    [`click_id=%20${CLICK}+`, { clickId: CLICK }],
    ["event=sale", { event: "sale" }],
    ["txid=%20A%201%09", { txid: "A 1" }],
    ["txid=%C3%9C%E2%80%AE", { txid: "Ü\u202e" }],
    [`txid=${"x".repeat(128)}`, { txid: "x".repeat(128) }],
    [`txid=${encodeURIComponent("💩".repeat(128))}`, { txid: "💩".repeat(128) }],
    ["status=pending", { status: "pending" }],
    ["status=APPROVED", { status: "approved" }],
    ["status=reversed&refund_id=R1", { status: "reversed", refundId: "R1" }],
    ["status=Reinstated&refund_id=R1", { status: "reinstated", refundId: "R1" }],
    ["also_txid=%20pi_1%20&txid=in_1", { txid: "in_1", alsoTxid: "pi_1" }],
    ["refunded_total=12.50", { status: "reversed", refundedTotalMicros: 12_500_000 }],
    ["status=reversed&refunded_total=0", { status: "reversed", refundedTotalMicros: 0 }],
    ["refunded_total=&amount=40&status=approved", { status: "approved", amountMicros: 40_000_000 }],
    ["amount=49.99&revenue=5", { amountMicros: 49_990_000, revenueMicros: 5_000_000 }],
    ["amount=0", { amountMicros: 0 }],
    ["amount=1&amount[]=", { amountMicros: 1_000_000 }],
    ["other[]=1&meta[a]=2", { meta: { a: "2" } }],
    ["data[txid]=A&payload[amount]=2&item[price]=3", { txid: "A", amountMicros: 2_000_000 }],
    // Spellings of a name that means one thing.
    ["order-id=A&orderAmount=40&Order.Total=40", { txid: "A", amountMicros: 40_000_000 }],
    [`clickId=${CLICK}&Event_Name=sale`, { clickId: CLICK, event: "sale" }],
    [`click-ID=${CLICK}&transactionId=A`, { clickId: CLICK }],
    [`transactionId=${CLICK}`, { clickId: CLICK }],
    ["amp;txid=A&AMP;amount=4&amp;amp;status=pending", { txid: "A", amountMicros: 4_000_000, status: "pending" }],
    ["amount=40.00000000", { amountMicros: 40_000_000 }],
    ["currency=usd", { currency: "USD" }],
    ["occurred_at=1795420800", { occurredAtMs: 1_795_420_800_000, occurredAtSent: "1795420800" }],
    ["occurred_at=1795420800000", { occurredAtMs: 1_795_420_800_000, occurredAtSent: "1795420800000" }],
    ["coupon=SPRING&customer=New", { coupon: "SPRING", customer: "new" }],
    ["customer=returning", { customer: "returning" }],
    ["test=1", { test: true }],
    ["test=true", { test: true }],
    ["test=0", {}],
    ["test=false", {}],
    ["meta.a=1&META.B=2&meta.c-d.e_f=3", { meta: { a: "1", B: "2", "c-d.e_f": "3" } }],
    ["meta.constructor=x&meta.toString=y", { meta: { constructor: "x", toString: "y" } }],
    ["amount=&txid=&event=%20&currency=&occurred_at=&meta.a=", {}],
    ["coupon={coupon}&customer=[NEW]&meta.a=%25X%25&occurred_at={time}&test={test}", {}],
    ["coupon=None&meta.a=null&customer=N/A", {}],
    ["coupon=%3Cb%3E&meta.a={a}-{b}", { coupon: "<b>", meta: { a: "{a}-{b}" } }],
    ["unknown=%FF&__proto__=1&constructor=2&a[]=3", {}],
    // Our own name before an alias, an alias only alone, and case is not looked at.
    ["txid=A&order_id=B", { txid: "A" }],
    ["order_id=B&txid=A", { txid: "A" }],
    ["order_id=B&txid=", { txid: "B" }],
    ["TXID=A&Txid=A", { txid: "A" }],
    ["OrderId=A&EventDate=1795420800", { txid: "A", occurredAtMs: 1_795_420_800_000, occurredAtSent: "1795420800" }],
    [`click_id=${CLICK}&cid=campaign-7`, { clickId: CLICK }],
    // Ambiguous names are not read.
    ["transaction_id=A&tid=B&oid=C&event_id=D&external_id=E&ref=F&r=G&p=1&t=H", {}],
    // But a sealed ID is what it is.
    [`transaction_id=${CLICK}`, { clickId: CLICK }],
    [`tid=${CLICK.toUpperCase()}`, { clickId: CLICK }],
    [`r=${CLICK}`, { clickId: CLICK }],
    [`transaction_id=A&tid=${CLICK}`, { clickId: CLICK }],
    [`transaction_id=${FORGED}`, {}],
    [`oid=${CLICK}&event_id=${CLICK}`, {}],
    [`click_id=${CLICK}&transaction_id=${CLICK_2}`, { clickId: CLICK }],
  ])("%s", async (query, expected) => {
    expect(await content(query)).toEqual(expected);
  });

  it.each(Object.entries(ALIASES).flatMap(([name, aliases]) => aliases.map((alias) => [alias, name])))(
    "under the alias %s what it says under %s",
    async (alias, name) => {
      const values: Record<string, string> = {
        click_id: CLICK,
        revenue: "1",
        amount: "1",
        currency: "EUR",
        status: "pending",
        occurred_at: "1795420800",
        test: "1",
      };
      const value = values[name] ?? "x";
      const [plain, aliased] = [await read(`${name}=${value}`), await read(`${alias}=${value}`)];
      expect(plain.ok).toBe(true);
      expect(aliased).toEqual(plain);
    },
  );

  it("and how it wants to be answered, and what it is called", async () => {
    expect(await read("return=OK+1;_.=-&idempotency_key=order-1")).toEqual({
      ok: true,
      value: { content: {}, returnText: "OK 1;_.=-", idempotencyKey: "order-1" },
    });
  });

  it("in its body what replaces its query", async () => {
    const query = "amount=1&txid=A&value=2";
    for (const body of ["total=3&currency=EUR", '{"total":3,"currency":"EUR"}']) {
      const reading = await read(query, { body });
      expect(reading.ok && reading.value.content).toEqual({ amountMicros: 3_000_000, txid: "A", currency: "EUR" });
    }
  });
});

describe("a postback is refused", () => {
  const REFUSED: [string, string][] = [
    ["click_id=", "malformed_click_id click_id"],
    ["cid=", "malformed_click_id cid"],
    ["click_id=+", "malformed_click_id click_id"],
    ["click_id=1", "malformed_click_id click_id"],
    [`click_id=${CLICK}0`, "malformed_click_id click_id"],
    [`click_id=${CLICK.replace(/.$/, "%CE%BF")}`, "malformed_click_id click_id"],
    [`click_id=${CLICK.replace(/^./, "4")}`, "unknown_click_version click_id"],
    [`click_id=${UNKNOWN_KEY}`, "unknown_click_key click_id"],
    [`click_id=${FORGED}`, "forged_click_id click_id"],
    [`subid=${FORGED}`, "forged_click_id subid"],
    [`click_id=${CLICK}&click_id=${CLICK_2}`, "malformed_parameter click_id"],
    [`clickid=${CLICK}&subid=${CLICK_2}`, "malformed_parameter clickid"],
    ["click_id=%FF", "malformed_parameter click_id"],
    ...["click_id", "txid", "refund_id", "amount", "revenue", "event", "status", "currency"].flatMap(
      (name): [string, string][] =>
        [
          "{x}",
          "[X]",
          "%25X%25",
          "%X%",
          "%%X%%",
          "A-%ORDER%",
          "REPLACE",
          "OPTIONAL",
          "None",
          "-",
          "A-{x}",
          "%3Cid%3E",
        ].map((macro) => [`${name}=${macro}`, `unexpanded_macro ${name}`]),
    ),
    ["payout={payout}", "unexpanded_macro payout"],
    ["amount=1&amount=2", "malformed_parameter amount"],
    ["amount[]=40", "malformed_parameter amount[]"],
    ["amount%5B%5D=40", "malformed_parameter amount[]"],
    ["value[0]=40&value[1]=2", "malformed_parameter value[0]"],
    ["amount=40&Amount[]=40", "malformed_parameter amount"],
    ["click_id[]=x", "malformed_parameter click_id[]"],
    ["amount=%FF", "malformed_parameter amount"],
    ...["1e3", "-5", "-0", "12.3456789", "1,5", "0x10", "1000000001", "１２", "1.234,56", "$1"].map(
      (amount): [string, string] => [`amount=${encodeURIComponent(amount)}`, "bad_amount amount"],
    ),
    ["refunded_total=-1", "bad_amount refunded_total"],
    ["refunded_total={back}", "unexpanded_macro refunded_total"],
    ["refunded_total=10&amount=10", "bad_refunded_total refunded_total"],
    ["refunded_total=10&refund_id=R1&status=reversed", "bad_refunded_total refunded_total"],
    ["refunded_total=10&status=approved", "bad_refunded_total refunded_total"],
    ["Refunded_Total=10&status=reinstated", "bad_refunded_total Refunded_Total"],
    ["amount=NaN", "unexpanded_macro amount"],
    ["click_id=(click_id)", "unexpanded_macro click_id"],
    ["currency=US", "bad_currency currency"],
    ["currency=U%24D", "bad_currency currency"],
    ["currency=%EF%BC%B5SD", "bad_currency currency"],
    ["status=confirmed", "bad_status status"],
    ["status=1", "bad_status status"],
    [`txid=${"x".repeat(129)}`, "malformed_parameter txid"],
    [`txid=${encodeURIComponent("💩".repeat(129))}`, "malformed_parameter txid"],
    ...["%00", "a%0D%0Ab", "%0A", "%7F", "%C2%85"].map((txid): [string, string] => [
      `txid=${txid}`,
      "malformed_parameter txid",
    ]),
    [`also_txid=${"x".repeat(129)}`, "malformed_parameter also_txid"],
    ["also_txid={payment}", "unexpanded_macro also_txid"],
    [`refund_id=${"x".repeat(129)}`, "malformed_parameter refund_id"],
    [`event=${"x".repeat(129)}`, "malformed_parameter event"],
    ["test=yes!", "malformed_parameter test"],
    [`idempotency_key=${"x".repeat(257)}`, "malformed_parameter idempotency_key"],
  ];
  it.each(REFUSED)("%s: %s", async (query, refusal) => {
    expect(await content(query)).toBe(refusal);
  });

  it.each([
    ['{"amount":-0}', "bad_amount"],
    ['{"amount":[1]}', "malformed_parameter"],
    ['{"amount[]":[40]}', "malformed_parameter"],
    ['{"amount[]":40}', "malformed_parameter"],
    ['{"amount":1,"amount":2}', "malformed_parameter"],
    ['{"txid":"a","amount":1, "\\u0061mount" : 1.0}', "malformed_parameter"],
    ['{"amount":1,"Amount":2}', "malformed_parameter"],
    ['{"amount":1,"value":{},"amount":{"a":1}}', "malformed_parameter"],
    ['{"amount":{}}', "malformed_parameter"],
    ['{"amount":true}', "bad_amount"],
    ['{"txid":"\\ud800"}', "malformed_parameter"],
    ['{"txid":"\\u0000"}', "malformed_parameter"],
  ])("%s: %s", async (body, reason) => {
    const reading = await read("", { body });
    expect(!reading.ok && reading.refusal.reason).toBe(reason);
  });

  it("or read, but never both and never with another value than its own: whatever stands in txid", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 140 }), async (txid) => {
        const reading = await read("", { body: JSON.stringify({ txid }) });
        if (reading.ok) expect([undefined, txid.replace(/^[ \t]+|[ \t]+$/g, "")]).toContain(reading.value.content.txid);
      }),
      { numRuns: 500 },
    );
  });
});

describe("an optional field that cannot be read costs the field, with a note, and never the sale", () => {
  it.each([
    ["sum=-1", { sum: "bad_amount" }],
    ["occurred_at=yesterday", { occurred_at: "bad_time" }],
    ["timestamp=2026-11-23", { timestamp: "bad_time" }],
    [`coupon=${"x".repeat(257)}`, { coupon: "malformed_parameter" }],
    ["coupon=A&coupon=B", { coupon: "malformed_parameter" }],
    [`meta.a=${"x".repeat(257)}`, { "meta.a": "malformed_parameter" }],
    ["meta.__proto__=1", { "meta.__proto__": "malformed_parameter" }],
    ["meta.a b=1", { "meta.a b": "malformed_parameter" }],
    ["meta.a=1&meta.a=2", { "meta.a": "malformed_parameter" }],
    ["customer=old", { customer: "malformed_parameter" }],
    ["return=%3Cscript%3E", { return: "malformed_parameter" }],
    [`return=${"x".repeat(65)}`, { return: "malformed_parameter" }],
    ["return=OK%0D%0ASet-Cookie:x", { return: "malformed_parameter" }],
    ["customer=old&occurred_at=x", { customer: "malformed_parameter", occurred_at: "bad_time" }],
  ])("%s", async (query, notes) => {
    expect(await content(`txid=A&${query}`)).toEqual({ txid: "A", notes });
  });

  it("of meta the eleventh", async () => {
    const said = await content(Array.from({ length: 11 }, (_, index) => `meta.k${index}=1`).join("&"));
    expect(said).toMatchObject({ meta: { k0: "1", k9: "1" }, notes: { "meta.k10": "malformed_parameter" } });
  });

  it("no more than twenty of them, however many there are", async () => {
    const said = await content(`txid=A&${Array.from({ length: 200 }, (_, index) => `meta.!${index}=1`).join("&")}`);
    const { notes = {} } = typeof said === "string" ? {} : said;
    expect(Object.keys(notes)).toHaveLength(20);
  });
});

describe("a number of JSON", () => {
  it.each([
    ["19.989999999999998", 19_990_000],
    ["40.00000000", 40_000_000],
    ["0.0000005", 1],
    ["0.00000049", 0],
    ["1e3", 1_000_000_000],
    ["1.5E-3", 1_500],
    ["999999999.9999999", 1_000_000_000_000_000],
    ["1000000000", 1_000_000_000_000_000],
  ])("%s is rounded to the micro", async (amount, amountMicros) => {
    const reading = await read("", { body: `{"txid":"A","amount":${amount}}` });
    expect(reading.ok && reading.value.content).toEqual({ txid: "A", amountMicros });
    const text = await read("", { body: `{"txid":"A","amount":"${amount}"}` });
    if (/[eE]|\.\d{6}\d*[1-9]/.test(amount)) expect(!text.ok && text.refusal.reason).toBe("bad_amount");
  });

  it.each(["1e10", "1e300", "-1", "1000000000.1", "1000000000.0000005"])("%s is no amount", async (amount) => {
    const reading = await read("", { body: `{"txid":"A","amount":${amount}}` });
    expect(!reading.ok && reading.refusal.reason).toBe("bad_amount");
  });
});

it.each(['{"data":{"txid":"A"}}', '[{"txid":"A"}]', '{"Payload":{"txid":"A"}}'])(
  "takes the one object of %s for what is meant",
  async (body) => {
    const reading = await read("", { body });
    expect(reading.ok && reading.value.content).toEqual({ txid: "A" });
  },
);

describe("in a dialect", () => {
  const MAPPING: Mapping = {
    names: { Order: "txid", total: "revenue", cid: "-", k: "token", txid: "meta.their_txid", plan: "meta.plan" },
    events: { "2": "lead", Kauf: "sale" },
    statuses: { Storno: "reversed", "1": "approved", pending: "approved" },
  };
  it.each<[string, PostbackContent]>([
    ["order=A", { txid: "A" }],
    ["order=A&order_id=B", { txid: "A" }],
    ["txid=A", { meta: { their_txid: "A" } }],
    ["total=5&amount=6", { revenueMicros: 5_000_000, amountMicros: 6_000_000 }],
    ["total=5&revenue=6", { revenueMicros: 5_000_000 }],
    ["cid=campaign-7", {}],
    ["plan=pro", { meta: { plan: "pro" } }],
    ["event=2", { event: "lead" }],
    ["event=Kauf", { event: "sale" }],
    ["event=kauf", { event: "kauf" }],
    ["status=storno", { status: "reversed", originalStatus: "storno" }],
    ["status=1", { status: "approved", originalStatus: "1" }],
    ["status=Pending", { status: "approved", originalStatus: "Pending" }],
    ["status=rejected", { status: "rejected" }],
    ["k=secret", {}],
  ])("%s", async (query, expected) => {
    expect(await content(query, MAPPING)).toEqual(expected);
  });

  it.each<[string, string, PostbackContent | string]>([
    [
      "voluum",
      `cid=${CLICK}&payout=5&txid=A&et=sale`,
      { clickId: CLICK, revenueMicros: 5_000_000, txid: "A", event: "sale" },
    ],
    [
      "binom",
      `cnv_id=${CLICK}&payout=5&cnv_status=Hold&cnv_currency=EUR`,
      { clickId: CLICK, revenueMicros: 5_000_000, status: "pending", originalStatus: "Hold", currency: "EUR" },
    ],
    [
      "keitaro",
      `subid=${CLICK}&tid=A&payout=5&status=sale&currency=usd`,
      {
        clickId: CLICK,
        txid: "A",
        revenueMicros: 5_000_000,
        status: "approved",
        originalStatus: "sale",
        currency: "USD",
      },
    ],
    ["keitaro", `subid=${CLICK}&status=lead`, { clickId: CLICK, status: "pending", originalStatus: "lead" }],
    [
      "redtrack",
      `clickid=${CLICK}&sum=5&type=sale&rdtk_event_id=A`,
      { clickId: CLICK, revenueMicros: 5_000_000, event: "sale", txid: "A" },
    ],
    [
      "everflow",
      `nid=1&oid=9&transaction_id=${CLICK}&amount=40&order_id=A&adv_event_id=3`,
      { clickId: CLICK, amountMicros: 40_000_000, txid: "A", event: "3" },
    ],
    [
      "tune",
      `offer_id=1&transaction_id=${CLICK}&amount=40&adv_sub=A&goal_id=2`,
      { clickId: CLICK, amountMicros: 40_000_000, txid: "A", event: "2" },
    ],
    ["tune", `transaction_id=${FORGED}`, "forged_click_id transaction_id"],
    [
      "affise",
      `clickid=${CLICK}&action_id=A&goal=2&sum=5&status=3&promo_code=X`,
      {
        clickId: CLICK,
        txid: "A",
        event: "2",
        revenueMicros: 5_000_000,
        status: "rejected",
        originalStatus: "3",
        coupon: "X",
      },
    ],
    ["cake", `o=1&e=2&f=pb&r=${CLICK}&t=A&p=5`, { clickId: CLICK, event: "2", txid: "A", revenueMicros: 5_000_000 }],
    ["cake", `r=${CLICK}&status=Scrubbed`, { clickId: CLICK, status: "rejected", originalStatus: "Scrubbed" }],
    [
      "awin",
      `cks=${CLICK}&ref=A&amount=40.00&cr=GBP&vc=X&testmode=0`,
      { clickId: CLICK, txid: "A", amountMicros: 40_000_000, currency: "GBP", coupon: "X" },
    ],
  ])("of %s: %s", async (preset, query, expected) => {
    expect(await content(query, { preset })).toEqual(expected);
  });

  it("the sender's own words stand before its preset's", async () => {
    const mapping = { preset: "keitaro", names: { TID: "refund_id" }, statuses: { SALE: "pending" } };
    expect(await content("tid=A&status=sale", mapping)).toEqual({
      refundId: "A",
      status: "pending",
      originalStatus: "sale",
    });
  });

  it("of a preset that we do not know, our own names hold", async () => {
    expect(await content("txid=A&tid=B", { preset: "nobody" })).toEqual({ txid: "A" });
  });
});
