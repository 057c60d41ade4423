/** The first days of who is invited from outside: an affiliate from its sign-in link to its statement, and an advertiser's developer from its sign-in link to the log. */
import { beforeAll, describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { waitFor } from "../flow/system.ts";
import { click, postback } from "./scenery.ts";
import type { Cast, Visitor } from "./stage.ts";

/** So long may each take. */
const DAY_MS = 30_000;
/** Of their own, so that no other scene's orders are among them. */
const SHOP = "first-day-shop";
const OFFER = "first-day-offer";
const BLOG = "first-day-blog";

export function firstDayTests({ stage, admin }: Cast): void {
  const create = (path: string, body: object, statuses?: number[]) =>
    callConsole(stage().api, { method: "POST", path, body }, statuses);

  /** Invited on the page of people, and in by the link, once. */
  async function invited(email: string, role: string, subject: string): Promise<Visitor> {
    const made = await create("/api/users", { email, name: email, role, subject });
    const visitor = await stage().visitor();
    await visitor.page.goto(String(made.link));
    await visitor.page.getByRole("button", { name: "Sign in" }).click();
    await visitor.page.getByRole("heading", { name: "Overview" }).waitFor();
    return visitor;
  }

  describe("first days", () => {
    let token = "";

    beforeAll(async () => {
      const shop = await create("/api/advertisers", { slug: SHOP, name: "The shop of a first day", auth: "token" });
      token = String(shop.token);
      await create("/api/affiliates", { slug: BLOG, name: "A blog" });
      await create("/api/reasons", {
        slug: "own-order",
        words: "You ordered this yourself: such orders are not paid.",
      });
      await create("/api/offers", {
        ...{ slug: OFFER, name: "First day", advertiser: SHOP, currency: "USD", access: "open" },
        ...{ links_by_affiliate: true, destination: "https://shop.example/?c={click_id}" },
        events: [{ name: "sale", payout: { flat: "4.00" }, revenue: { flat: "6.00" } }],
      });
    });

    test("an affiliate: link, click, order, reason, statement", { timeout: DAY_MS }, async () => {
      const { page, open, complaints } = await invited("blog@example.com", "affiliate", BLOG);
      await page.getByRole("link", { name: "offers", exact: true }).click();
      await page.getByRole("row").filter({ hasText: "First day" }).getByRole("link", { name: "First day" }).click();
      await page.getByRole("button", { name: "Make a link" }).click();
      await page.getByText("Created, and published to the edge.").waitFor();
      const link = (await page.locator("#tracking-link").textContent()) ?? "";
      const slug = new URL(link).pathname.split("/").at(-1) ?? "";
      const { platform } = stage();
      for (const txid of ["day-1", "day-2"]) {
        const clickId = await click(platform, slug);
        await postback(platform, SHOP, { token, click_id: clickId, txid, amount: "40.00" });
      }
      const orders = await waitFor(async () => {
        const answer = await stage().api(`/api/conversions?affiliate=${BLOG}`);
        const { items }: { items: { conversion_id: string; txid: string }[] } = JSON.parse(await answer.text());
        return items.length === 2 ? items : null;
      }, DAY_MS);
      const refused = orders.find(({ txid }) => txid === "day-2")?.conversion_id;
      await create(`/api/conversions/${refused}/reject`, { reason: "own-order" }, [202]);
      await waitFor(async () => {
        await open("/conversions?status=rejected");
        return (await page.getByText("You ordered this yourself").count()) > 0 || null;
      }, DAY_MS);

      await open("/");
      const figure = (label: string) =>
        page
          .locator(".stat")
          .filter({ has: page.getByText(label, { exact: true }) })
          .getByRole("link");
      expect(await figure("This month").textContent()).toContain("4.00");
      expect(await figure("Next statement").textContent()).toContain("4.00");
      await figure("Due").click();
      await page.getByRole("heading", { name: "What is due to you" }).waitFor();
      expect(await page.getByRole("row").count()).toBe(2);

      // A closing takes days that are over, so what it finds today is the bonus; the order is due still.
      const bonus = { owner: BLOG, currency: "USD", amount: "25.00", reason: "Welcome" };
      await create("/api/adjustments", bonus, [202]);
      const due = `/api/statements/due?until=${new Date().toISOString().slice(0, 10)}`;
      await waitFor(async () => (await (await stage().api(due)).text()).includes(BLOG) || null, DAY_MS);
      const until = new Date().toISOString().slice(0, 10);
      await create("/api/statements", { until, owners: [BLOG], final: true }, [202]);
      await waitFor(async () => {
        await open("/statements");
        return (await page.getByRole("row").filter({ hasText: "final" }).count()) || null;
      }, DAY_MS);
      await page.getByRole("row").filter({ hasText: "final" }).getByRole("link").first().click();
      await page.getByRole("heading", { name: /^Statement 20/ }).waitFor();
      expect(await page.locator("main").textContent()).toMatch(/Welcome[\s\S]*25\.00/);
      await open("/");
      expect(await figure("To be paid").textContent()).toContain("25.00");
      expect(await figure("Due").textContent()).toContain("4.00");
      expect(complaints).toEqual([]);
    });

    test("an advertiser's developer: credentials, test panel, log", { timeout: DAY_MS }, async () => {
      const { page, complaints } = await invited("dev@example.com", "advertiser", SHOP);
      await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Integration" }).click();
      await page.getByRole("heading", { name: "The shop of a first day" }).waitFor();
      expect(await page.locator("#token").textContent()).toContain(token);
      expect(await page.getByRole("link", { name: "Edit" }).count()).toBe(0);
      await page.getByRole("button", { name: "Make new ones" }).click();
      await page.waitForURL(/done=rotated/);
      expect(await page.locator("#credentials").textContent()).toContain("Version 1 is valid until");
      expect(await page.locator("#token").textContent()).not.toContain(token);
      await page.getByRole("button", { name: "Run the test" }).click();
      await page.locator('[data-step="duplicate"][data-state="done"]').waitFor({ timeout: DAY_MS });
      expect(await page.locator('[data-step="conversion"]').textContent()).not.toMatch(/payout|undefined/);
      await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Postback log" }).click();
      await page.getByRole("heading", { name: "Postbacks" }).waitFor();
      await page.locator('main a[href$="test=all"]').first().click();
      await page.getByRole("row").filter({ hasText: "test-" }).first().waitFor();
      expect(complaints).toEqual([]);
      const { open, page: office } = admin();
      await open("/audit");
      await office.getByRole("row").filter({ hasText: "dev@example.com" }).first().waitFor();
    });
  });
}
