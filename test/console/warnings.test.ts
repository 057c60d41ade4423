/** Unknown macros are told of in the answer to whoever saves them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, startConsole } from "./console.ts";

let api: Console;
beforeAll(async () => {
  api = await startConsole();
  await api.call("POST", "/api/advertisers", { slug: "acme", name: "Acme" });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" });
});
afterAll(() => api.stop());

const SHOES = {
  slug: "shoes",
  name: "Shoes",
  advertiser: "acme",
  destination: "https://shop.example/?c={click_id}&x={nosuch}",
  currency: "USD",
  events: [{ name: "sale", payout: { flat: "1" }, revenue: { flat: "2" } }],
};

test("every template of an offer and of a link is looked at when it is saved, and what was saved says the same as before", async () => {
  const saved = async (method: string, path: string, body: unknown) => {
    const { status, json } = await api.call(method, path, body);
    return [status, Object(json).warnings];
  };
  const warning = (pointer: string, name: string) => ({
    pointer,
    detail: `{${name}} is no macro of ours: it becomes empty in every click.`,
  });
  expect(await saved("POST", "/api/offers", SHOES)).toEqual([201, [warning("#/destination", "nosuch")]]);
  const rules = [
    { countries: ["DE"], destination: "https://shop.example/{Sub1}" },
    { devices: ["tv"], block: true },
  ];
  const fallback_url = "https://shop.example/{gone}/{gone}/{sub1}";
  expect(await saved("PATCH", "/api/offers/shoes", { fallback_url, rules })).toEqual([
    200,
    [warning("#/destination", "nosuch"), warning("#/fallback_url", "gone"), warning("#/rules/0/destination", "Sub1")],
  ]);
  const link = { slug: "demo", offer: "shoes", affiliate: "blog" };
  expect(await saved("POST", "/api/links", link)).toEqual([201, undefined]);
  expect(await saved("PATCH", "/api/links/demo", { destination: "https://shop.example/?c={klick_id}" })).toEqual([
    200,
    [warning("#/destination", "klick_id")],
  ]);
  expect(await saved("PATCH", "/api/links/demo", { destination: null })).toEqual([200, undefined]);
  expect(await saved("GET", "/api/offers/shoes", undefined)).toEqual([200, undefined]);
  expect(await saved("POST", "/api/links", { ...link, destination: "https://{nosuch}/" })).toEqual([422, undefined]);
});
