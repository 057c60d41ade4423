/** Review by the keyboard: one after the other is looked at and decided, taken back, and several are decided at once. */
import { describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { waitFor } from "../flow/system.ts";
import { ACME, click, DEMO, postback } from "./scenery.ts";
import type { Cast } from "./stage.ts";

const LONG_MS = 90_000;
const ORDERS = ["review-1", "review-2", "review-3", "review-4"];

export function reviewTests({ stage, scenery, admin }: Cast): void {
  describe("review", () => {
    const held = async (): Promise<{ conversion_id: string; txid: string }[]> => {
      const { items } = JSON.parse(await (await stage().api("/api/review?affiliate=blog")).text());
      return items.filter(({ txid }: { txid: string }) => ORDERS.includes(txid));
    };
    const state = async (txid: string): Promise<{ status: string; hold: string; reason: string | null }> => {
      const { items } = JSON.parse(await (await stage().api(`/api/conversions?txid=${txid}`)).text());
      return items[0];
    };

    test("what is held is decided by keys, and taken back", { timeout: LONG_MS }, async () => {
      const reason = { slug: "unreachable", words: "The lead could not be reached" };
      await callConsole(stage().api, { method: "POST", path: "/api/reasons", body: reason });
      for (const txid of ORDERS) {
        const clickId = await click(stage().platform, DEMO, {});
        const { postbackToken: token } = scenery();
        await postback(stage().platform, ACME, { click_id: clickId, event: "sale", txid, amount: "10", token });
        const id = await waitFor(async () => {
          const found: { items: { conversion_id: string }[] } = JSON.parse(
            await (await stage().api(`/api/conversions?txid=${txid}`)).text(),
          );
          return found.items[0]?.conversion_id;
        }, 30_000);
        await callConsole(stage().api, { method: "POST", path: `/api/conversions/${id}/hold`, body: {} }, [202]);
      }
      await waitFor(async () => (await held()).length === ORDERS.length, 30_000);
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/review?affiliate=blog");
      const current = () => page.locator('.held a[aria-current="true"]').textContent();
      const said = () => page.locator(".notice").first();
      expect(await current()).toContain("review-1");
      await page.keyboard.press("j");
      await page.getByRole("heading", { name: "sale, order review-2" }).waitFor();
      await page.keyboard.press("k");
      await page.getByRole("heading", { name: "sale, order review-1" }).waitFor();
      await page.keyboard.press("a");
      await page.getByRole("heading", { name: "sale, order review-2" }).waitFor();
      expect(await said().textContent()).toContain("Approved.");
      await page.keyboard.press("r");
      await page.getByRole("button", { name: reason.words }).waitFor();
      // The first one is the scenery’s.
      await page.keyboard.press("2");
      await page.getByRole("heading", { name: "sale, order review-3" }).waitFor();
      expect(await said().textContent()).toContain("Rejected.");
      await waitFor(async () => (await state("review-1")).hold === "", 30_000);
      expect(await state("review-1")).toMatchObject({ status: "approved" });
      await waitFor(async () => (await state("review-2")).hold === "rejected_by_operator", 30_000);
      expect(await state("review-2")).toMatchObject({ status: "rejected", reason: reason.words });
      await page.keyboard.press("u");
      await page.getByText("It is taken back").waitFor();
      await waitFor(async () => (await state("review-2")).hold === "held", 30_000);
      expect(complaints).toEqual([]);
    });

    test("several are chosen by keys, counted, decided and taken back", { timeout: LONG_MS }, async () => {
      const { page, open, complaints } = admin();
      await open("/review?affiliate=blog");
      const titles = ["review-2", "review-3", "review-4"];
      expect((await held()).map(({ txid }) => txid)).toEqual(titles);
      await page.keyboard.press("x");
      await page.keyboard.press("ArrowDown");
      await page.getByRole("heading", { name: "sale, order review-3" }).waitFor();
      await page.keyboard.press("x");
      await page.getByText("Decide many at once").click();
      await page.getByLabel("Decision").selectOption("release");
      await page.getByRole("button", { name: "Count the chosen" }).click();
      await page.getByRole("heading", { name: /^Bulk \d+/ }).waitFor();
      expect(await page.locator("main").textContent()).toContain("release 2 conversions");
      expect(await held()).toHaveLength(3);
      await page.getByRole("button", { name: "release 2" }).click();
      await waitFor(async () => (await held()).length === 1, 30_000);
      await page.getByRole("button", { name: "Take all of it back" }).click();
      await waitFor(async () => (await held()).length === 3, 30_000);
      expect(complaints).toEqual([]);
    });

    test("of the list of all conversions several are ticked, counted, decided and taken back", {
      timeout: LONG_MS,
    }, async () => {
      const { page, open, complaints } = admin();
      await open("/conversions?affiliate=blog");
      for (const txid of ["review-2", "review-3", "review-1"]) await page.getByLabel(`Choose ${txid}`).check();
      await page.getByText("Decide many at once").click();
      await page.getByLabel("Decision").selectOption("approve");
      await page.getByRole("button", { name: "Count the chosen" }).click();
      await page.getByRole("heading", { name: /^Bulk \d+/ }).waitFor();
      const text = await page.locator("main").textContent();
      expect(text).toContain("approve 2 conversions");
      expect(text).toContain("They are approved already");
      await page.getByRole("button", { name: "approve 2" }).click();
      await waitFor(async () => (await held()).length === 1, 30_000);
      await page.getByRole("button", { name: "Take all of it back" }).click();
      await waitFor(async () => (await held()).length === 3, 30_000);
      expect(complaints).toEqual([]);
    });

    test("the same goes by buttons alone, on a small screen", { timeout: LONG_MS }, async () => {
      const { page, open } = admin();
      await page.setViewportSize({ width: 390, height: 844 });
      await open("/review?affiliate=blog");
      await page.getByRole("button", { name: /^Release/ }).click();
      await page.getByText("Released.").waitFor();
      await waitFor(async () => (await held()).length === 2, 30_000);
      await page.setViewportSize({ width: 1600, height: 1000 });
    });
  });
}
