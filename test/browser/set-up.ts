/** Set-up by hand: forms, what they say of mistakes, the tracking link, the audit log. */
import { describe, expect, test } from "vitest";
import { DEMO } from "./scenery.ts";
import type { Cast } from "./stage.ts";

export function setUpTests({ stage, admin }: Cast): void {
  describe("set-up", () => {
    test("an advertiser, an offer, an affiliate and a link are made, and what is wrong stands beside its field", async () => {
      const { page, open } = admin();
      await open("/advertisers");
      await page.getByRole("link", { name: "New advertiser" }).click();
      await page.getByLabel("Slug").fill("Not A Slug");
      await page.getByLabel("Name", { exact: true }).fill("Globex");
      await page.getByRole("button", { name: "Create advertiser" }).last().click();
      const slug = page.getByLabel("Slug");
      expect(await slug.getAttribute("aria-invalid")).toBe("true");
      expect(await page.locator("#field-slug-fault").textContent()).toContain("A slug is 1 to 63");
      expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Globex");
      await slug.fill("globex");
      // Enter saves, whatever other buttons the form has.
      await slug.press("Enter");
      await page.getByText("Created, and published to the edge.").waitFor();

      await page.getByRole("link", { name: "New offer" }).click();
      await page.getByLabel("Slug").fill("gadgets");
      await page.getByLabel("Name", { exact: true }).fill("Gadgets");
      await page.getByLabel("Currency", { exact: true }).fill("USD");
      await page.getByLabel("Destination").first().fill("https://globex.example/?cid={click_id}");
      await page.getByLabel("Event", { exact: true }).fill("sale");
      await page.getByLabel("The affiliate gets: number").fill("ten");
      await page.getByLabel("The advertiser pays: number").fill("15");
      await page.getByRole("button", { name: "Add an event" }).click();
      await page.getByLabel("Event", { exact: true }).nth(1).fill("lead");
      await page.getByLabel("The affiliate gets: number").nth(1).fill("2.50");
      await page.getByLabel("The affiliate gets", { exact: true }).nth(1).selectOption("flat");
      await page.getByLabel("The advertiser pays", { exact: true }).nth(1).selectOption("posted");
      await page.getByRole("button", { name: "Create offer" }).last().click();
      expect(await page.locator("#field-events-0-payout-fault").textContent()).toContain("Write the number as text");
      await page.getByLabel("The affiliate gets: number").first().fill("10");
      await page.getByRole("button", { name: "Create offer" }).last().click();
      await page.getByText("Created, and published to the edge.").waitFor();
      const events = page.getByRole("region", { name: "Events" });
      expect(await events.getByRole("row").allTextContents()).toEqual([
        expect.stringContaining("Event"),
        expect.stringMatching(/sale.*10 % of the amount.*15 % of the amount/),
        expect.stringMatching(/lead.*2\.50 USD.*as posted/),
      ]);

      await open("/new-affiliate");
      await page.getByLabel("Slug").fill("newsletter");
      await page.getByLabel("Name", { exact: true }).fill("The Newsletter");
      await page.getByRole("button", { name: "Create affiliate" }).last().click();
      await page.getByRole("link", { name: "New link" }).click();
      await page.getByLabel("Offer").fill("no-such-offer");
      await page.getByRole("button", { name: "Create link" }).last().click();
      expect(await page.locator("#field-offer-fault").textContent()).toContain('There is no offer "no-such-offer"');
      await page.getByLabel("Offer").fill("gadgets");
      await page.getByRole("button", { name: "Create link" }).last().click();
      await page.getByText("Created, and published to the edge.").waitFor();
      expect(admin().complaints).toEqual([]);
    });

    test("links are ticked, paused with one button after a look, and resumed by another", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/links?offer=gadgets");
      await page.getByText("Pause, resume or end many links").click();
      await page.getByRole("button", { name: "Choose all of this page" }).click();
      await page.getByRole("button", { name: "Count the chosen" }).click();
      await page.getByRole("heading", { name: /^1 link: paused/ }).waitFor();
      expect(await page.locator("main").textContent()).toContain("1 link of 1 affiliate");
      await page.getByRole("button", { name: "Set 1 link paused" }).click();
      await page.getByRole("button", { name: "Take all of it back" }).waitFor();
      await open("/links?offer=gadgets&status=paused");
      expect(await page.getByRole("checkbox", { name: /^Choose / }).count()).toBe(1);
      await page.goBack();
      await page.getByRole("button", { name: "Take all of it back" }).click();
      await page.getByText("Put back").waitFor();
      expect(complaints).toEqual([]);
    });

    test("an affiliate is tagged and noted, found by its tag, and the note is taken back", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/affiliates/newsletter/edit");
      await page.getByLabel("Tags, one a line").fill("Risk\ntop");
      await page.getByRole("button", { name: "Save" }).last().click();
      await page.getByText("Saved").first().waitFor();
      await page.getByRole("link", { name: "risk", exact: true }).click();
      await page.getByRole("cell", { name: "The Newsletter" }).waitFor();
      await open("/affiliates/newsletter");
      await page.getByLabel("A note for operators").fill("Ask for Ida.");
      await page.getByRole("button", { name: "Write it down" }).click();
      await page.getByText("Ask for Ida.").waitFor();
      await page.getByRole("button", { name: /^Take it back: the note/ }).click();
      await page.getByText("None yet.").waitFor();
      expect(complaints).toEqual([]);
    });

    test("another tracker is set up, its aliases are looked at before they are set, and taken away", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/trackers");
      await page.getByRole("link", { name: "New tracker" }).first().click();
      await page.getByLabel("Slug").fill("moved");
      await page.getByLabel("Name", { exact: true }).fill("The TUNE before");
      await page.getByLabel("Which tracker it is").selectOption("tune");
      await page.getByLabel("Advertiser", { exact: true }).fill("acme");
      await page.getByLabel("Host", { exact: true }).fill("https://track.globex.example");
      await page.getByRole("button", { name: "Create tracker" }).last().click();
      expect(await page.locator("#field-host-fault").textContent()).toContain("Write the host alone");
      await page.getByLabel("Host", { exact: true }).fill("track.globex.example");
      await page.getByRole("button", { name: "Create tracker" }).last().click();
      await page.getByText("Created, and published to the edge.").waitFor();
      expect(await page.getByLabel("Where to try it").textContent()).toContain("/t/moved");

      await page.getByRole("link", { name: "Set aliases" }).click();
      const file = {
        name: "links.csv",
        mimeType: "text/csv",
        buffer: Buffer.from(`12/34,${DEMO}\n12/35,no-such-link\n`),
      };
      await page.locator("input[name=file]").setInputFiles(file);
      await page.getByRole("button", { name: "Look" }).click();
      await page.getByText("1 alias would be new; 1 line cannot be set.").waitFor();
      expect(await page.locator("#answer").textContent()).toContain('There is no link "no-such-link"');
      await page.getByRole("button", { name: "Set 1 alias" }).click();
      await page.getByText("Set, but for what stands below: 1 line.").waitFor();
      const aliases = page.getByRole("region", { name: "Aliases" });
      expect(await aliases.getByRole("row").allTextContents()).toEqual([
        expect.stringContaining("Alias"),
        expect.stringMatching(/12\/34.*\/t\/moved\/aff_c\?offer_id=12&aff_id=34/),
      ]);
      await page.getByLabel("Take 12/34 away").check();
      await page.getByRole("button", { name: "Take the chosen away" }).click();
      await page.getByText("Taken away.").waitFor();
      await page.getByText("No aliases yet.").waitFor();
      expect(complaints).toEqual([]);
    });

    test("whoever adds a group goes on in it, and all that is wrong is marked and counted", async () => {
      const { page, open } = admin();
      const focused = () => page.evaluate("document.activeElement.id || document.activeElement.value");
      await open("/offers/shoes/edit");
      await page.getByRole("button", { name: "Add an event" }).click();
      await expect.poll(focused).toMatch(/^field-events-\d-name$/);
      await page.locator("details.more > summary").click();
      await page.getByRole("button", { name: "Add a cap" }).click();
      await expect.poll(focused).toBe("field-caps-0-event");
      await page.getByLabel("At most").fill("0");
      await page.getByLabel("Attribution window, days").fill("0");
      await page.getByRole("button", { name: "Save" }).last().click();
      const alert = page.getByRole("alert");
      await alert.waitFor();
      const marked = await page.locator(".fault").count();
      expect(marked).toBeGreaterThan(2);
      expect(await alert.textContent()).toContain(`Mend the ${marked} fields that are marked.`);
      await page.locator("fieldset", { hasText: "Caps" }).last().getByRole("button", { name: "Remove" }).click();
      await expect.poll(focused).toBe("caps");

      await open("/new-advertiser");
      await page.getByLabel("Slug").fill("initech");
      await page.getByLabel("Name", { exact: true }).fill("Initech");
      await page.locator("details.more > summary").click();
      await page.getByLabel("Statuses, theirs = ours").fill("hold = paused");
      await page.getByRole("button", { name: "Create advertiser" }).last().click();
      expect(await page.locator("#field-mapping-statuses-fault").textContent()).toContain("“hold”");
      expect(await page.getByRole("alert").textContent()).toContain("Mend the field that is marked.");
      expect(admin().complaints).toEqual([]);
    });

    test("a price that has no number takes none", async () => {
      const { page, open } = admin();
      await open("/offers/shoes/edit");
      const number = page.getByLabel("The advertiser pays: number").first();
      await page.getByLabel("The advertiser pays", { exact: true }).first().selectOption("posted");
      expect(await number.isDisabled()).toBe(true);
      await page.getByLabel("The advertiser pays", { exact: true }).first().selectOption("percent");
      expect(await number.isDisabled()).toBe(false);
    });

    test("whoever leaves what they have written is asked first, and whoever saves is not", async () => {
      const { page, open } = await stage().visitor();
      const asked: string[] = [];
      page.on("dialog", (dialog) => asked.push(dialog.type()));
      await page.context().addCookies(await admin().context.cookies());
      await open("/affiliates/newsletter/edit");
      await page.getByLabel("Name", { exact: true }).fill("The Letter");
      await page.getByRole("link", { name: "Cancel" }).click();
      await page.getByRole("heading", { name: "The Newsletter" }).waitFor();
      expect(asked).toEqual(["beforeunload"]);
      await open("/affiliates/newsletter/edit");
      await page.getByLabel("Name", { exact: true }).fill("The Letter");
      await page.getByRole("button", { name: "Save" }).last().click();
      await page.getByText("Saved, and published to the edge.").waitFor();
      expect(asked).toEqual(["beforeunload"]);
      // It is said once.
      await page.reload();
      await page.getByRole("heading", { name: "The Letter" }).waitFor();
      expect(await page.getByText("Saved, and published").count()).toBe(0);
    });

    test("the tracking link takes sub-ids as they are written, and leaves a source's macros alone", async () => {
      const { page, open } = admin();
      await open(`/links/${DEMO}`);
      await page.getByLabel("sub1", { exact: true }).fill("spring & summer");
      await page.getByLabel("external_id").fill("{gclid}");
      const link = await page.locator("#tracking-link").textContent();
      expect(link).toBe(`${stage().platform.origins.click}/c/demo?sub1=spring%20%26%20summer&external_id={gclid}`);
      expect((await fetch(link ?? "", { redirect: "manual" })).status).toBe(302);
    });

    test("a deep link that no click would follow is left out of the tracking link, and said to be", async () => {
      const { page, open } = admin();
      const hosts = await stage().api("/api/offers/shoes", {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ deep_link_hosts: ["shop.example"] }),
      });
      expect(hosts.status).toBe(200);
      await open(`/links/${DEMO}`);
      const field = page.getByLabel("Deep link");
      const link = page.locator("#tracking-link");
      for (const [text, fault] of [
        ["shop.example/p", "https://"],
        ["https://evil.example/p", "only at shop.example"],
      ] as const) {
        await field.fill(text);
        expect(await page.locator("#fault-of-url").textContent()).toContain(fault);
        expect(await field.getAttribute("aria-invalid")).toBe("true");
        expect(await link.textContent()).not.toContain("url=");
      }
      await field.fill("https://shop.example/p");
      expect(await page.locator("#fault-of-url").textContent()).toBe("");
      expect(await link.textContent()).toContain("?url=https%3A%2F%2Fshop.example%2Fp");
    });

    test("a list of affiliates is taken from a file: looked at line by line, mended, and done", async () => {
      const { page, open } = admin();
      await open("/affiliates");
      await page.getByRole("link", { name: "Import", exact: true }).last().click();
      const list = (status: string) =>
        Buffer.from(`slug,name,status\nfrom-a-list,From a list,\nlisted,Listed,${status}\n`);
      const choose = (status: string) =>
        page
          .locator('input[name="file"]')
          .setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: list(status) });
      await choose("resting");
      await page.getByRole("button", { name: "Look" }).click();
      await page.getByText("1 new, 0 changed, 0 unchanged, 1 refused.").waitFor();
      expect(await page.getByRole("button", { name: "Do this" }).count()).toBe(0);
      const what = page.getByRole("region", { name: "What it does to affiliates" });
      expect(await what.getByRole("row").nth(1).textContent()).toContain("status: Write one of");
      await choose("paused");
      await page.getByRole("button", { name: "Look" }).click();
      await page.getByText("2 new, 0 changed, 0 unchanged, 0 refused.").waitFor();
      await page.getByRole("button", { name: "Do this" }).click();
      await page.getByText("Imported. The edge knows it within a minute.").waitFor();
      await open("/affiliates/listed");
      await page.getByRole("heading", { name: "Listed" }).waitFor();
      expect(admin().complaints).toEqual([]);
    });

    test("an offer is changed, and the audit log says what it was before", async () => {
      const { page, open } = admin();
      await open("/offers/shoes/edit");
      await page.getByLabel("Attribution window, days").fill("45");
      await page.getByRole("button", { name: "Save" }).last().click();
      await page.getByText("Saved, and published to the edge.").waitFor();
      await open("/audit?kind=offer&subject=shoes&action=change");
      await page.getByText("window_days").first().click();
      expect(await page.locator(".difference").first().textContent()).toMatch(/window_days\s*30\s*45/);
    });
  });
}
