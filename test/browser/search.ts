/** The search dialog and the pickers, by the keyboard alone. */
import { describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import type { Cast } from "./stage.ts";

export function searchTests({ stage }: Cast): void {
  describe("search", () => {
    test("a slash opens it, arrows choose, Enter opens, and Escape closes", async () => {
      const body = { slug: "mlr", name: "Müller & Söhne" };
      await callConsole(stage().api, { method: "POST", path: "/api/affiliates", body });
      const { page, open, signIn, complaints } = await stage().visitor();
      await signIn(stage().token);
      const dialog = page.getByRole("dialog", { name: "Search" });
      await page.keyboard.press("/");
      await dialog.waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await page.keyboard.press("Control+k");
      await page.keyboard.type("mueller");
      const option = dialog.getByRole("option", { name: "Müller" });
      await option.waitFor();
      expect(await option.getAttribute("aria-selected")).toBe("true");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Müller" }).waitFor();
      await open("/offers");
      await page.keyboard.press("/");
      await dialog.getByText("Opened last").waitFor();
      await dialog.getByRole("option", { name: "Müller" }).waitFor();
      await page.keyboard.press("Escape");
      expect(complaints).toEqual([]);
    });

    test("on a phone it is one tap away, and signing out forgets what was opened", async () => {
      const { page, open, signIn, complaints } = await stage().visitor();
      await signIn(stage().token);
      await page.setViewportSize({ width: 390, height: 844 });
      await open("/offers/shoes");
      const kept = "Object.keys(localStorage).filter((key) => key.startsWith('opened '))";
      expect(await page.evaluate(kept)).toHaveLength(1);
      await page.getByRole("banner").getByRole("link", { name: "Search" }).click();
      const dialog = page.getByRole("dialog", { name: "Search" });
      await dialog.getByText("Opened last").waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").waitFor();
      expect(await page.evaluate(kept)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test("a field that takes a slug takes the name", async () => {
      const { page, open, signIn, complaints } = await stage().visitor();
      await signIn(stage().token);
      await open("/new-link");
      const field = page.getByLabel("Affiliate", { exact: true });
      await field.pressSequentially("MULLER");
      await page.getByRole("option", { name: "Müller" }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      expect(await field.inputValue()).toBe("mlr");
      expect(complaints).toEqual([]);
    });
  });
}
