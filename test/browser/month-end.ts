/** An operator's month end: what is held is decided, all that is due is closed, paid and noted, and a refund that comes too late stands in the next draft. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { waitFor } from "../flow/system.ts";
import type { Cast } from "./stage.ts";

const PAYEE = "month-end";
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const [TODAY, YESTERDAY] = [dayOf(TODAY_MS), dayOf(TODAY_MS - DAY_MS)];
/** In the period that is closed first, which ends as yesterday begins, and in the next. */
const [IN_FIRST_MS, IN_SECOND_MS] = [TODAY_MS - DAY_MS - 6 * HOUR_MS, TODAY_MS - 6 * HOUR_MS];
const SCREENSHOTS = process.env.SCREENSHOTS ? join(import.meta.dirname, "screenshots") : null;
/** A4 in CSS pixels, but for its margins. */
const PAPER = { width: 718, height: 1047 };

export function monthEndTests({ stage, admin }: Cast): void {
  describe("an operator's month end", () => {
    let ring: KeyRing;
    let link = 0;
    let sent = 0;
    let number = "";

    beforeAll(async () => {
      if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
      const keys = await importKeyRing(stage().clickKeys);
      if (!keys.ok) throw new Error(keys.refusal);
      ring = keys.value;
      const create = (path: string, body: object) => callConsole(stage().api, { method: "POST", path, body });
      await create("/api/affiliates", {
        slug: PAYEE,
        name: "Month's end",
        legal_name: "Month End Ltd",
        vat_number: "DE1",
      });
      await create("/api/links", { slug: PAYEE, offer: "shoes", affiliate: PAYEE });
      const issuer = { name: "Network Ltd", address: "1 Main Street\nOldtown", vat_number: "DE123456789" };
      await callConsole(stage().api, { method: "PUT", path: "/api/issuer", body: issuer });
      const details = { holder: "Month End Ltd", iban: "DE02 1203 0000 0000 2020 51", bic: "BYLADEM1001" };
      const path = `/api/affiliates/${PAYEE}/bank-details`;
      await callConsole(stage().api, { method: "PUT", path, body: details }, [204]);
      const { results } = await stage()
        .platform.database.prepare("SELECT number FROM links WHERE slug = ?")
        .bind(PAYEE)
        .all();
      link = Number(Object(results[0]).number);
      await say("end-1", IN_FIRST_MS, { amountMicros: 120_000_000 });
      await say("end-2", IN_FIRST_MS, { amountMicros: 80_000_000 });
      await say("end-3", IN_FIRST_MS, { event: "lead" });
      await waitFor(async () => (await orders()).length === 3, 30_000);
    });

    /** What the advertiser says, received at this time. */
    async function say(txid: string, receivedAtMs: number, content: object): Promise<void> {
      sent++;
      const order = Number(txid.slice(-1));
      const issued = {
        issuedAtMs: IN_FIRST_MS - HOUR_MS,
        link,
        counter: 900_000 + order,
        test: false,
        provisional: false,
      };
      await stage().platform.send("postbacks", {
        ...{
          kind: "postback",
          receipt: `6${sent}`.padEnd(26, "0"),
          advertiser: 1,
          receivedAtMs,
          channel: "get",
        },
        content: { clickId: issueClickId(ring, issued), event: "sale", txid, status: "approved", ...content },
      });
    }

    const asked = async (path: string) => JSON.parse(await (await stage().api(path)).text());
    const orders = async (): Promise<{ conversion_id: string; txid: string; hold: string }[]> =>
      (await asked(`/api/conversions?affiliate=${PAYEE}`)).items;
    const order = async (txid: string) => (await orders()).find((one) => one.txid === txid);
    const statements = async (): Promise<{ number: string; state: string; due: string }[]> =>
      (await asked(`/api/statements?affiliate=${PAYEE}`)).items;

    test("what is held is rejected, that is taken back, and it is approved", { timeout: 60_000 }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      const id = (await order("end-2"))?.conversion_id;
      await callConsole(stage().api, { method: "POST", path: `/api/conversions/${id}/hold`, body: {} }, [202]);
      await waitFor(async () => (await order("end-2"))?.hold === "held", 30_000);
      await open(`/due?until=${YESTERDAY}`);
      expect(await page.getByRole("region", { name: "What it comes to" }).textContent()).toContain("14.50");
      await open(`/review?affiliate=${PAYEE}`);
      await page.getByRole("heading", { name: "sale, order end-2" }).waitFor();
      await page.keyboard.press("r");
      await page.keyboard.press("0");
      await page.getByText("Rejected.").waitFor();
      await waitFor(async () => (await order("end-2"))?.hold === "rejected_by_operator", 30_000);
      await page.keyboard.press("u");
      await page.getByText("It is taken back").waitFor();
      await waitFor(async () => (await order("end-2"))?.hold === "held", 30_000);
      await open(`/review?affiliate=${PAYEE}`);
      await page.keyboard.press("a");
      await page.getByText("Approved.").waitFor();
      await waitFor(async () => (await order("end-2"))?.hold === "", 30_000);
      expect(complaints).toEqual([]);
    });

    test("all that is due becomes a final statement with one button", { timeout: 60_000 }, async () => {
      const { page, open, complaints } = admin();
      await open(`/due?until=${YESTERDAY}`);
      const comes = page.getByRole("region", { name: "What it comes to" });
      expect(await comes.textContent()).toContain("22.50");
      await page.getByRole("button", { name: "Close and finalise 1 statement" }).click();
      await page.getByText("It is in the queue").waitFor();
      number = await waitFor(async () => (await statements()).find(({ state }) => state === "final")?.number, 30_000);
      await open(`/statements/${number}`);
      await page.getByRole("heading", { name: `Statement ${number}` }).waitFor();
      const main = (await page.locator("main").textContent()) ?? "";
      for (const told of ["Month End Ltd", "Network Ltd", "Oldtown", "22.50", "20.00", "2.50"])
        expect(main).toContain(told);
      expect(complaints).toEqual([]);
    });

    test("the statement prints on A4: who, what and how much, and no buttons", async () => {
      const { page, open } = admin();
      await open(`/statements/${number}`);
      const ended = `${YESTERDAY} 00:00:00 UTC`;
      expect(await page.evaluate<string>("document.body.innerText")).not.toContain(ended);
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize(PAPER);
      const seen = await page.evaluate<string>("document.body.innerText");
      for (const told of [number, "22.50", "Network Ltd", "Month End Ltd", "DE123456789", ended])
        expect(seen).toContain(told);
      expect(seen).not.toMatch(/Sign out|Menu|← Statements|Conversions as CSV|NDJSON/);
      expect(await page.getByRole("link", { name: "Statements" }).first().isVisible()).toBe(false);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      const paper = await page.pdf({
        format: "A4",
        preferCSSPageSize: true,
        ...(SCREENSHOTS && { path: join(SCREENSHOTS, "statement.pdf") }),
      });
      expect(paper.subarray(0, 5).toString("latin1")).toBe("%PDF-");
      await page.emulateMedia({ media: null });
      await page.setViewportSize({ width: 1600, height: 1000 });
    });

    test("it goes to the bank as a file of credit transfers, from the issuer's account", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/paying");
      await page.getByRole("link", { name: "Set the account that is paid from" }).click();
      const card = page.locator("section").filter({ hasText: "The account that affiliates are paid from" });
      await card.getByLabel("Account holder").fill("Network Ltd");
      await card.getByLabel("IBAN").fill("GB33 BUKB 2020 1555 5555 56");
      await card.getByRole("button", { name: "Set" }).last().click();
      await page.getByText("A character of it is wrong").waitFor();
      await card.getByLabel("IBAN").fill("GB33 BUKB 2020 1555 5555 55");
      await card.getByRole("button", { name: "Set" }).last().click();
      await page.getByText("The account is set, and sealed.").waitFor();
      expect(await card.textContent()).toContain("•••• 5555");
      await open("/paying");
      const transfers = page.locator("section").filter({ hasText: "Credit transfers" }).first();
      expect(await transfers.textContent()).toMatch(/22\.50 USD in 1 payment.*Month's end|first payment/);
      await transfers.getByLabel("Pay on").fill(TODAY);
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        transfers.getByRole("button", { name: /File of \d+ credit transfer/ }).click(),
      ]);
      const file = readFileSync(await saved.path(), "utf8");
      for (const told of [`<EndToEndId>${number}</EndToEndId>`, "DE02120300000000202051", "GB33BUKB20201555555555"])
        expect(file).toContain(told);
      expect(complaints).toEqual([]);
    });

    test("it goes to the bank as a file, and that comes back as what was paid", { timeout: 60_000 }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/paying");
      expect(await page.getByRole("row").filter({ hasText: number }).textContent()).toContain("22.50");
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "File for the bank" }).click(),
      ]);
      const [header = "", ...rows] = readFileSync(await saved.path(), "utf8")
        .trim()
        .split(/\r?\n/);
      expect(header.endsWith(",date")).toBe(true);
      const own = rows.filter((row) => row.includes(number));
      expect(own).toHaveLength(1);
      expect(own[0]).toContain("DE02 1203 0000 0000 2020 51");
      // Paid by hand: its day is filled in.
      const paid = [header, ...own.map((row) => `${row}${TODAY}`)].join("\n");
      const file = { name: "paid.csv", mimeType: "text/csv", buffer: Buffer.from(paid) };
      await page.locator("input[name=file]").setInputFiles(file);
      await page.getByRole("button", { name: "Look" }).click();
      await page.getByRole("button", { name: "Note 1 as paid" }).click();
      await page.getByText("1 are in the queue").waitFor();
      await waitFor(async () => (await statements())[0]?.state === "paid", 30_000);
      await open(`/statements/${number}`);
      expect(await page.locator("main").textContent()).toMatch(new RegExp(`paid[\\s\\S]*${TODAY}`));
      await open("/paying");
      expect(await page.getByRole("row").filter({ hasText: number }).count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    test("a refund that comes behind it is in the next draft, and the paid one stays", {
      timeout: 60_000,
    }, async () => {
      const { page, open, complaints } = admin();
      await say("end-4", IN_SECOND_MS, { amountMicros: 300_000_000 });
      await say("end-1", IN_SECOND_MS, { status: "reversed" });
      await open(`/due?until=${TODAY}`);
      await waitFor(async () => {
        await page.reload();
        return (await page.getByRole("row").filter({ hasText: PAYEE }).allTextContents()).join().includes("18.00");
      }, 30_000);
      const form = page.locator("form").filter({ hasText: "Only these owners" });
      await form.getByLabel("Received before").fill(TODAY);
      await form.getByLabel("Only these owners").fill(PAYEE);
      await form.getByRole("button", { name: "Make drafts" }).last().click();
      await page.getByText("It is in the queue").waitFor();
      const draft = await waitFor(async () => (await statements()).find(({ state }) => state === "draft"), 30_000);
      expect(draft.due).toBe("18.00");
      await open(`/statements/${draft.number}`);
      const row = page.getByRole("row").filter({ hasText: "sale" }).last();
      expect(await row.textContent()).toContain("18.00");
      expect(await statements()).toContainEqual(expect.objectContaining({ number, state: "paid", due: "22.50" }));
      expect(complaints).toEqual([]);
    });
  });
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
