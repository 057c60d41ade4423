/** The test panel: all the way, and as far as it comes. */
import { describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { ACME } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const LONG_MS = 90_000;

export function testPanelTests({ stage, admin }: Cast): void {
  describe("the test panel", () => {
    test("goes all the way, each step turning green", { timeout: LONG_MS }, async () => {
      const { page, open } = admin();
      await open(`/advertisers/${ACME}`);
      await page.getByLabel("Offer and event").selectOption("shoes sale");
      await page.getByRole("button", { name: "Run the test" }).click();
      await page.locator('[data-step="duplicate"][data-state="done"]').waitFor({ timeout: 60_000 });
      expect(
        await page.locator("#test-steps > li").evaluateAll((steps) => steps.map(({ dataset }) => dataset.state)),
      ).toEqual(Array(7).fill("done"));
      await page.locator('[data-step="conversion"]').getByRole("link", { name: "look" }).click();
      await page.getByText("Its story").waitFor();
      expect(await page.locator(".head").textContent()).toContain("test");
      expect(admin().complaints).toEqual([]);
    });

    test("says which step failed, and what to do", { timeout: LONG_MS }, async () => {
      await callConsole(stage().api, {
        method: "PATCH",
        path: "/api/advertisers/globex",
        body: { allowed_ips: ["203.0.113.7"] },
      });
      const { page, open } = admin();
      await open("/advertisers/globex");
      await page.getByRole("button", { name: "Run the test" }).click();
      const failed = page.locator('[data-step="postback"][data-state="failed"]');
      await failed.waitFor({ timeout: 60_000 });
      expect(await failed.textContent()).toContain("taken from its own addresses only");
      expect(await page.locator('[data-step="settled"]').getAttribute("data-state")).toBe("idle");
    });

    test("says what to look at when the ledger takes nothing", { timeout: LONG_MS }, async () => {
      const { page, open, signIn } = await stage().visitor();
      await page.clock.install();
      await signIn(stage().token);
      // As it is while the ledger stands still: what is asked for is not settled.
      await page.route("**/advertisers/*/test", async (route) => {
        const form = new URLSearchParams(route.request().postData() ?? "");
        if (form.get("step") === "settled") form.set("receipt", "0".repeat(26));
        await route.continue({ postData: form.toString() });
      });
      await open(`/advertisers/${ACME}`);
      await page.getByRole("button", { name: "Run the test" }).click();
      const step = page.locator('[data-step="settled"]');
      await step.and(page.locator('[data-state="waiting"]')).waitFor({ timeout: 60_000 });
      expect(await step.textContent()).not.toContain("is the ledger worker deployed");
      await page.clock.fastForward(100_000);
      await step.and(page.locator('[data-state="failed"]')).waitFor({ timeout: 30_000 });
      expect(await step.textContent()).toContain("is the ledger worker deployed and running");
      expect(await page.locator('[data-step="conversion"]').getAttribute("data-state")).toBe("idle");
    });
  });
}
