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

    test("what cannot be asked for is said, not shown as nothing", async () => {
      const { page, open } = admin();
      await open("/reports?group_by=affiliate&metrics=match_rate&metrics=clicks");
      expect(await page.locator(".notice").textContent()).toContain("The postback log is not known by affiliate");
    });
  });
}
