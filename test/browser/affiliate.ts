/** An affiliate's first day: it finds an offer, makes a link and builds on it, and sees what came of it, what did not count and why, and what the operator decided. */
import { beforeAll, describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { waitFor } from "../flow/system.ts";
import { lookAt, PAGES_OF_AFFILIATES } from "./every-page.ts";
import { ACME, click, postback } from "./scenery.ts";
import type { Cast, Visitor } from "./stage.ts";

const NEWCOMER = "newcomer";

export function affiliateTests({ stage, scenery, admin }: Cast): void {
  describe("an affiliate's first day", () => {
    let own: Visitor;
    let link = "";

    beforeAll(async () => {
      const create = (path: string, body: object) => callConsole(stage().api, { method: "POST", path, body });
      await create("/api/affiliates", { slug: NEWCOMER, name: "A newcomer" });
      const shown = { access: "open", links_by_affiliate: true, deep_link_hosts: ["shop.example"] };
      await callConsole(stage().api, { method: "PATCH", path: "/api/offers/shoes", body: shown });
      await create("/api/offers", {
        ...{ slug: "hats", name: "Acme Hats", advertiser: ACME, currency: "USD", access: "apply" },
        destination: "https://shop.example/hats?c={click_id}",
        events: [{ name: "sale", payout: { flat: "2.50" } }],
      });
      const { token } = await create("/api/tokens", { name: "newcomer", role: "affiliate", subject: NEWCOMER });
      own = await stage().visitor();
      await own.signIn(String(token));
    });

    test("it makes a link to an offer that is open to it, and builds on it", async () => {
      const { page, open } = own;
      await open("/offers");
      const row = page.getByRole("row").filter({ hasText: "Acme Shoes" });
      expect(await row.textContent()).toContain("make a link");
      await row.getByRole("link", { name: "Acme Shoes" }).click();
      await page.getByRole("button", { name: "Make a link" }).click();
      await page.getByText("Created, and published to the edge.").waitFor();
      link = new URL(page.url()).pathname.split("/").at(-1) ?? "";
      const url = `${stage().platform.origins.click}/c/${link}`;
      const output = page.locator("#tracking-link");
      expect(await output.textContent()).toBe(url);
      await page.getByLabel("sub1", { exact: true }).fill("my newsletter");
      await page.getByLabel("Deep link").fill("https://evil.example/");
      await page.getByText("clicks go there only at shop.example").waitFor();
      expect(await output.textContent()).toBe(`${url}?sub1=my%20newsletter`);
      await page.getByLabel("Deep link").fill("https://shop.example/p/42");
      expect(await output.textContent()).toBe(`${url}?sub1=my%20newsletter&url=https%3A%2F%2Fshop.example%2Fp%2F42`);
    });

    test("it sees what came of its link, and in its own words what did not count", async () => {
      const { page, open } = own;
      const { platform } = stage();
      const order = { token: scenery().postbackToken, amount: "50.00", status: "approved" };
      const counted = await click(platform, link, { sub1: "newsletter" });
      await postback(platform, ACME, { ...order, click_id: counted, txid: "first-day-1" });
      const other = await click(platform, link);
      await postback(platform, ACME, { ...order, click_id: other, txid: "first-day-2", event: "visit" });
      await waitFor(async () => {
        await open("/not-counted");
        return (await page.getByText("The shop reported “visit”").count()) > 0;
      }, 30_000);
      expect(await page.locator("main").textContent()).toContain("Ask the operator whether it should be paid");
      await open("/conversions");
      const row = page.getByRole("row").filter({ hasText: "first-day-1" });
      expect(await row.textContent()).toContain("Approved: it counts.");
      await row.getByRole("link").first().click();
      await page.getByText("Approved: it counts.").waitFor();
      // The log is the operator's and the sender's.
      expect(await page.locator('a[href^="/postbacks"]').count()).toBe(0);
      await open("/postbacks");
      await page.getByText("This page is not for the role affiliate").waitFor();
    });

    test("its money stands first, and each figure leads to its rows", async () => {
      const { page, open } = own;
      await open("/");
      const card = page.locator("section.card").filter({ hasText: "Your money" });
      const approved = card.locator(".stat").filter({ has: page.getByText("Approved", { exact: true }) });
      expect(await approved.textContent()).toContain("1 order");
      await approved.getByRole("link").click();
      await page.getByRole("heading", { name: "Conversions" }).waitFor();
      expect(await page.getByRole("row").filter({ hasText: "first-day-1" }).count()).toBe(1);
    });

    test("it applies for another, the operator refuses, and it reads why", async () => {
      const { page, open } = own;
      await open("/offers/hats");
      await page.getByLabel("Where and how").fill("a newsletter with 2,000 readers");
      await page.getByRole("button", { name: "Apply" }).click();
      await page.getByText("Applied. The operator decides").waitFor();
      const { page: office, open: openOffice } = admin();
      await openOffice("/");
      await office.getByRole("link", { name: "Admit or refuse them" }).click();
      const row = office.getByRole("row").filter({ hasText: NEWCOMER });
      expect(await row.textContent()).toContain("2,000 readers");
      await row.getByLabel("Reason, for the affiliate").fill("Hats are not sold by newsletter.");
      await row.getByRole("button", { name: "Refuse" }).click();
      await office.getByText("Nobody has applied").waitFor();
      await open("/offers/hats");
      await page.getByText("Hats are not sold by newsletter.").waitFor();
      expect(await page.getByRole("button", { name: "Apply" }).count()).toBe(0);
    });

    test("it pauses its link and resumes it, and not what the operator paused", async () => {
      const { page, open } = own;
      await open(`/links/${link}`);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("Paused: it takes no clicks").waitFor();
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByText("Resumed").waitFor();
      const body = { status: "paused" };
      await callConsole(stage().api, { method: "PATCH", path: `/api/links/${link}`, body });
      await open(`/links/${link}`);
      expect(await page.getByRole("button", { name: /Pause|Resume/ }).count()).toBe(0);
      await callConsole(stage().api, { method: "PATCH", path: `/api/links/${link}`, body: { status: "active" } });
    });

    test("it is shown the calls of the API that are its own", async () => {
      const { page, open } = own;
      await open("/api");
      const text = (await page.locator("main").textContent()) ?? "";
      expect(text).toContain("/api/offers/{slug}/applications");
      expect(text).not.toMatch(/\/api\/tokens|\/disown|\/api\/audit|\/api\/advertisers|\/api\/sources/);
    });

    test("its pages look as they should, in light and dark, narrow and wide", { timeout: 110_000 }, async () =>
      expect(await lookAt(own, [...PAGES_OF_AFFILIATES, ["affiliate-link", `/links/${link}`]])).toEqual([]),
    );
  });
}
