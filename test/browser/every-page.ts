/** What holds for every page: nothing complains, nothing sticks out, nobody is shut out, and nothing that was written by others runs. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { waitFor } from "../flow/system.ts";
import { ACME, click, DEMO, HOSTILE, HOSTILE_ORDER, postback } from "./scenery.ts";
import type { Cast, Visitor } from "./stage.ts";

const DESTINATION = "hostile-tracker";
/** Pictures are for people, and take as long as all that is looked at here: they are made where `SCREENSHOTS` is set. */
const SCREENSHOTS = process.env.SCREENSHOTS ? join(import.meta.dirname, "screenshots") : null;
/** Of a window, by its width. */
const HEIGHTS = { 390: 844, 1280: 800, 1600: 1000 } as const;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PARTS = [1, 2, 3];

/** Pages that are for affiliates, or other for them, which `affiliate.ts` opens as one. */
export const PAGES_OF_AFFILIATES: [name: string, path: string][] = [
  ["affiliate-overview", "/"],
  ["affiliate-offers", "/offers"],
  ["affiliate-offer", "/offers/shoes"],
  ["affiliate-refused", "/offers/hats"],
  ["affiliate-links", "/links"],
  ["affiliate-conversions", "/conversions"],
  ["not-counted", "/not-counted"],
  ["affiliate-account", "/affiliates"],
  ["affiliate-own-due", "/own-due?stand=later"],
  ["affiliate-bank-details", "/affiliates/newcomer/bank-details"],
  ["affiliate-payee", "/affiliates/newcomer/payee"],
  ["affiliate-api", "/api"],
];

export function everyPageTests({ stage, admin }: Cast): void {
  describe("every page", () => {
    let conversion = "";
    let refused = "";
    let claimed = "";
    let coupon = "";
    let imported = "";
    let statement = "";
    let second: Visitor;
    let delivery = "";
    let user = "";
    let bulk = "";
    let change = "";
    let whatIf = "";
    const paths = (): [name: string, path: string][] => [
      ["overview", "/"],
      ["overview-28-days", "/?period=month"],
      ["search", "/search?q=shoes"],
      ["reports", "/reports"],
      ["why", "/why?metric=payout&there_clock=clicked&there_test=true"],
      ["reports-by-day", "/reports?group_by=day"],
      ["cohorts", "/cohorts"],
      ["cohorts-by-offer", "/cohorts?group_by=offer&show=ltv"],
      ["conversions", "/conversions"],
      ["conversion", `/conversions/${conversion}`],
      ["review", "/review"],
      ["review-bulks", "/review/bulks"],
      ["review-bulk", `/review/bulks/${bulk}`],
      ["notes", "/notes"],
      ["offer-prices", "/offers/shoes/prices"],
      ["status-changes", "/status-changes"],
      ["status-change", `/status-changes/${change}`],
      ["signals", "/signals"],
      ["signal", "/signals/1"],
      ["affiliate-signals", "/affiliates/hostile/signals"],
      ["signal-settings", "/signal-settings"],
      ["signal-setting", "/signal-settings/too_fast"],
      ["reasons", "/reasons"],
      ["reason", "/reasons/hostile"],
      ["claims", "/claims?state=open"],
      ["claim", `/claims/${claimed}`],
      ["postbacks", "/postbacks"],
      ["postback", `/postbacks/${refused}`],
      ["alerts", "/alerts"],
      ["reconcile", "/reconcile"],
      ["what-ifs", "/what-if"],
      ["what-if-new", "/new-what-if?offer=shoes"],
      ["what-if", `/what-if/${whatIf}`],
      ["confirm-orders", "/confirm-orders"],
      ["waiting-orders", "/waiting-orders"],
      ["statements", "/statements"],
      ["due", "/due"],
      ["paying", "/paying"],
      ["issuer", "/issuer"],
      ["bank-details", "/affiliates/blog/bank-details"],
      ["payee", "/affiliates/blog/payee"],
      ["statement", `/statements/${statement}`],
      ["import-new", "/import"],
      ["import", `/import/${imported}`],
      ["offers", "/offers"],
      ["offer", "/offers/shoes"],
      ["offer-edit", "/offers/shoes/edit"],
      ["offer-new", "/new-offer"],
      ["offer-hostile", "/offers/hostile"],
      ["applications", "/applications"],
      ["links", "/links"],
      ["link", `/links/${DEMO}`],
      ["link-hostile", "/links/hostile"],
      ["links-import", "/import-links"],
      ["coupons", "/coupons"],
      ["coupon", `/coupons/${coupon}`],
      ["coupon-new", "/new-coupon"],
      ["coupons-import", "/import-coupons"],
      ["sources", "/sources"],
      ["source", "/sources/hostile.custom"],
      ["source-new", "/new-source"],
      ["source-edit", "/sources/hostile.custom/edit"],
      ["trackers", "/trackers"],
      ["tracker", "/trackers/hostile"],
      ["tracker-new", "/new-tracker"],
      ["tracker-edit", "/trackers/hostile/edit"],
      ["aliases", "/trackers/hostile/aliases"],
      ["adopted-clicks", "/trackers/hostile/clicks"],
      ["destinations", "/destinations"],
      ["destination", `/destinations/${DESTINATION}`],
      ["destination-new", "/new-destination?ready=Taboola"],
      ["destination-edit", `/destinations/${DESTINATION}/edit`],
      ["deliveries", "/deliveries"],
      ["delivery", `/deliveries/${delivery}?destination=${DESTINATION}`],
      ["affiliates", "/affiliates"],
      ["affiliate-hostile", "/affiliates/hostile"],
      ["affiliates-import", "/import-affiliates"],
      ["advertisers", "/advertisers"],
      ["advertiser", `/advertisers/${ACME}`],
      ["advertiser-hostile", "/advertisers/hostile"],
      ["advertiser-edit", "/advertisers/hostile/edit"],
      ["people", "/people"],
      ["user", `/people/${user}`],
      ["sessions", "/sessions"],
      ["tokens", "/tokens"],
      ["views", "/views"],
      ["personal", "/personal"],
      ["rates", "/rates"],
      ["audit", "/audit"],
      ["api", "/api"],
    ];

    beforeAll(async () => {
      if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
      second = await stage().visitor();
      await second.signIn(stage().token);
      const clickId = await click(stage().platform, "hostile", { sub1: HOSTILE, external_id: HOSTILE });
      const receipt = await postback(stage().platform, "hostile", {
        click_id: clickId,
        txid: HOSTILE_ORDER,
        // As large as sums become, for tiles and columns to hold it.
        amount: "987654321.123456",
        coupon: HOSTILE.slice(0, 64),
        "meta.basket": HOSTILE,
      });
      const byPixel = new URLSearchParams({ click_id: clickId, txid: `pixel ${HOSTILE_ORDER}` });
      await fetch(`${stage().platform.origins.postback}/p/hostile.gif?${byPixel}`);
      refused = await postback(stage().platform, "hostile", {
        click_id: HOSTILE,
        event: HOSTILE,
        txid: HOSTILE,
        "<i>": HOSTILE,
      });
      const rows = [
        { txid: HOSTILE_ORDER, amount: HOSTILE, "<i>": HOSTILE },
        { txid: "imported 1", amount: 1 },
      ];
      const body = rows.map((row) => JSON.stringify(row)).join("\n");
      const sent = await stage().api("/api/imports?advertiser=hostile", { method: "POST", body });
      expect(sent.status).toBe(202);
      imported = JSON.parse(await sent.text()).import;
      statement = await draftOf(HOSTILE);
      const { items }: { items: { slug: string }[] } = JSON.parse(await (await stage().api("/api/coupons")).text());
      coupon = items[0]?.slug ?? "";
      const users: { items: { number: number }[] } = JSON.parse(await (await stage().api("/api/users")).text());
      user = `${users.items[0]?.number}`;
      await callConsole(stage().api, {
        method: "POST",
        path: "/api/destinations",
        body: {
          slug: DESTINATION,
          name: HOSTILE,
          kind: "postback",
          url: "https://tracker.clickback-tests.com/pb?c={{clickid}}&s={aff_sub}&key={secret.key}&x=<script>",
          secrets: { key: HOSTILE },
        },
      });
      const test = { method: "POST", path: `/api/destinations/${DESTINATION}/test` };
      const told = await callConsole(stage().api, test, [202]);
      delivery = String(told.delivery_id);
      conversion = await waitFor(async () => {
        const { items }: { items: { receipt: string; conversion_id: string | null }[] } = JSON.parse(
          await (await stage().api("/api/postbacks?advertiser=hostile")).text(),
        );
        const isLogged = items.some((item) => item.receipt === refused);
        return isLogged && items.find((item) => item.receipt === receipt)?.conversion_id;
      }, 30_000);
      const hold = { method: "POST", path: `/api/conversions/${conversion}/hold`, body: { note: HOSTILE } };
      await callConsole(stage().api, hold, [202]);
      bulk = await waitFor(async () => {
        const { items }: { items: unknown[] } = JSON.parse(await (await stage().api("/api/review")).text());
        if (items.length === 0) return undefined;
        const body = { conversions: [conversion], decision: "reject", reason: "hostile", note: HOSTILE };
        return String((await callConsole(stage().api, { method: "POST", path: "/api/review/bulks", body })).bulk);
      }, 30_000);
      const note = { kind: "destination", subject: DESTINATION, words: HOSTILE };
      await callConsole(stage().api, { method: "POST", path: "/api/notes", body: note });
      const pausing = { kind: "destination", status: "paused", slugs: [DESTINATION] };
      const look = await callConsole(stage().api, { method: "POST", path: "/api/status-changes", body: pausing });
      change = String(look.status_change);
      const asked = {
        name: HOSTILE,
        advertiser: "hostile",
        from: new Date(Date.now() - 86_400_000).toISOString(),
        until: new Date(Date.now() + 86_400_000).toISOString(),
        rules: {
          offers: { hostile: { events: { sale: { payout: { percent: "33" } } } } },
          mapping: { names: { [HOSTILE.slice(0, 64)]: "coupon" } },
        },
      };
      whatIf = String((await callConsole(stage().api, { method: "POST", path: "/api/what-ifs", body: asked })).what_if);
      claimed = await waitFor(async () => {
        const { items }: { items: { receipt: string }[] } = JSON.parse(await (await stage().api("/api/claims")).text());
        return items[0]?.receipt;
      }, 30_000);
    });

    /** A statement of an adjustment for this reason. */
    async function draftOf(reason: string): Promise<string> {
      const { api } = stage();
      const adjustment = { owner: "blog", currency: "USD", amount: "25.00", reason };
      await callConsole(api, { method: "POST", path: "/api/adjustments", body: adjustment }, [202]);
      await waitFor(async () => (await (await api("/api/statements/due")).text()).includes('"25.00"'), 30_000);
      const body = { until: new Date().toISOString().slice(0, 10), owners: ["blog"] };
      await callConsole(api, { method: "POST", path: "/api/statements", body }, [202]);
      return waitFor(async () => {
        const { items }: { items: { number: string; due: string }[] } = JSON.parse(
          await (await api("/api/statements?affiliate=blog")).text(),
        );
        return items.find(({ due }) => due === "25.00")?.number;
      }, 30_000);
    }

    // In parts, so that a page more does not need a longer limit, and a slow machine says which part is slow.
    test.each(PARTS)(
      "looks as it should, in light and dark, narrow and wide, part %i: nothing complains, sticks out or is made of a name, axe finds nothing serious",
      { timeout: 110_000 },
      async (part) => {
        const own = paths().filter((_, index) => index % PARTS.length === part - 1);
        // Two look at once, each at every other page.
        const found = await Promise.all(
          [admin(), second].map((visitor, turn) =>
            lookAt(
              visitor,
              own.filter((_, index) => index % 2 === turn),
            ),
          ),
        );
        expect(found.flat()).toEqual([]);
      },
    );

    test("shows hostile names as text", async () => {
      const { page, open, complaints } = admin();
      complaints.length = 0;
      await open("/advertisers/hostile");
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain(HOSTILE);
      expect(complaints).toEqual([]);
    });

    test("what would run in line is stopped by the policy, and this test would see it", async () => {
      const visitor = await stage().visitor();
      await visitor.open("/sign-in");
      await visitor.page.evaluate(`
      const script = document.createElement("script");
      script.textContent = "document.title = 'it ran'";
      document.body.append(script);
    `);
      expect(await visitor.page.title()).toContain("Sign in");
      expect(visitor.complaints.join()).toContain("Content Security Policy");
    });

    test("goes by keyboard: a way past the menu, and the menu itself where it is folded away", async () => {
      const { page, open } = admin();
      await page.setViewportSize({ width: 390, height: 844 });
      await open("/offers");
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toContain("Skip to the content");
      await page.keyboard.press("Enter");
      expect(await page.evaluate("document.activeElement.id")).toBe("main");
      const menu = page.getByRole("button", { name: "Menu" });
      const links = page.getByRole("link", { name: "Links", exact: true });
      await menu.focus();
      await page.keyboard.press("Enter");
      await links.waitFor();
      await page.keyboard.press("Escape");
      await links.waitFor({ state: "hidden" });
      expect(await page.evaluate("document.activeElement.textContent")).toBe("Menu");
      await page.keyboard.press("Enter");
      await links.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Links" }).waitFor();
      await page.setViewportSize({ width: 1600, height: 1000 });
    });

    test("shows where the keyboard is, stop by stop and in the order of the page", async () => {
      const { page, open } = admin();
      await open("/offers/shoes/edit");
      const stops: { place: number; isSeen: boolean; text: string }[] = [];
      for (;;) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate<(typeof stops)[number]>(FOCUS);
        if (stop.place < 0 || stop.place <= (stops.at(-1)?.place ?? -1)) break;
        stops.push(stop);
      }
      expect(stops.filter(({ isSeen }) => !isSeen)).toEqual([]);
      // From the way past the menu to the form's last button.
      expect([stops[0]?.text, stops.at(-1)?.text]).toEqual(["Skip to the content", "Cancel"]);
      expect(stops.length).toBeGreaterThan(30);
    });

    test("times are the viewer's, with UTC behind them, and dark stays dark", async () => {
      const { page, open } = admin();
      await open("/offers/shoes");
      const time = page.locator("time").first();
      const [shown, at, title] = await time.evaluate((element) => [
        element.textContent,
        element.getAttribute("datetime"),
        element.getAttribute("title"),
      ]);
      const local = new Date(at ?? "").toLocaleString("sv-SE", { timeZone: "Europe/Berlin" });
      expect([shown, title]).toEqual([local, `${at?.slice(0, 19).replace("T", " ")} UTC`]);
      await page.getByRole("button", { name: "Dark" }).click();
      await open("/links");
      expect(await page.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("dark");
      await page.getByRole("button", { name: "Light" }).click();
    });
  });
}

/** Tiles whose figures do not fit, and lists of which a part is out of sight; tables of figures are meant to be pushed sideways. */
const CUT_OFF = `[...document.querySelectorAll(".stat, .facts dd, .card > header, .table:not(.figures)")]
  .filter((element) => (element.matches(".table") ? innerWidth < 640 : true) && element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.className + " " + element.textContent.slice(0, 80))`;

/** Cells of which a part is cut although their table, with all of its text whole and in one line, would fit its box. */
const CUT_IN_ROOM = `[...document.querySelectorAll(".table :is(td, th), .table :is(td, th) *")]
  .filter((element) => getComputedStyle(element).overflowX !== "visible" && element.clientWidth > 1)
  .filter((element) => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
  .filter((element) => {
    const box = element.closest(".table");
    const whole = box.cloneNode(true);
    box.after(whole);
    whole.style.cssText = "position: absolute; visibility: hidden; width: max-content";
    for (const part of whole.querySelectorAll("table, td, th, td *, th *"))
      for (const [name, value] of [["width", "auto"], ["max-width", "none"], ["white-space", "nowrap"], ["-webkit-line-clamp", "none"]])
        part.style.setProperty(name, value, "important");
    const hasRoom = whole.scrollWidth <= box.clientWidth;
    whole.remove();
    return hasRoom;
  })
  .map((element) => element.className + " " + element.textContent.slice(0, 80))`;

/** Opens each page in both lights and at both widths, and gives everything that is wrong with it. */
export async function lookAt(
  { page, open, complaints }: Visitor,
  paths: [name: string, path: string][],
): Promise<string[]> {
  const found: string[] = [];
  for (const [name, path] of paths) {
    complaints.length = 0;
    await open(path);
    const planted = await page.locator("main :is(img, script, b, i)").count();
    if (planted > 0) found.push(`${name}: ${planted} elements out of hostile names`);
    await page.evaluate(AXE);
    // In the light wide, in the dark narrow; a light changes colours alone, so that each width is measured once.
    for (const [colorScheme, width] of [
      ["light", 1600],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: HEIGHTS[width] });
      found.push(...(await seriousFaults(page, colorScheme)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
      const over = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      if (over > 0) found.push(`${name}, ${width} px: sticks out by ${over} px`);
      found.push(...(await page.evaluate<string[]>(CUT_OFF)).map((cut) => `${name}, ${width} px: cut off: ${cut}`));
      found.push(...(await page.evaluate<string[]>(CUT_IN_ROOM)).map((cut) => `${name}, ${width} px: cut: ${cut}`));
      if (SCREENSHOTS) await takePictures(page, join(SCREENSHOTS, name), colorScheme);
    }
    await page.setViewportSize({ width: 1280, height: HEIGHTS[1280] });
    found.push(...(await page.evaluate<string[]>(CUT_IN_ROOM)).map((cut) => `${name}, 1280 px: cut: ${cut}`));
    found.push(...complaints.map((complaint) => `${name}: ${complaint}`));
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1600, height: HEIGHTS[1600] });
  return found;
}

async function takePictures(page: Page, path: string, colorScheme: string): Promise<void> {
  for (const width of [390, 1280, 1600] as const) {
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true });
  }
}

/** What axe, which is in the page, calls serious or critical: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md. In the dark only colours differ. */
async function seriousFaults(page: Page, colorScheme: "light" | "dark"): Promise<string[]> {
  const rules = colorScheme === "dark" ? "runOnly: ['color-contrast'], " : "";
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, { ${rules}resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** Where the focus is in the order of the document, and whether it is marked and in sight. */
const FOCUS = `(() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { top, bottom, width } = element.getBoundingClientRect();
  const isInSight = bottom > 0 && top < innerHeight && width > 0;
  return {
    place: element === document.body ? -1 : [...document.querySelectorAll("*")].indexOf(element),
    isSeen: isInSight && outlineStyle !== "none" && parseFloat(outlineWidth) > 0,
    text: element.textContent.trim(),
  };
})()`;

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}
