/** `npm start`, as a newcomer uses it: two commands, two lines to paste, Ctrl-C, and everything is still there the next time. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { freePorts, groupLives, interrupt, npm, type Run } from "./platform.ts";

const TOKEN = "a-token-of-the-environment";
const START_WITHIN_MS = 60_000;
const SETTLE_WITHIN_MS = 60_000;

const dir = mkdtempSync(join(tmpdir(), "clickback-start-"));
const state = join(dir, "state");
let port: number;
let run: Run;
/** What was answered to those who could not wait for the line `ready`. */
let early: Set<number>;

beforeAll(async () => {
  port = await freePorts();
  const knocking = knock();
  run = await start();
  early = await knocking;
}, START_WITHIN_MS);

afterAll(async () => {
  if (run.process.exitCode === null) interrupt(run);
  await run.ended;
  rmSync(dir, { recursive: true, force: true });
}, START_WITHIN_MS);

const environment = () => ({ PORT: String(port), CONSOLE_TOKEN: TOKEN });

async function start(): Promise<Run> {
  const started = npm(["start", "--", "--state", state, "--no-history"], environment());
  await Promise.race([
    waitFor(() => started.output().endsWith("\nready\n"), START_WITHIN_MS),
    started.ended.then(() => Promise.reject(new Error(started.output()))),
  ]);
  return started;
}

/** Asks for the links again and again until they are there; gives the other answers that came. */
async function knock(): Promise<Set<number>> {
  const statuses = new Set<number>();
  await waitFor(async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`http://localhost:${port + 2}/api/links/demo`, { headers }).catch(() => null);
    if (answer && answer.status !== 200)
      statuses.add(answer.headers.has("retry-after") ? answer.status : -answer.status);
    return answer?.status === 200;
  }, START_WITHIN_MS);
  return statuses;
}

async function readConsole(path: string): Promise<string> {
  const answer = await fetch(`http://localhost:${port + 2}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return answer.text();
}

async function callConsole(method: string, path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const init = { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`http://localhost:${port + 2}${path}`, init);
  expect(answer.ok, await answer.text()).toBe(true);
}

async function readReceipt(receipt: string): Promise<{ status: string; duplicate_of?: string }> {
  return JSON.parse(await readConsole(`/receipts/${receipt}`));
}

/** Runs a printed line in a shell, as a paste does. */
function paste(start: string): string {
  const line = run
    .output()
    .split("\n")
    .find((printed) => printed.startsWith(start));
  if (!line) throw new Error(`no line begins with ${start}`);
  return execFileSync("bash", ["-c", line], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

describe("npm start", { timeout: 180_000 }, () => {
  test("answers nobody before it is ready, except that it is starting", () => {
    // A link that is not there yet is not found; nothing ever meets a database without its tables.
    expect([...early].filter((status) => status !== 503 && status !== -404)).toEqual([]);
    expect([...early]).toContain(503);
  });

  test("prints addresses and the token, and lines that work when pasted", async () => {
    for (const offset of [0, 1, 2]) expect(run.output()).toContain(`http://localhost:${port + offset}`);
    expect(run.output()).toContain(TOKEN);
    expect(paste("curl -i ")).toMatch(/^HTTP\/1.1 302 [\s\S]*^Location: \S+click_id=[0-9a-hjkmnp-tv-z]{36}/m);
    const first = JSON.parse(paste('curl "'));
    expect(first.status).toBe("accepted");
    const second = JSON.parse(paste('curl "'));
    await waitFor(async () => (await readReceipt(first.receipt)).status === "attributed", SETTLE_WITHIN_MS);
    const duplicate = await waitFor(async () => {
      const told = await readReceipt(second.receipt);
      return told.status === "duplicate" && told;
    }, SETTLE_WITHIN_MS);
    expect(duplicate.duplicate_of).toBe(first.receipt);
    const rows = (await readConsole("/api/exports/conversions.csv")).trim().split("\n");
    expect(rows).toHaveLength(2);
    expect(rows[1]).toContain(",acme,shoes,blog,demo,sale,");
  });

  test("what the console changes shows in the very next click", async () => {
    const click = async (slug: string) =>
      (await fetch(`http://localhost:${port}/c/${slug}`, { redirect: "manual" })).status;
    expect(await click("demo")).toBe(302);
    await callConsole("PATCH", "/api/links/demo", { status: "paused" });
    expect(await click("demo")).toBe(410);
    await callConsole("PATCH", "/api/links/demo", { status: "active" });
    expect(await click("demo")).toBe(302);
    expect(await click("demo-2")).toBe(404);
    await callConsole("POST", "/api/links", { slug: "demo-2", offer: "shoes", affiliate: "blog" });
    expect(await click("demo-2")).toBe(302);
  });

  test("a demo link leads to the local shop, which posts what is bought and given back", async () => {
    const shop = `http://localhost:${port + 5}`;
    const product = await fetch(`http://localhost:${port}/c/demo?sub1=from-the-test`);
    expect(new URL(product.url).origin).toBe(shop);
    const shown = await product.text();
    expect(shown).toContain("from-the-test");
    const clickId = new URL(product.url).searchParams.get("click_id") ?? "";
    expect(shown).toContain(clickId);
    const post = async (fields: Record<string, string>, origin = shop) => {
      const init = { method: "POST", headers: { origin }, body: new URLSearchParams(fields) };
      return fetch(`${shop}/shoes/post`, init);
    };
    const sale = { click_id: clickId, event: "sale", txid: "shop-test", amount: "40.00" };
    expect((await post(sale, "https://elsewhere.example")).status).toBe(403);
    const bought = await (await post(sale)).text();
    expect(bought).toContain("event=sale");
    expect(bought).toContain("Refund it");
    const receipt = /Receipt\D*?<code>(\w+)/.exec(bought)?.[1] ?? "";
    const { token } = JSON.parse(await readConsole("/api/advertisers/acme/credentials"));
    expect(bought).not.toContain(token);
    await waitFor(async () => (await readReceipt(receipt)).status === "attributed", SETTLE_WITHIN_MS);
    const told = await (await fetch(`${shop}/receipts/${receipt}`)).text();
    expect(told).toMatch(/<b>attributed<\/b>/);
    const [, page] = /href="http:\/\/localhost:\d+(\/conversions\/\w+)"/.exec(told) ?? [];
    expect(await readConsole(`/api${page}`)).toContain("shop-test");
    const { amount: _, ...refund } = { ...sale, status: "reversed" };
    expect(await (await post(refund)).text()).toContain("Refunded");
    const isBack = async () => /shop-test,.*reversed/.test(await readConsole("/api/exports/conversions.csv"));
    await waitFor(isBack, SETTLE_WITHIN_MS);
    expect((await fetch(`${shop}/no-such-offer`)).status).toBe(404);
  });

  test("the console reaches the courier, which faces nobody", async () => {
    // The first start told the demo programme's own receivers a test each.
    const { items } = JSON.parse(await readConsole("/api/deliveries"));
    const tests = items.filter(({ test }: Record<string, unknown>) => test === true);
    expect(tests.map(({ destination, status }: Record<string, unknown>) => [destination, status])).toEqual([
      ["crm", "sent"],
      ["blog-tracker", "sent"],
    ]);
  });

  test("a second one on its ports or its state says so in one line and fails", async () => {
    const ofPorts = npm(["start", "--silent", "--", "--state", join(dir, "other")], environment());
    expect(await ofPorts.ended).toBe(1);
    expect(ofPorts.output()).toMatch(/^Clickback cannot start: port \d+ is taken[^\n]*\n$/m);
    const ofState = npm(["start", "--silent", "--", "--state", state], { PORT: String(await freePorts()) });
    expect(await ofState.ended).toBe(1);
    expect(ofState.output()).toMatch(/^Clickback cannot start: the state directory \S+ is in use[^\n]*\n$/m);
  });

  test("a state directory that cannot be made is refused in one line", async () => {
    const refused = npm(["start", "--silent", "--", "--state", "/dev/null/state"], environment());
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/^Clickback cannot start: the state directory \S+ cannot be made[^\n]*\n$/m);
  });

  test("nobody but its owner reads what it keeps", () => {
    const names = readdirSync(state, { recursive: true, encoding: "utf8" });
    expect(names.length).toBeGreaterThan(10);
    // The simulator makes files anew and takes them away while they are looked at.
    const open = ["", ...names].filter(
      (name) => (statSync(join(state, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077,
    );
    expect(open).toEqual([]);
  });

  test("a console token that could be guessed is refused in one line", async () => {
    const refused = npm(["start", "--silent", "--", "--state", state], { ...environment(), CONSOLE_TOKEN: "a" });
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/^Clickback cannot start: CONSOLE_TOKEN [^\n]*openssl rand -base64 24[^\n]*\n$/m);
  });

  test("the demo agrees with the books", async () => {
    const demo = npm(["run", "demo", "--silent", "--", "--clicks", "400", "--seed", "7"], environment());
    expect(await demo.ended, demo.output()).toBe(0);
    expect(demo.output()).toContain("The books agree with what was sent, and with what was told.");
  });

  test("Ctrl-C loses nothing that was accepted and leaves no process; the next start goes on", async () => {
    const credentials = JSON.parse(await readConsole("/api/advertisers/acme/credentials"));
    const receipts = await sendOrders(credentials.token, 60);
    const platform = Number(readFileSync(join(state, "platform.pid"), "utf8"));
    expect(groupLives(platform)).toBe(true);
    interrupt(run);
    expect(await run.ended, run.output()).toBe(0);
    expect(groupLives(platform)).toBe(false);
    run = await start();
    for (const receipt of receipts)
      await waitFor(async () => (await readReceipt(receipt)).status === "attributed", SETTLE_WITHIN_MS);
    const orders = (await readConsole("/api/exports/conversions.csv")).match(/,stop-\d+,/g);
    expect(orders).toHaveLength(receipts.length);
  });

  test("kill -9 loses nothing that was accepted: the next start settles it, once", async () => {
    const { token } = JSON.parse(await readConsole("/api/advertisers/acme/credentials"));
    const clicks = Array.from({ length: 8 }, async () => {
      const click = await fetch(`http://localhost:${port}/c/demo`, { redirect: "manual" });
      return new URL(click.headers.get("location") ?? "").searchParams.get("click_id") ?? "";
    });
    const clickIds = await Promise.all(clicks);
    // What the click worker collects for a second is not accepted, and no money.
    await waitFor(async () => {
      const log = await readConsole("/api/exports/clicks.csv");
      return clickIds.every((id) => log.includes(id));
    }, SETTLE_WITHIN_MS);
    const receipts = await sendSales(token, clickIds);
    process.kill(-Number(readFileSync(join(state, "platform.pid"), "utf8")), "SIGKILL");
    await run.ended;
    run = await start();
    for (const receipt of receipts)
      await waitFor(async () => (await readReceipt(receipt)).status === "attributed", SETTLE_WITHIN_MS);
    expect((await readConsole("/api/exports/conversions.csv")).match(/,kill-\d+,/g)).toHaveLength(receipts.length);
    interrupt(run);
    await run.ended;
    expect(run.output()).not.toContain("could not be settled yet");
  });
});

/** Posts sales of these clicks, and gives their receipts as soon as all are accepted. */
async function sendSales(token: string, clickIds: readonly string[]): Promise<string[]> {
  const answers = clickIds.map(async (clickId, index) => {
    const query = new URLSearchParams({ click_id: clickId, event: "sale", amount: "10", txid: `kill-${index}`, token });
    const answer = await fetch(`http://localhost:${port + 1}/p/acme?${query}`);
    const { status, receipt }: { status: string; receipt: string } = await answer.json();
    expect(status).toBe("accepted");
    return receipt;
  });
  return Promise.all(answers);
}

/** Orders of fresh clicks, whose messages still wait for the click log when they are accepted. */
async function sendOrders(token: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const click = await fetch(`http://localhost:${port}/c/demo`, { redirect: "manual" });
      const clickId = new URL(click.headers.get("location") ?? "").searchParams.get("click_id") ?? "";
      const query = new URLSearchParams({
        click_id: clickId,
        event: "sale",
        amount: "10",
        txid: `stop-${index}`,
        token,
      });
      const answer = await fetch(`http://localhost:${port + 1}/p/acme?${query}`);
      const { receipt }: { receipt: string } = await answer.json();
      return receipt;
    }),
  );
}
