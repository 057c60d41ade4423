/** All pages of the console, registered. */
import type { Hono } from "hono";
import { routeAssets } from "../shell/assets.ts";
import { type Page, routePages } from "../shell/page.tsx";
import { routeSignIn, signInPages } from "../shell/sign-in.tsx";
import type { ConsoleEnv } from "../web/call.ts";
import { advertiserPages } from "./advertisers.tsx";
import { affiliatePages } from "./affiliates.tsx";
import { alertPage } from "./alerts.tsx";
import { apiPage } from "./api.tsx";
import { auditPage } from "./audit.tsx";
import { conversionPage } from "./conversion.tsx";
import { conversionListPage } from "./conversions.tsx";
import { linkPages } from "./links.tsx";
import { offerPages } from "./offers.tsx";
import { overviewPage } from "./overview.tsx";
import { postbackPage } from "./postback.tsx";
import { postbackPages } from "./postbacks.tsx";
import { reportPage } from "./reports.tsx";
import { testPages } from "./test-panel.tsx";
import { tokenPages } from "./tokens.tsx";

const PAGES: readonly Page[] = [
  overviewPage,
  reportPage,
  conversionListPage,
  conversionPage,
  ...postbackPages,
  alertPage,
  postbackPage,
  ...offerPages,
  ...linkPages,
  ...affiliatePages,
  ...advertiserPages,
  ...testPages,
  ...tokenPages,
  auditPage,
  apiPage,
  ...signInPages,
];

export function routeConsole(app: Hono<ConsoleEnv>): void {
  routeAssets(app);
  routeSignIn(app);
  routePages(app, PAGES);
}
