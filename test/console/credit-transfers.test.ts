/** Accounts in fields, and the file of credit transfers: what is in it, what is not and why, and who looked. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { at, faultsOf, readXml, textAt } from "../core/payments/pain-rules.ts";
import { waitFor } from "../flow/system.ts";
import { plantBooks } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
let own = "";
const BLOG = "/api/affiliates/blog/bank-details";
const IBAN = "FR1420041010050500013M02606";
const FILE = "/api/statements/credit-transfers";
const TODAY = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, []);
  const made = await api.call("POST", "/api/tokens", { name: "blog", role: "affiliate", subject: "blog" });
  own = String(Object(made.json).token);
}, 60_000);
afterAll(() => api.stop());

const pointers = (json: unknown) => Object(json).errors?.map(({ pointer }: { pointer: string }) => pointer);
const looks = async () => {
  const { json } = await api.call("GET", "/api/audit?action=view bank details&limit=100");
  return Object(json).items.map(({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`);
};

test("an account is checked, sealed, shown by its end, and whole to who asks and is logged", async () => {
  const wrong = await api.call("PUT", BLOG, { holder: "", iban: "FR15 2004 1010 0505 0001 3M02 606" }, own);
  expect([wrong.status, pointers(wrong.json)]).toEqual([422, ["#/holder", "#/iban"]]);
  const both = await api.call("PUT", BLOG, { details: "pay@blog.example", holder: "Blog", iban: IBAN }, own);
  expect([both.status, pointers(both.json)]).toEqual([422, ["#/details"]]);
  const account = { holder: "Blog SARL", iban: "fr14 2004 1010 0505 0001 3m02 606" };
  expect((await api.call("PUT", BLOG, account, own)).status).toBe(204);
  const kept = await api.env.DB.prepare(
    "SELECT bank_details, bank_changed_by FROM affiliates WHERE slug = 'blog'",
  ).first();
  expect(String(kept?.bank_details)).not.toContain("2606");
  expect((await api.call("GET", "/api/affiliates/blog", undefined, own)).json).toMatchObject({
    bank_details: "•••• 2606",
  });
  expect((await api.call("GET", BLOG, undefined, own)).status).toBe(403);
  expect((await api.call("GET", BLOG)).json).toEqual({
    ...{ details: "Blog SARL, IBAN FR14 2004 1010 0505 0001 3M02 606", holder: "Blog SARL", iban: IBAN, bic: null },
    ...{ account_number: null, bank_code: null, country: null },
  });
  expect(await looks()).toEqual(["affiliate blog"]);
  // What is so already is no change.
  const changes = async () =>
    Object((await api.call("GET", "/api/audit?action=change&kind=affiliate")).json).items.length;
  const before = await changes();
  expect((await api.call("PUT", BLOG, account, own)).status).toBe(204);
  expect(await changes()).toBe(before);
});

test("by a number where there is no IBAN, on the page as by the call", async () => {
  const cookie = await api.signIn(own);
  const send = (fields: Record<string, string>) =>
    api.fetch(
      "/affiliates/blog/bank-details",
      {
        ...{ authorization: "", cookie, "sec-fetch-site": "same-origin" },
        "content-type": "application/x-www-form-urlencoded",
      },
      { method: "POST", body: new URLSearchParams(fields).toString() },
    );
  const wrong = await send({ "holder:required": "Blog Inc", account_number: "12345678", bank_code: "021000021" });
  expect(await wrong.text()).toContain("two letters of the country");
  const good = await send({
    ...{ "holder:required": "Blog Inc", account_number: "12345678", bank_code: "021000021", country: "us" },
  });
  expect([good.status, good.headers.get("location")]).toEqual([303, "/affiliates/blog/bank-details?done=set"]);
  expect((await api.call("GET", BLOG)).json).toMatchObject({ account_number: "12345678", country: "US", iban: null });
  await api.call("PUT", BLOG, { holder: "Blog SARL", iban: IBAN }, own);
});

test("the issuer's account is kept likewise", async () => {
  expect((await api.call("GET", `${FILE}/plan`)).status).toBe(404);
  const account = { holder: "Nétwork Ltd", iban: "DE02 1203 0000 0000 2020 51", bic: "BYLADEM1001" };
  expect((await api.call("PUT", "/api/issuer/account", account, own)).status).toBe(403);
  const wrong = await api.call("PUT", "/api/issuer/account", { ...account, iban: "DE03" });
  expect([wrong.status, pointers(wrong.json)]).toEqual([422, ["#/iban"]]);
  expect((await api.call("PUT", "/api/issuer/account", account)).status).toBe(204);
  expect((await api.call("GET", "/api/issuer")).json).toMatchObject({
    issuer: null,
    account: { account: "•••• 2051" },
  });
  const kept = await api.env.DB.prepare("SELECT value FROM settings WHERE name = 'issuer-account'").first("value");
  expect(String(kept)).not.toContain("DE02");
  expect((await api.call("GET", "/api/issuer/account")).json).toMatchObject({ iban: "DE02120300000000202051" });
  expect(await looks()).toContain("statement issuer");
  const page = await api.fetch("/issuer", { authorization: "", cookie: await api.signIn() });
  expect(await page.text()).toContain("•••• 2051");
});

test("the file has what can be paid, once each, and names what cannot", async () => {
  const sums = [
    ["blog", "EUR", "120.505"],
    ["blog", "USD", "30.00"],
    ["deals", "EUR", "15.00"],
  ];
  for (const [owner, currency, amount] of sums) {
    const body = { owner, currency, amount, reason: "a bonus" };
    expect((await api.call("POST", "/api/adjustments", body)).status).toBe(202);
  }
  const isThere = async (count: number, state: string) =>
    Object((await api.call("GET", `/api/statements?state=${state}`)).json).items.length === count || null;
  await waitFor(async () => Object((await api.call("GET", "/api/statements/due")).json).items.length === 3 || null);
  await api.call("POST", "/api/statements", { until: "2026-11-20", final: true });
  await waitFor(() => isThere(3, "final"));

  const plan = Object((await api.call("GET", `${FILE}/plan`)).json);
  expect(plan.batches).toEqual([{ scheme: "SEPA", currency: "EUR", payments: 1, amount: "120.51" }]);
  const first = "first payment: nothing was paid to this account yet";
  expect(plan.payments).toEqual([
    expect.objectContaining({
      ...{ affiliate: "blog", account: "•••• 2606", due: "120.505", amount: "120.51", scheme: "SEPA", warning: first },
    }),
  ]);
  expect(plan.left_out).toEqual([
    expect.objectContaining({ affiliate: "blog", currency: "USD", reason: "needs_bic", warning: first }),
    expect.objectContaining({ affiliate: "deals", reason: "no_account", warning: "no bank details" }),
  ]);
  const before = (await looks()).length;

  expect((await api.call("GET", `${FILE}?execute_on=${TODAY}`, undefined, own)).status).toBe(403);
  expect((await api.call("GET", FILE)).status).toBe(400);
  expect((await api.call("GET", `${FILE}?execute_on=2020-01-01&left_out=pass_over`)).status).toBe(400);
  const refused = await api.call("GET", `${FILE}?execute_on=${TODAY}`);
  expect([refused.status, pointers(refused.json)?.length]).toEqual([409, 2]);
  expect((await looks()).length).toBe(before);

  const file = await api.call("GET", `${FILE}?execute_on=${TODAY}&left_out=pass_over`);
  expect(file.headers.get("content-type")).toContain("application/xml");
  const document = readXml(file.text);
  expect(faultsOf(document)).toEqual([]);
  const payment = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf";
  expect(at(document, payment)).toHaveLength(1);
  expect(textAt(document, `${payment}/PmtId/EndToEndId`)).toBe(plan.payments[0].statement);
  expect(textAt(document, `${payment}/CdtrAcct/Id/IBAN`)).toBe(IBAN);
  expect(textAt(document, "CstmrCdtTrfInitn/PmtInf/Dbtr/Nm")).toBe("Network Ltd");
  expect(textAt(document, "CstmrCdtTrfInitn/PmtInf/ReqdExctnDt/Dt")).toBe(TODAY);
  expect((await looks()).slice(0, -before)).toEqual(["statement issuer", "affiliate blog"]);

  const page = await api.fetch("/paying", { authorization: "", cookie: await api.signIn() });
  const seen = await page.text();
  for (const told of ["File of 1 credit transfer", "120.51", first, "needs the BIC", "There are no bank details"])
    expect(seen).toContain(told);

  // What the bank paid comes back in whole cents, and fits.
  const { statement } = plan.payments[0];
  const list = `statement,reference,date,amount\n${statement},SEPA 1,${TODAY},120.51\n`;
  const check = await api.fetch("/api/payments/check", { "content-type": "text/csv" }, { method: "POST", body: list });
  expect(JSON.parse(await check.text())).toMatchObject({ pays: 1, differ: 0 });
});

test("free text, another currency and the least that is paid are told as reasons too", async () => {
  const reasonOf = async (owner: string) => {
    const { left_out } = Object((await api.call("GET", `${FILE}/plan?currency=EUR`)).json);
    return left_out.find(({ affiliate }: { affiliate: string }) => affiliate === owner)?.reason;
  };
  await api.call("PUT", "/api/affiliates/deals/bank-details", { details: "DE02 1203 0000 0000 2020 51" });
  expect(await reasonOf("deals")).toBe("free_text");
  const page = await api.fetch("/affiliates/deals/bank-details", { authorization: "", cookie: await api.signIn() });
  expect(await page.text()).toContain("They are free text.");
  await api.env.DB.exec(
    "UPDATE affiliates SET bank_details = (SELECT bank_details FROM affiliates WHERE slug = 'blog') WHERE slug = 'deals'",
  );
  expect(await reasonOf("deals")).toBe("cannot_be_opened");
  await api.call("PATCH", "/api/affiliates/blog", { payment_currency: "USD" });
  expect(await reasonOf("blog")).toBe("other_currency");
  await api.call("PATCH", "/api/affiliates/blog", { payment_currency: null, minimum_payout: "500.00" });
  expect(await reasonOf("blog")).toBe("below_minimum");
  const none = await api.call("GET", `${FILE}?execute_on=${TODAY}&left_out=pass_over&currency=EUR`);
  expect([none.status, none.text]).toEqual([409, expect.stringContaining("No statement")]);
});

test("affiliates that are paid to the same account are named wherever one of them is paid, and to operators alone", async () => {
  const deals = "/api/affiliates/deals/bank-details";
  // As free text, in another's name: the account is what counts.
  const details = "Deals & Co, fr14 2004 1010 0505 0001 3M02 606";
  expect((await api.call("PUT", deals, { details })).status).toBe(204);
  expect((await api.call("PUT", BLOG, { holder: "Blog SARL", iban: IBAN }, own)).status).toBe(204);
  await api.call("POST", "/api/adjustments", { owner: "deals", currency: "EUR", amount: "9.00", reason: "a bonus" });
  await waitFor(async () => Object((await api.call("GET", "/api/statements/due")).json).items.length === 1 || null);
  const page = async (path: string, token?: string) => {
    const answer = await api.fetch(path, { authorization: "", cookie: await api.signIn(token) });
    return (await answer.text()).replaceAll(/<[^>]*>/g, " ");
  };
  const named = /Paid to the same account:[^.]*blog[^.]*,[^.]*deals/;
  const places = ["/due", "/affiliates/blog", "/affiliates/deals", "/affiliates/deals/bank-details"];
  const warned = async () => {
    for (const place of places) expect([place, await page(place)]).toEqual([place, expect.stringMatching(named)]);
    expect(await page("/paying")).toMatch(/same account as deals[\s\S]*same account as blog/);
    const file = await api.call("GET", "/api/statements/unpaid");
    expect(file.text.match(/same account as (blog|deals)/g)?.sort()).toEqual([
      ...Array(1).fill("same account as blog"),
      ...Array(2).fill("same account as deals"),
    ]);
    const { payments, left_out } = Object((await api.call("GET", `${FILE}/plan`)).json);
    for (const { affiliate, warning } of [...payments, ...left_out])
      expect(warning).toMatch(affiliate === "blog" ? /; same account as deals$/ : /; same account as blog$/);
  };
  await warned();
  for (const place of ["/affiliates/blog/bank-details", "/"])
    expect(await page(place, own)).not.toMatch(/same account|deals/i);

  // What was set before there were marks, or under a key that is gone, is marked by the cron; what cannot be opened is nobody's.
  await api.env.DB.exec("UPDATE affiliates SET bank_mark = NULL WHERE slug = 'blog'");
  await api.env.DB.exec("UPDATE affiliates SET bank_mark = '9-' || substr(bank_mark, 3) WHERE slug = 'deals'");
  expect(await page("/due")).not.toMatch(named);
  await api.scheduled(Date.now());
  await warned();
  await api.env.DB.exec("UPDATE affiliates SET bank_details = 'nothing', bank_mark = NULL");
  await api.scheduled(Date.now());
  expect(await page("/due")).not.toMatch(named);
  const marks = await api.env.DB.prepare("SELECT DISTINCT bank_mark FROM affiliates").all();
  expect(marks.results).toEqual([{ bank_mark: "" }]);

  expect((await api.call("PUT", deals, { details })).status).toBe(204);
  expect((await api.call("DELETE", deals)).status).toBe(204);
  expect((await api.call("PUT", BLOG, { holder: "Blog SARL", iban: IBAN }, own)).status).toBe(204);
  expect(await page("/due")).not.toMatch(named);
}, 60_000);
