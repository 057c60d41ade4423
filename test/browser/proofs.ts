/** A party's own check: the proof of a statement and its rows are taken from its page, and dropped where everybody checks proofs; what was changed in them is named. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import type { Cast } from "./stage.ts";

const LONG_MS = 90_000;

export function proofTests({ stage, admin }: Cast): void {
  describe("the proof of a statement", () => {
    test("is taken from its page and holds; a file that was changed is named", { timeout: LONG_MS }, async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      const number = await paidStatement();
      const saved = async (name: string) => {
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("link", { name, exact: true }).click(),
        ]);
        return readFileSync(await download.path(), "utf8");
      };
      // Each minute what is new is logged; then the proof leads to a checkpoint.
      const proof = await waitFor(async () => {
        await stage().platform.ask("ledger", everyMinute());
        await open(`/statements/${number}`);
        const text = await saved("Proof");
        const { checkpoint, unproved } = JSON.parse(text);
        return checkpoint && unproved.length === 0 ? text : null;
      }, 60_000);
      const rows = await saved("NDJSON");
      await page.getByRole("link", { name: "Check it" }).click();
      await page.getByRole("heading", { name: "Check a proof" }).waitFor();
      const check = async (proofText: string, rowsText: string) => {
        const file = (name: string, text: string) => ({
          name,
          mimeType: "application/json",
          buffer: Buffer.from(text),
        });
        await page.getByLabel("The proof").setInputFiles(file("proof.json", proofText));
        await page.getByLabel("The statement").setInputFiles(file("statement.ndjson", rowsText));
        await page.evaluate("document.querySelector('output').textContent = ''");
        await page.getByRole("button", { name: "Check", exact: true }).click();
        const said = page.getByRole("status");
        await said.filter({ hasText: /\S/ }).waitFor();
        return said.innerText();
      };
      expect(await check(proof, rows)).toMatch(/signed by .*\n.*\n\d+ shown, all as they were entered\.$/);

      const [first = "", ...others] = rows.trim().split("\n");
      const changed = { ...JSON.parse(first), due: "0.01" };
      const wrong = await check(proof, [JSON.stringify(changed), ...others].join("\n"));
      expect(wrong).toContain(String(changed.conversion_id));
      expect(wrong).toMatch(/\d+ findings\.$/);

      const dearer = JSON.parse(proof);
      dearer.statement.due = "1000000.00";
      const named = await check(JSON.stringify(dearer), rows);
      expect(named).toContain(`statement ${number}`);

      expect(await check("no proof", rows)).toMatch(/^It cannot be read: /);
      expect(complaints).toEqual([]);
    });
  });

  /** The one of the month's end. */
  async function paidStatement(): Promise<string> {
    const { items }: { items: { number: string }[] } = JSON.parse(
      await (await stage().api("/api/statements?affiliate=month-end&state=paid")).text(),
    );
    const [one] = items;
    if (one === undefined) throw new Error("no statement is paid");
    return one.number;
  }
}

function everyMinute(): string {
  return `/cdn-cgi/local/scheduled?${new URLSearchParams({ cron: "* * * * *", time: String(Date.now()) })}`;
}
