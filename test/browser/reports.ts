/** Reports as they are asked for, sorted and shared. */
import { describe, expect, test } from "vitest";
import type { Cast } from "./stage.ts";

export function reportTests({ stage, admin }: Cast): void {
  describe("reports", () => {
    test("a report is asked for, sorted, and its address shows the same to somebody else", async () => {
      const { page, open } = admin();
      await open("/reports");
      await page.getByLabel("Group by").selectOption("event");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByRole("columnheader", { name: "Event" }).waitFor();
      await page.getByRole("link", { name: "Conversions", exact: true }).last().click();
      await page.getByRole("columnheader", { name: "Conversions ↓" }).waitFor();
      const rows = await page.getByRole("row").allTextContents();
      const other = await stage().visitor();
      await other.signIn(stage().token);
      await other.page.goto(page.url());
      expect(await other.page.getByRole("row").allTextContents()).toEqual(rows);
    });

    test("a figure opens the conversions that it counts, and a head says by keys what it is", async () => {
      const { page, open } = admin();
      const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
      await open(`/reports?group_by=event&metrics=conversions&from=${yesterday}&until=${yesterday}&tz=UTC`);
      const hint = page.getByRole("button", { name: "What Conversions is" });
      await hint.focus();
      await page.keyboard.press("Enter");
      const text = page.getByText("Conversions that stand: pending and approved.");
      await text.waitFor();
      await page.keyboard.press("Escape");
      await text.waitFor({ state: "hidden" });
      const figure = page.locator("tbody td.number a").first();
      const count = Number((await figure.textContent())?.replaceAll(",", ""));
      await figure.click();
      await page.waitForURL(/\/conversions\?/);
      await page.goto(`${page.url()}&limit=200`);
      expect(await page.locator("tbody tr").count()).toBe(count);
    });

    test("a mistake stands beside its field, and nothing that was typed is lost", async () => {
      const { page, open, complaints } = admin();
      await open("/reports?group_by=affiliate&group_by=day");
      await page.getByLabel("Time zone").fill("Mars/Olympus");
      await page.getByText("Only some:").click();
      await page.getByLabel("Event", { exact: true }).fill("sale");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByText("mend the filter that is marked").waitFor();
      const zone = page.getByLabel("Time zone");
      expect([await zone.inputValue(), await zone.getAttribute("aria-invalid")]).toEqual(["Mars/Olympus", "true"]);
      expect(await page.locator("#tz-fault").textContent()).toContain("Write a time zone");
      expect(await page.getByLabel("Event", { exact: true }).inputValue()).toBe("sale");
      expect(await page.getByLabel("Group by").inputValue()).toBe("affiliate");
      await zone.fill("Asia/Tokyo");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByRole("columnheader", { name: "Affiliate" }).waitFor();
      for (const path of ["/conversions", "/postbacks"]) {
        await open(`${path}?advertiser=nobody&txid=order-1`);
        expect(await page.locator("#advertiser-fault").textContent()).toBe('There is no advertiser "nobody".');
        expect(await page.getByLabel("Order", { exact: true }).inputValue()).toBe("order-1");
      }
      // What is asked for and not there is an answer.
      complaints.splice(0);
    });

    test("a day in a list's filter is the viewer's day, for whoever has the address", async () => {
      const { page, open } = admin();
      const received = async () => {
        const times = await page.locator("tbody time").evaluateAll((all) => all.map((time) => time.dateTime));
        return [times.length > 0, times.every((at) => at >= "2026-" && isYesterday(at))];
      };
      const day = (atMs: number) => new Date(atMs).toLocaleDateString("sv-SE", { timeZone: "Europe/Berlin" });
      const [yesterday, today] = [day(Date.now() - 86_400_000), day(Date.now())];
      const isYesterday = (at: string) => day(Date.parse(at)) === yesterday;
      await open("/conversions");
      await page.getByLabel("From").fill(yesterday);
      await page.getByLabel("Before").fill(today);
      await page.getByRole("button", { name: "Show" }).click();
      await page.waitForURL(/tz=Europe%2FBerlin/);
      expect(await received()).toEqual([true, true]);
      expect(await page.getByRole("link", { name: "CSV" }).getAttribute("href")).toContain("T23%3A00%3A00.000Z");
    });

    test("what cannot be asked for is said, not shown as nothing", async () => {
      const { page, open } = admin();
      await open("/reports?group_by=affiliate&metrics=match_rate&metrics=clicks");
      expect(await page.locator(".notice").textContent()).toContain("The postback log is not known by affiliate");
    });
  });
}
