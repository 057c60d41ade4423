/** What each role sees, and what it does not; and tokens, which give roles. */
import { describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { ACME } from "./scenery.ts";
import type { Cast, Visitor } from "./stage.ts";

export function roleTests({ stage, admin }: Cast): void {
  describe("roles", () => {
    async function visitAs(role: string, subject: string): Promise<Visitor> {
      const body = { name: `${role} ${subject}`, role, subject };
      const { token } = await callConsole(stage().api, { method: "POST", path: "/api/tokens", body });
      const visitor = await stage().visitor();
      await visitor.signIn(String(token));
      return visitor;
    }

    test("an affiliate sees its own payouts, and nothing of revenue", async () => {
      const { page, open, complaints } = await visitAs("affiliate", "blog");
      for (const path of ["/", "/reports", "/conversions", "/offers/shoes"]) {
        await open(path);
        const text = (await page.locator("main").textContent()) ?? "";
        expect(text, path).toContain("Payout");
        expect(text, path).not.toMatch(/Revenue|Margin/);
      }
      const places = await page.getByRole("navigation", { name: "Console" }).getByRole("link").allTextContents();
      expect(places).toEqual([
        "Overview",
        "Reports",
        "Cohorts",
        "Conversions",
        "Not counted",
        "Statements",
        "Sent postbacks",
        "Offers",
        "Links",
        "Coupons",
        "Your postbacks",
        "Your account",
        "API",
      ]);
      expect(complaints).toEqual([]);
    });

    test("an advertiser sees what it pays, and nothing of payouts", async () => {
      const { page, open, complaints } = await visitAs("advertiser", ACME);
      for (const path of ["/", "/reports", "/conversions", "/offers/shoes"]) {
        await open(path);
        const text = (await page.locator("main").textContent()) ?? "";
        expect(text, path).toContain("Revenue");
        expect(text, path).not.toMatch(/Payout|Margin/);
      }
      await open("/reports");
      const groups = await page.getByLabel("Group by").locator("option").allTextContents();
      expect(groups).toContain("affiliate");
      expect(groups).not.toContain("sub1");
      expect(complaints).toEqual([]);
    });
  });

  describe("people", () => {
    test("who is invited signs in once by the link, has the menu of the role, and is out as soon as it is paused", async () => {
      const { page, open } = admin();
      await open("/people");
      await page.getByLabel("E-mail address").fill("Manny@Example.com");
      await page.getByLabel("Name", { exact: true }).fill("Manny");
      await page.locator("form.form").getByLabel("Role").selectOption("manager");
      await page.getByRole("button", { name: "Invite" }).click();
      const link = (await page.locator("#new-link").textContent()) ?? "";
      const manny = await stage().visitor();
      await manny.page.goto(link);
      await manny.page.getByRole("button", { name: "Sign in" }).click();
      const menu = manny.page.getByRole("navigation", { name: "Console" });
      await menu.getByRole("link", { name: "Offers" }).waitFor();
      const places = await menu.getByRole("link").allTextContents();
      expect(places).toEqual(expect.arrayContaining(["Offers", "Claims", "Alerts", "Audit log"]));
      for (const place of ["People", "Tokens", "Personal data", "Import"]) expect(places).not.toContain(place);
      await manny.page.getByRole("link", { name: "manny@example.com" }).click();
      await manny.page.getByText("by a link").waitFor();
      await manny.open("/offers/shoes");
      await manny.page.getByRole("link", { name: "Edit" }).waitFor();
      const second = await stage().visitor();
      await second.page.goto(link);
      await second.page.getByRole("button", { name: "Sign in" }).click();
      await second.page.getByText("opens nothing any more").waitFor();
      await open("/people");
      expect(await page.content()).not.toContain(link);
      await page.getByRole("link", { name: "manny@example.com" }).click();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("Its sessions have ended").waitFor();
      await manny.open("/offers");
      await manny.page.getByLabel("Token").waitFor();
      expect([...manny.complaints, ...second.complaints]).toEqual([]);
    });

    test("who signs out everywhere is out", async () => {
      const made = await callConsole(stage().api, {
        method: "POST",
        path: "/api/users",
        body: { email: "blogger@example.com", name: "Blogger", role: "affiliate", subject: "blog" },
      });
      const blogger = await stage().visitor();
      await blogger.page.goto(String(made.link));
      await blogger.page.getByRole("button", { name: "Sign in" }).click();
      await blogger.page.getByRole("link", { name: "blogger@example.com" }).click();
      await blogger.page.getByRole("button", { name: "Sign out everywhere" }).click();
      await blogger.page.getByLabel("Token").waitFor();
      expect(blogger.complaints).toEqual([]);
    });
  });

  describe("tokens", () => {
    test("a token is shown once, opens the console, and revoking it shuts who used it out", async () => {
      const { page, open } = admin();
      await open("/tokens");
      await page.getByLabel("Name", { exact: true }).fill("Ann");
      await page.getByRole("button", { name: "Make token" }).click();
      const token = (await page.locator("#new-token").textContent()) ?? "";
      const ann = await stage().visitor();
      await ann.signIn(token);
      await open("/tokens");
      expect(await page.content()).not.toContain(token);
      await page.getByRole("button", { name: "Revoke Ann" }).click();
      await page.getByText("Revoked. It opens nothing any more").waitFor();
      await ann.open("/offers");
      await ann.page.getByLabel("Token").waitFor();
    });
  });
}
