/** A real browser for the tests: an installed Chrome or Chromium where there is one, else the one of an npm package, which needs nothing of the system. */
import { existsSync } from "node:fs";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver } from "playwright-core";

/** Where systems put it; `CHROME_PATH` comes first. */
const INSTALLED = [
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export async function launchBrowser(): Promise<Browser> {
  const { CHROME_PATH } = process.env;
  const installed = [CHROME_PATH, ...INSTALLED].find((path) => path !== undefined && existsSync(path));
  chromium.setGraphicsMode = false;
  // The package's own arguments are for a function in the cloud, and turn off what these tests are about.
  return driver.launch({ executablePath: installed ?? (await chromium.executablePath()), args: ["--no-sandbox"] });
}
