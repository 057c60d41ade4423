/** One conversion as an operator follows it: from the log to its story, its corrections and its files. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { ACME, click, DEMO, HOSTILE, postback } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const LONG_MS = 90_000;

export function conversionTests({ stage, scenery, admin }: Cast): void {
  describe("a conversion", () => {
    const order = "order-of-the-story";

    test("its postback appears in the log while one looks, with what became of it", async () => {
      const { page, open } = admin();
      const clickId = await click(stage().platform, DEMO, { sub1: "spring" });
      await open(`/postbacks?advertiser=${ACME}&test=false`);
      await postback(stage().platform, ACME, {
        click_id: clickId,
        event: "sale",
        txid: order,
        amount: "40.00",
        status: "pending",
        token: scenery().postbackToken,
      });
      const row = page.getByRole("row").filter({ hasText: order });
      await row.waitFor({ timeout: 30_000 });
      expect(await row.getAttribute("class")).toBe("new");
      expect(await row.textContent()).toContain("attributed");
      await row.getByRole("link").first().click();
      await page.getByText("What was received").waitFor();
      expect(await page.getByRole("region", { name: "Parameters" }).textContent()).toContain("40.00");
      expect(await page.content()).not.toContain(scenery().postbackToken);
    });

    test("a refused postback tells what its sender should change", async () => {
      const receipt = await postback(stage().platform, ACME, {
        click_id: "{click_id}",
        token: scenery().postbackToken,
      });
      const { page, open } = admin();
      await waitFor(async () => {
        // Its receipt says at once that it was refused; why, as soon as the log has it.
        const { reason }: { reason: string } = JSON.parse(await (await stage().api(`/receipts/${receipt}`)).text());
        return reason === "unexpanded_macro";
      }, 30_000);
      await open(`/postbacks/${receipt}`);
      await page.getByText("unexpanded_macro").waitFor();
      expect(await page.getByRole("alert").textContent()).toContain("still holds the template's macro");
    });

    test("its story is told, and an operator approves and reverses it with a note", { timeout: LONG_MS }, async () => {
      const { page, open } = admin();
      await open(`/conversions?txid=${order}`);
      await page.getByRole("row").nth(1).getByRole("link").first().click();
      await page.getByRole("heading", { name: `sale, order ${order}` }).waitFor();
      const chapters = () => page.locator(".story > li").allTextContents();
      expect(await chapters()).toEqual([
        expect.stringMatching(/Click on demo of blog.*sub1 spring/),
        expect.stringMatching(/Postback.*attributed.*accrual → pending.*\+40\.00 USD.*payout 10 % of the amount/),
      ]);
      const correct = async (move: string, fields: Record<string, string>) => {
        await page.getByLabel("What to do").selectOption(move);
        // The page has notes besides.
        const form = page.locator("form").filter({ has: page.getByRole("button", { name: "Send the correction" }) });
        for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
        // An impatient finger sends nothing twice.
        await page.getByRole("button", { name: "Send the correction" }).dblclick();
      };
      await correct("approved", {});
      expect(await page.locator("#field-note-fault").textContent()).toContain("Write why");
      await correct("approved", { Note: "the goods were kept" });
      await page.getByText("The correction is booked.").waitFor({ timeout: 30_000 });
      await correct("reversed", { Note: HOSTILE, "Amount, USD": "10.00" });
      await page.getByText("The correction is booked.").waitFor({ timeout: 30_000 });
      expect((await chapters()).slice(2)).toEqual([
        expect.stringMatching(/Correction.*approval → approved.*No sum changes.*the goods were kept/),
        expect.stringMatching(/Correction.*reversal, still approved.*-10\.00 USD/),
      ]);
      expect(await page.locator(".stat").allTextContents()).toEqual([
        "Amount30.00 USD",
        "Revenue4.50 USD",
        "Payout3.00 USD",
      ]);
      expect(admin().complaints).toEqual([]);
    });

    test("an operator holds it, finds it by the overview, and releases it", { timeout: LONG_MS }, async () => {
      const { page, open } = admin();
      await open(`/conversions?txid=${order}`);
      await page.getByRole("row").nth(1).getByRole("link").first().click();
      const status = () => page.locator("h1 .status").allTextContents();
      expect(await status()).toEqual(["approved"]);
      const account = page.url();
      await page.getByLabel("Why").fill("another look");
      await page.getByRole("button", { name: "Hold", exact: true }).click();
      await page.getByText("The correction is booked.").waitFor({ timeout: 30_000 });
      expect(await status()).toEqual(["pending", "held"]);
      await page.getByText("An operator held it.").waitFor();
      await open("/");
      await page.getByRole("link", { name: "Release, approve or reject them" }).click();
      await page.getByRole("heading", { name: `sale, order ${order}` }).waitFor();
      await page.getByLabel("Note for operators").fill("all is well");
      await page.getByRole("button", { name: /^Release/ }).click();
      await page.getByText("Released.").waitFor();
      await waitFor(async () => {
        await open(new URL(account).pathname);
        return (await status()).join() === "approved";
      }, 30_000);
      expect(admin().complaints).toEqual([]);
    });

    test("its corrections stand in the audit log, with what was before", async () => {
      const { page, open } = admin();
      await open("/audit?kind=conversion&action=correct");
      const entries = page.locator("tbody tr");
      for (const summary of await entries.locator("summary").all()) await summary.click();
      const [reversal, approval] = await entries.locator(".difference").allTextContents();
      expect(approval).toMatch(/^statuspendingapprovednote–the goods were kept/);
      expect(reversal).toMatch(/^statusapprovedreversedgiven_back–10\.00note/);
    });

    test("it is taken away as a file, from the list and from a report", async () => {
      const { page, open } = admin();
      const download = async (name: string) => {
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("link", { name, exact: true }).click(),
        ]);
        return readFileSync(await file.path());
      };
      await open(`/conversions?txid=${order}`);
      expect((await download("CSV")).toString()).toMatch(
        new RegExp(`,${order},[^\\n]*,approved,USD,30\\.00,4\\.50,3\\.00,`),
      );
      expect((await download("Parquet")).subarray(0, 4).toString()).toBe("PAR1");
      await open("/reports?group_by=day&group_by=affiliate&tz=UTC");
      expect((await download("CSV")).toString()).toMatch(/^\ufeffday,affiliate,currency,clicks,/);
      expect((await download("Parquet")).subarray(0, 4).toString()).toBe("PAR1");
    });
  });
}
