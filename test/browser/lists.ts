/** Lists as they are sorted, cut to columns, and kept as views, by pointer and by keyboard. */
import { describe, expect, test } from "vitest";
import type { Cast } from "./stage.ts";

export function listTests({ admin }: Cast): void {
  describe("lists", () => {
    test("a list is sorted by its heads, by keyboard too, and says so", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/affiliates");
      const head = page.getByRole("columnheader", { name: "Name" });
      await head.getByRole("link").focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(/sort=name/);
      expect(await head.getAttribute("aria-sort")).toBe("ascending");
      const names = () => page.locator("tbody tr td:nth-child(2)").allTextContents();
      const up = await names();
      expect(up).toEqual([...up].sort((left, right) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1)));
      await head.getByRole("link").click();
      await page.waitForURL(/sort=-name/);
      expect(await head.getAttribute("aria-sort")).toBe("descending");
      expect(await names()).toEqual([...up].reverse());
      expect(complaints).toEqual([]);
    });

    test("columns are chosen, moved and kept, and as ever again", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await page.setViewportSize({ width: 1280, height: 800 });
      await open("/conversions");
      const heads = () => page.locator("thead th").allTextContents();
      const ever = await heads();
      await page.locator(".column-choice summary").click();
      const form = page.getByRole("form", { name: "Columns" });
      await form.getByLabel("Country", { exact: true }).check();
      await form.getByLabel("Event", { exact: true }).uncheck();
      await form.getByRole("button", { name: "Move Offer down" }).click();
      await form.getByRole("button", { name: "Move Offer down" }).click();
      await form.getByRole("button", { name: "Keep" }).click();
      await page.getByRole("columnheader", { name: "Country" }).waitFor();
      const kept = await heads();
      expect(kept.slice(0, 3)).toEqual(["Received ↓", "Affiliate", "Offer"]);
      expect(kept).not.toContain("Event");
      await open("/conversions");
      expect(await heads()).toEqual(kept);
      await page.locator(".column-choice summary").click();
      await form.getByRole("button", { name: "As ever" }).click();
      await page.getByRole("columnheader", { name: "Event" }).waitFor();
      expect(await heads()).toEqual(ever);
      await page.setViewportSize({ width: 1600, height: 1000 });
      expect(complaints).toEqual([]);
    });

    test("what is seen is kept as a view, is a tab above the list, and is deleted", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/conversions?status=approved&sort=-amount&columns=amount");
      await page.locator(".view-keep summary").click();
      await page.getByLabel("Name", { exact: true }).fill("Large ones");
      await page.getByRole("form", { name: "Keep as a view" }).getByRole("button", { name: "Keep" }).click();
      const tab = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Large ones" });
      await tab.waitFor();
      expect(await tab.getAttribute("aria-current")).toBe("true");
      await open("/conversions");
      await tab.click();
      await page.waitForURL(/sort=-amount/);
      expect(await page.locator("thead th").allTextContents()).toEqual(["Received", "Amount ↓"]);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByLabel("Sorted by").selectOption("received_at");
      await page.getByRole("button", { name: "Sort", exact: true }).click();
      await page.waitForURL(/sort=received_at/);
      await page.setViewportSize({ width: 1600, height: 1000 });
      await open("/views");
      await page.getByRole("form", { name: "View Large ones" }).getByRole("button", { name: "Delete" }).click();
      await page.getByText("None yet.").waitFor();
      expect(complaints).toEqual([]);
    });
  });
}
