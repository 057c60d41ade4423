/** Whose pages may have a click issued, and what they say beside the link's parameters. */
import { describe, expect, it } from "vitest";
import { isShopsPage, pageWords } from "../../../workers/core/click/page-click.ts";
import { LINK } from "../../click/edge.ts";

describe("a page of the shop's", () => {
  it.each([
    ["https://shop.example", {}, true],
    ["https://www.shop.example", {}, true],
    ["https://shop.example", { destination: "https://www.shop.example/?c={click_id}" }, true],
    ["https://checkout.shop.example", {}, false],
    ["https://checkout.shop.example", { deepLinkHosts: ["*.shop.example"] }, true],
    ["https://other.example", { deepLinkHosts: ["other.example"] }, true],
    ["https://shop.example:8443", {}, false],
    ["http://localhost:9000", { destination: "http://localhost:9000/?c={click_id}" }, true],
    ["https://de.example", { rules: [{ countries: ["DE"], destination: "https://de.example/{click_id}" }] }, true],
    ["https://shop.example.evil.example", {}, false],
    ["https://notshop.example", { deepLinkHosts: ["*.shop.example"] }, false],
    ["null", {}, false],
    ["", {}, false],
  ])("%s, of a link of %j: %s", (origin, record, isShops) => {
    expect(isShopsPage(origin, { ...LINK, ...record })).toBe(isShops);
  });
});

it("says where its visitor came from, and whether it is framed", () => {
  expect(pageWords([["referrer", "https://news.example"]])).toEqual({
    referrer: "https://news.example",
    isFramed: false,
  });
  expect(pageWords([["framed", "1"]])).toEqual({ referrer: "", isFramed: true });
});
