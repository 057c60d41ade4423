/** A file held against the books in the browser: it stays chosen while its columns are. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../house/files.ts";
import { ACME } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const FILE = join(ROOT, "test/core/table-file/inputs/reconcile-mapped-columns.csv");

export function tableFileTests({ admin }: Cast): void {
  describe("reconciliation", () => {
    test("shows a file's first rows, and reads it anew with the columns that are chosen", {
      timeout: 60_000,
    }, async () => {
      const { page, open } = admin();
      await open("/reconcile");
      await page.locator("select[name=advertiser]").selectOption(ACME);
      await page.locator("input[name=file]").setInputFiles(FILE);
      const send = page.getByRole("button", { name: "Reconcile", exact: true });
      await send.click();
      await page.getByText("names a column for the order or the click").waitFor();
      await page.getByLabel("Column 1,").selectOption("txid");
      await page.getByLabel("Column 3,").selectOption("amount");
      await send.click();
      await page.getByText(/\d orders in the file, \d agree with the books/).waitFor();
      expect(await page.getByLabel("Column 1,").inputValue()).toBe("txid");
      expect(await page.locator("#answer").textContent()).toContain("missing here");
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Differences as CSV" }).click(),
      ]);
      expect(saved.suggestedFilename()).toBe("differences.csv");
      expect(admin().complaints).toEqual([]);
    });
  });
}
