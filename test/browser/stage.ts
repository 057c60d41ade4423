/** A whole running system and a browser that looks at its console, for all tests of the pages; with everything that a page complains of on record. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { consoleFetch } from "../../scripts/console-api.ts";
import { generateSecrets } from "../../scripts/local/secrets.ts";
import { type Platform, startPlatform } from "../../scripts/platform.ts";
import { freePorts } from "../start/platform.ts";
import { launchBrowser } from "./browser.ts";
import type { Scenery } from "./scenery.ts";

const QUIET = { WRANGLER_LOG: "error", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };

export interface Stage {
  platform: Platform;
  /** Address of the console. */
  origin: string;
  token: string;
  /** What clicks are sealed with. */
  clickKeys: string;
  /** The API, with the admin's token. */
  api: ReturnType<typeof consoleFetch>;
  /** A browser of its own for somebody who has not signed in yet. */
  visitor(looks?: { locale?: string }): Promise<Visitor>;
  stop(): Promise<void>;
}

/** Who and what the scenes have: asked for when a test runs, since by then it is there. */
export interface Cast {
  stage(): Stage;
  scenery(): Scenery;
  /** Signed in with the console's own token. */
  admin(): Visitor;
}

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What pages complained of: errors in the console, exceptions, violations of the policy, dialogs, files that are not there. */
  complaints: string[];
  /** Opens a page, by its path. */
  open(path: string): Promise<void>;
  signIn(token: string): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  Object.assign(process.env, QUIET);
  const stateDir = mkdtempSync(join(tmpdir(), "clickback-browser-"));
  const secrets = generateSecrets();
  const port = await freePorts();
  const [platform, browser] = await Promise.all([startPlatform({ stateDir, port, secrets }), launchBrowser()]);
  const origin = platform.origins.console;
  return {
    platform,
    origin,
    token: secrets.CONSOLE_TOKEN,
    clickKeys: secrets.CLICK_KEYS,
    api: consoleFetch(origin, secrets.CONSOLE_TOKEN),
    visitor: (looks) => makeVisitor(browser, origin, looks),
    stop: async () => {
      await browser.close();
      await platform.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

async function makeVisitor(browser: Browser, origin: string, { locale = "en-GB" } = {}): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1600, height: 1000 },
    locale,
    timezoneId: "Europe/Berlin",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    // A page that is left in the middle gives up what it was asking for.
    const why = request.failure()?.errorText ?? "";
    if (why !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()} ${why}`);
  });
  page.on("dialog", (dialog) => {
    if (dialog.type() !== "confirm" && dialog.type() !== "beforeunload") complaints.push(`dialog: ${dialog.message()}`);
    dialog.accept().catch(() => {});
  });
  const open = async (path: string) => {
    await page.goto(origin + path);
  };
  return {
    page,
    context,
    complaints,
    open,
    async signIn(token) {
      await open("/sign-in");
      await page.getByLabel("Token").fill(token);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Overview" }).waitFor();
    },
  };
}
