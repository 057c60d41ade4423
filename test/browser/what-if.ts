/** A what-if in the browser: an offer is chosen, another payout said, the difference looked at and applied. */
import { describe, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { ACME, click, DEMO, postback } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const LONG_MS = 90_000;
const DAY_MS = 86_400_000;

export function whatIfTests({ stage, scenery, admin }: Cast): void {
  describe("what-if", () => {
    const of = async (txid: string): Promise<{ conversion_id: string; payout: string } | undefined> =>
      JSON.parse(await (await stage().api(`/api/conversions?txid=${txid}`)).text()).items[0];
    const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

    test("another payout is looked at, and applied as adjustments", { timeout: LONG_MS }, async () => {
      const clickId = await click(stage().platform, DEMO, {});
      const { postbackToken: token } = scenery();
      await postback(stage().platform, ACME, {
        click_id: clickId,
        event: "sale",
        txid: "what-if-1",
        amount: "40",
        token,
      });
      await waitFor(async () => (await of("what-if-1"))?.payout === "4.00", 30_000);
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/what-if");
      await page.getByLabel("Offer").selectOption("shoes");
      await page.getByRole("button", { name: "Say the rules" }).click();
      await page.getByLabel("Name", { exact: true }).fill("12 % today");
      await page.getByLabel("From", { exact: true }).fill(day(0));
      await page.getByLabel("Until", { exact: true }).fill(day(1));
      const sale = page.getByRole("group", { name: "sale", exact: true });
      await sale.getByLabel("Affiliates get: number").fill("12");
      await sale.getByLabel("Affiliates get", { exact: true }).selectOption("percent");
      await page.getByRole("button", { name: "Look", exact: true }).last().click();
      await page.getByRole("heading", { name: /^\d+: 12 % today/ }).waitFor();
      expect(await page.locator("main").textContent()).toContain("4.00 → 4.80");
      expect((await of("what-if-1"))?.payout).toBe("4.00");
      await page.getByLabel("Why").fill("agreed in May");
      await page.getByRole("button", { name: "Apply as adjustments" }).click();
      await page.getByText("agreed in May").waitFor();
      await waitFor(async () => (await of("what-if-1"))?.payout === "4.80", 30_000);
      await open(`/conversions/${(await of("what-if-1"))?.conversion_id}`);
      expect(await page.locator("main").textContent()).toMatch(/what-if \d+: agreed in May/);
      expect(complaints).toEqual([]);
    });

    test("one is dropped, and says so", { timeout: LONG_MS }, async () => {
      const { page, open, complaints } = admin();
      await open("/what-if");
      await page
        .getByRole("link", { name: /12 % today/ })
        .first()
        .click();
      await page.getByRole("button", { name: "Look again" }).click();
      await page.getByText("Nothing would be otherwise.").waitFor();
      await page.getByRole("button", { name: "Drop it" }).click();
      await page.getByText("dropped").first().waitFor();
      expect(complaints).toEqual([]);
    });
  });
}
