/** Files in the browser: one held against the books stays chosen while its columns are, and one that is imported is sent whole. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ROOT } from "../house/files.ts";
import { ACME, click, DEMO } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const FILE = join(ROOT, "test/core/table-file/inputs/reconcile-mapped-columns.csv");

/** As from the desktop: over the page, and let go there. */
async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], "orders.csv", { type: "text/csv" }));
    for (const type of ["dragenter", "dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }`);
}

export function tableFileTests({ stage, admin }: Cast): void {
  describe("reconciliation", () => {
    test("shows a file's first rows, and reads it anew with the columns that are chosen", {
      timeout: 60_000,
    }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
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
      expect(complaints).toEqual([]);
    });
  });

  describe("import", () => {
    test("a file is dropped on the page, read otherwise word by word, sent, and what failed is saved, mended and pasted", {
      timeout: 100_000,
    }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      const id = await click(stage().platform, DEMO);
      const text = `Click ID;Order;Zustand;Betrag\n${id};drop 1;Bezahlt;1.234\n${id};drop 2;Entwurf;2,00\n${id};drop 3;?;3,00\n`;
      await open("/import");
      await page.locator("select[name=advertiser]").selectOption(ACME);
      await drop(page, text);
      await page.getByText("How it is read").waitFor();
      expect(await page.locator("form.dropping").count()).toBe(0);
      await page.getByLabel("Column 3,").selectOption("status");
      await page.getByLabel("Column 4,").selectOption("amount");
      await page.locator("select[name=decimal]").selectOption(",");
      await page.getByRole("button", { name: "Read it again" }).click();
      await page.getByLabel("Bezahlt means").selectOption({ label: "approved" });
      await page.getByLabel("Entwurf means").selectOption({ label: "no order: passed over" });
      await page.getByLabel("Keep this for the next file").check();
      await page.getByRole("button", { name: "Read it again" }).click();
      await page.getByText("1 postback would be sent for acme, and 1 row not.").waitFor();
      expect(await page.locator("#answer").textContent()).toContain("amount=1234.00");
      await page.getByRole("button", { name: "Send 1 postback" }).click();
      await page.getByText("All 2 rows were gone through and are settled.").waitFor({ timeout: 60_000 });
      await page.reload();
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "The row that failed as a file" }).click(),
      ]);
      expect(saved.suggestedFilename()).toMatch(/^failed-[0-9a-f]{24}\.csv$/);
      const failed = readFileSync(await saved.path(), "utf8");
      expect(failed.split("\r\n")[1]).toBe(
        `4;bad_status;${failed.split("\r\n")[1]?.split(";")[2]};${id};drop 3;?;"3,00"`,
      );
      await open("/import");
      await page.locator("select[name=advertiser]").selectOption(ACME);
      const mended = failed.replace(";?;", ";Bezahlt;");
      await page.evaluate(`{
        const data = new DataTransfer();
        data.setData("text/plain", ${JSON.stringify(mended)});
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }`);
      await page.getByText("1 postback would be sent for acme.").waitFor();
      await page.getByRole("button", { name: "Send 1 postback" }).click();
      await page.getByText("All 1 rows were gone through and are settled.").waitFor({ timeout: 60_000 });
      expect(complaints).toEqual([]);
    });

    test("shows what would be sent, sends it piece by piece, and says after a reload how each row ended", {
      timeout: 100_000,
    }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      const id = await click(stage().platform, DEMO);
      const rows = Array.from({ length: 2_300 }, (_, index) => `${id},"in ${index}",${index === 7 ? "?" : "1,50"}`);
      const text = ["Click ID;Order;Amount", ...rows.map((row) => row.replaceAll(/,(?!50)/g, ";"))].join("\n");
      const file = { name: "orders.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
      await open("/import");
      await page.locator("select[name=advertiser]").selectOption(ACME);
      await page.locator("input[name=file]").setInputFiles(file);
      await page.getByRole("button", { name: "Look" }).click();
      await page.getByText("2,299 postbacks would be sent").waitFor();
      expect(await page.locator("#answer").textContent()).toContain("unreadable_amount");
      await page.getByRole("button", { name: "Send 2,299 postbacks" }).click();
      await page.getByText("All 2,300 rows were gone through and are settled.").waitFor({ timeout: 60_000 });
      expect(new URL(page.url()).pathname).toMatch(/^\/import\/[0-9a-f]{24}$/);
      await page.reload();
      const told = page.locator("#import");
      expect(await told.textContent()).toMatch(/attributed–2,299[\s\S]*unreadable\s*unreadable_amount\s*1/);
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "Every row as CSV" }).click(),
      ]);
      expect(saved.suggestedFilename()).toMatch(/^import-.*\.csv$/);
      expect(complaints).toEqual([]);
    });
  });
}
