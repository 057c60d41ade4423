/** The script for shops' pages in a real browser, with two local sites: the shop, whose pages hold it, and its checkout on another host. */
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Edge, startEdge } from "../click/edge.ts";
import { launchBrowser } from "./browser.ts";

const LONG_MS = 90_000;
let browser: Browser;
let edge: Edge;
const servers: Server[] = [];
const ports = { shop: 0, checkout: 0, click: 0 };
/** What forms sent to the checkout and to the shop, and what its pages were asked for with. */
let posted: { path: string; body: string }[] = [];
let attributes = "";

beforeAll(async () => {
  const page = () => `<!doctype html><title>shop</title>
    <script src="http://localhost:${ports.click}/click.js" ${attributes} data-hosts="127.0.0.1:${ports.checkout} "></script>
    <form method="post" action="/order"><button>Order</button></form>
    <form method="post" action="http://127.0.0.1:1/search"><button>Elsewhere</button></form>
    <a id="pay" href="http://127.0.0.1:${ports.checkout}/pay?x=1">Pay</a> <a id="own" href="/about">About</a>
    <a id="mail" href="mailto:help@shop.example">Help</a> <a id="nowhere" href="http://">Nowhere</a>
    <svg><a id="drawn" href="http://127.0.0.1:${ports.checkout}/pay?x=2"><text y="20">Pay</text></a></svg>`;
  ports.shop = await serve(async (path, body, method) => {
    if (method === "POST") posted.push({ path, body });
    return page();
  });
  ports.checkout = await serve(async (path, body) => {
    // A browser asks for an icon besides.
    if (path.startsWith("/pay")) posted.push({ path, body });
    return "<title>checkout</title>";
  });
  edge = startEdge("0");
  const click = createServer(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    await text(request);
    const answer = await edge.visit(request.url ?? "/", { method: request.method ?? "GET", headers });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  ports.click = await listening(click);
  browser = await launchBrowser();
}, LONG_MS);

afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}, LONG_MS);

beforeEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await edge.settle();
  posted = [];
  attributes = 'data-link="demo" data-consent="granted"';
  edge.sent.length = 0;
  const destination = `http://localhost:${ports.shop}/?click_id={click_id}`;
  edge.publish("demo", { destination });
  edge.publish("other", { destination, link: 8 });
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function serve(answer: (path: string, body: string, method: string) => Promise<string>): Promise<number> {
  return listening(
    createServer(async (request, response) => {
      const body = await answer(request.url ?? "", await text(request), request.method ?? "");
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body);
    }),
  );
}

async function visitor(): Promise<Page> {
  const context = await browser.newContext();
  return context.newPage();
}

const at = (path: string) => `http://localhost:${ports.shop}${path}`;
const SCRIPTS_ID = "window.clickback && window.clickback.id";
const idOf = (page: Page) => page.waitForFunction(`${SCRIPTS_ID} || null`).then((id) => id.jsonValue());
const clicks = async () => {
  await edge.settle();
  return edge.clicks();
};
const cookies = async (page: Page) => (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`);

describe("the script on a shop's page", { timeout: LONG_MS }, () => {
  test("has a click issued where an ad leads, and hands its ID to the shop's forms and the checkout's links", async () => {
    const page = await visitor();
    await page.goto(at("/?gclid=G-1&sub1=summer&secret=mine"));
    const id = await idOf(page);
    expect(await clicks()).toMatchObject([{ clickId: id, externalId: "G-1", externalKind: "gclid", subs: ["summer"] }]);
    expect(JSON.stringify(edge.sent)).not.toContain("mine");
    expect(await cookies(page)).toEqual([expect.stringMatching(`^cb_click=${id}\\.[0-9a-z]+$`)]);
    await page.getByRole("button", { name: "Order" }).click();
    await page.waitForURL(at("/order"));
    expect(posted).toEqual([{ path: "/order", body: `click_id=${id}` }]);
    await page.locator("#pay").click();
    await page.waitForURL(/\/pay/);
    expect(posted.at(-1)?.path).toBe(`/pay?x=1&click_id=${id}`);
  });

  test("issues one click for one visit, however often the page is loaded, and another one for another ad", async () => {
    const page = await visitor();
    await page.goto(at("/?gclid=G-1"));
    const id = await idOf(page);
    await page.reload();
    expect(await idOf(page)).toBe(id);
    await page.goto(at("/about"));
    expect(await idOf(page)).toBe(id);
    expect(await clicks()).toHaveLength(1);
    await page.goto(at("/?cb=other&gclid=G-2"));
    await page.waitForFunction(`${SCRIPTS_ID} !== ${JSON.stringify(id)}`);
    expect((await clicks()).map(({ externalId }) => externalId)).toEqual(["G-1", "G-2"]);
  });

  test("does nothing where no ad leads", async () => {
    const page = await visitor();
    await page.goto(at("/?utm_source=mail"));
    await page.getByRole("button", { name: "Order" }).click();
    await page.waitForURL(at("/order"));
    expect([posted, await clicks(), await cookies(page)]).toEqual([[{ path: "/order", body: "" }], [], []]);
  });

  test("keeps and asks nothing before the visitor agreed, and says what was agreed to", async () => {
    attributes = 'data-link="demo"';
    const page = await visitor();
    await page.goto(at("/?fbclid=F-1"));
    await page.waitForFunction(`typeof window.clickback === "function"`);
    expect([await clicks(), await cookies(page)]).toEqual([[], []]);
    await page.evaluate("clickback(true, false)");
    const id = await idOf(page);
    expect(await clicks()).toMatchObject([{ clickId: id, adConsent: "0", externalKind: "fbclid" }]);
    await page.evaluate("clickback(false)");
    await page.waitForFunction(`document.cookie === ""`);
    await page.getByRole("button", { name: "Order" }).click();
    await page.waitForURL(at("/order"));
    expect(posted).toEqual([{ path: "/order", body: "" }]);
  });

  test("of a visitor who does not agree is counted without an ID", async () => {
    attributes = 'data-link="demo"';
    const page = await visitor();
    await page.addInitScript(
      "window.clickback = function () { (clickback.q = clickback.q || []).push(arguments); }; clickback(false)",
    );
    const answered = page.waitForResponse(/\/c\/demo/);
    await page.goto(at("/?fbclid=F-1"));
    expect(await (await answered).json()).toEqual({ click_id: null });
    const [click, ...others] = await clicks();
    expect([others, await cookies(page)]).toEqual([[], []]);
    expect(click).not.toHaveProperty("externalId");
  });

  test.each(["granted", "asked"])("goes by what was said last before it came: %s", async (said) => {
    attributes = `data-link="demo" data-consent="${said}"`;
    const page = await visitor();
    await page.addInitScript(
      "window.clickback = function () { (clickback.q = clickback.q || []).push(arguments); }; clickback(true, true); clickback(true, false)",
    );
    await page.goto(at("/?fbclid=F-1"));
    const id = await idOf(page);
    expect(await clicks()).toMatchObject([{ clickId: id, adConsent: "0" }]);
  });

  test("forgets whoever changes their mind while it asks, also by an ID of before", async () => {
    const page = await visitor();
    await page.goto(at("/?gclid=G-1"));
    await idOf(page);
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      void page.route(/\/c\/demo\?gclid=G-2$/, async (route) => {
        await new Promise<void>((answered) => {
          answer = answered;
          resolve();
        });
        await route.continue();
      });
    });
    await page.goto(at("/?gclid=G-2"));
    await asked;
    await page.evaluate("clickback(false)");
    const answered = page.waitForResponse(/\/c\/demo\?gclid=G-2$/);
    answer();
    await (await answered).finished();
    await page.getByRole("button", { name: "Order" }).click();
    await page.waitForURL(at("/order"));
    expect([posted, await cookies(page)]).toEqual([[{ path: "/order", body: "" }], []]);
  });

  test("gives a form that leads elsewhere nothing", async () => {
    const page = await visitor();
    await page.goto(at("/?gclid=G-1"));
    await idOf(page);
    const asked = page.waitForRequest(/\/search/);
    await page.getByRole("button", { name: "Elsewhere" }).click();
    expect((await asked).postData() ?? "").not.toContain("click_id");
  });

  test("leaves links alone that lead to no host", async () => {
    const page = await visitor();
    await page.goto(at("/?gclid=G-1"));
    await idOf(page);
    const href = await page.locator("#mail").evaluate((link: { href: string; click(): void } & EventTarget) => {
      link.addEventListener("click", (event) => event.preventDefault());
      link.click();
      return link.href;
    });
    expect(href).toBe("mailto:help@shop.example");
  });

  test("hands its ID to a link that is drawn, and is not stopped by one that is no address", async () => {
    const page = await visitor();
    const thrown: string[] = [];
    page.on("pageerror", (error) => thrown.push(String(error)));
    await page.goto(at("/?gclid=G-1"));
    const id = await idOf(page);
    await page.locator("#nowhere").evaluate((link: { click(): void } & EventTarget) => {
      link.addEventListener("click", (event) => event.preventDefault());
      link.click();
    });
    await page.locator("#drawn").click();
    await page.waitForURL(/\/pay/);
    expect([posted.at(-1)?.path, thrown]).toEqual([`/pay?x=2&click_id=${id}`, []]);
  });

  test("on another site's page gets no click", async () => {
    edge.publish("demo", { destination: "https://shop.example/?c={click_id}" });
    const page = await visitor();
    const answered = page.waitForResponse(/\/c\/demo/);
    await page.goto(at("/?gclid=G-1"));
    expect((await answered).status()).toBe(403);
    expect([await clicks(), await cookies(page)]).toEqual([[], []]);
  });
});
