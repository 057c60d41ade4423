/** Charts as they are drawn: by colours on the canvas, in every language that a browser may claim to speak. */
import { describe, expect, test } from "vitest";
import type { Cast } from "./stage.ts";

/** Of each chart, how many pixels have the colour of each series of its legend. */
const DRAWN = `[...document.querySelectorAll(".chart")].map((chart) => {
  const canvas = chart.querySelector("canvas");
  if (!canvas) return [];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...chart.querySelectorAll(".legend li")].map((item) => {
    const colour = getComputedStyle(item).color.match(/\\d+/g).map(Number);
    let count = 0;
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] > 200 && colour.every((part, index) => Math.abs(data[at + index] - part) < 12)) count++;
    return count;
  });
})`;

export function chartTests({ stage }: Cast): void {
  describe("charts", () => {
    // The last one is what a browser says where the system has no language at all.
    test.each(["ar-EG", "en-US@posix"])("are drawn for %s, every line of them", async (locale) => {
      const { page, open, signIn, complaints } = await stage().visitor({ locale });
      await signIn(stage().token);
      for (const [path, charts] of [
        ["/?period=month", 4],
        ["/reports?group_by=day&metrics=revenue", 1],
      ] as const) {
        await open(path);
        await page.locator("canvas").first().waitFor();
        const drawn = await page.evaluate<number[][]>(DRAWN);
        expect(drawn.length).toBeGreaterThanOrEqual(charts);
        for (const lines of drawn) for (const pixels of lines) expect(pixels).toBeGreaterThan(20);
      }
      expect(complaints).toEqual([]);
    });

    test("a tile, a point and its number open the rows of just that, by pointer and by keyboard", async () => {
      const { page, open, signIn, complaints } = await stage().visitor();
      await signIn(stage().token);
      await open("/?period=month");
      const tile = page.locator(".stat").filter({ hasText: "Conversions" }).first();
      const counted = Number(((await tile.locator("dd a").first().textContent()) ?? "").replaceAll(",", ""));
      await tile.locator("dd a").first().click();
      await page.waitForURL("**/conversions?**");
      expect(await page.locator("main").textContent()).toContain(`${counted.toLocaleString("en")} conversion`);
      await open("/?period=month");
      const chart = page.locator(".chart").nth(1);
      // What went on today is in every programme of these tests.
      const summary = chart.getByText("Numbers");
      await summary.focus();
      await page.keyboard.press("Enter");
      const link = chart.locator("tbody a").last();
      const href = (await link.getAttribute("href")) ?? "";
      const hrefs = await chart
        .locator("tbody tr")
        .last()
        .locator("a")
        .evaluateAll((links) => links.map((one) => one.getAttribute("href") ?? ""));
      await link.focus();
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.pathname + url.search === href);
      await open("/?period=month");
      await page.locator("canvas").first().waitFor();
      const plot = chart.locator(".u-over");
      const box = await plot.boundingBox();
      if (!box) throw new Error("the chart has no place");
      // The last day is at the right edge, of these days or of those before.
      await plot.click({ position: { x: box.width - 2, y: box.height / 2 } });
      await page.waitForURL((url) => hrefs.includes(url.pathname + url.search));
      expect(complaints).toEqual([]);
    });

    test("what goes on is told from what is over, and what has not begun is not drawn as nothing", async () => {
      const { page, open, signIn } = await stage().visitor();
      await signIn(stage().token);
      await open("/");
      const hours = page.locator(".chart").first().locator("tbody tr");
      const texts = await hours.allTextContents();
      const now = Number(new Date().toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" }).slice(0, 2));
      const soFar = texts.findIndex((text) => text.includes("so far"));
      // The hour may have turned since the page was made.
      expect([now, now - 1]).toContain(soFar);
      const data: { open: number; series: (number | null)[][] } = JSON.parse(
        (await page.locator("[data-chart]").first().getAttribute("data-chart")) ?? "",
      );
      expect(data.open).toBe(soFar);
      const present = data.series.at(-1) ?? [];
      expect(present.slice(0, soFar + 1)).not.toContain(null);
      expect(present.slice(soFar + 1).every((value) => value === null)).toBe(true);
    });
  });
}
