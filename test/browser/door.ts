/** The door of the console: signing in and out, and coming back from elsewhere. */
import { describe, expect, test } from "vitest";
import type { Cast } from "./stage.ts";

export function doorTests({ stage }: Cast): void {
  describe("the door", () => {
    test("a wrong token is told so; the right one leads to the page that was asked for; signing out shuts it", async () => {
      const { page, open, complaints } = await stage().visitor();
      await open("/offers/shoes?x=1");
      await page.getByLabel("Token").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("This token is not known").waitFor();
      await page.getByLabel("Token").fill(stage().token);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Acme Shoes" }).waitFor();
      expect(page.url()).toBe(`${stage().origin}/offers/shoes?x=1`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").waitFor();
      await open("/offers/shoes");
      await page.getByLabel("Token").waitFor();
      expect(complaints).toEqual([]);
    });

    test("a link from another site opens the page for those who are signed in", async () => {
      const visitor = await stage().visitor();
      await visitor.signIn(stage().token);
      const { page, complaints } = visitor;
      await page.goto(`data:text/html,<a href="${stage().origin}/offers/shoes">from elsewhere</a>`);
      await page.getByText("from elsewhere").click();
      await page.getByRole("heading", { name: "Acme Shoes" }).waitFor();
      expect(complaints).toEqual([]);
    });
  });
}
