/** Signals: from the list to one with its rows, on to its affiliate, and what it does is set. */
import { describe, expect, test } from "vitest";
import type { Cast } from "./stage.ts";

const LONG_MS = 60_000;

export function signalTests({ admin }: Cast): void {
  describe("signals", () => {
    test("one is looked at with its peers and rows, and set to hold on its offer", { timeout: LONG_MS }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/signals");
      await page.getByRole("link", { name: "Too fast" }).first().click();
      await page.getByRole("heading", { name: "Too fast", level: 1 }).waitFor();
      const text = await page.locator("main").innerText();
      expect(text).toContain("61 % of 330, at least 53 %");
      expect(text).toContain("1.6 % of 9446, at most 2.1 %");
      expect(await page.getByRole("region", { name: "Named rows" }).getByRole("link").count()).toBeGreaterThan(0);

      await open("/affiliates/blog");
      await page.getByRole("link", { name: "Signals", exact: true }).last().click();
      await page.getByRole("region", { name: "Signals now" }).waitFor();

      await open("/signal-settings?offer=shoes");
      await page.getByRole("link", { name: "Too fast" }).click();
      await page.getByLabel("When it speaks").selectOption("hold");
      await page.getByLabel("Seconds").fill("20");
      await page.getByRole("button", { name: "Save" }).last().click();
      await page.getByRole("heading", { name: "What signals do" }).waitFor();
      const row = page.getByRole("row").filter({ hasText: "Too fast" });
      expect(await row.innerText()).toContain("hold");
      expect(await row.innerText()).toContain("seconds 20");

      await open("/signal-settings/reversals");
      expect(await page.getByLabel("When it speaks").innerText()).not.toContain("held");
      expect(complaints).toEqual([]);
    });
  });
}
