/** All pages of the console, registered. */

import type { Hono } from "hono";
import { applicationPage } from "./admissions/page.tsx";
import { advertiserPages } from "./advertisers/page.tsx";
import { testPages } from "./advertisers/test-panel.tsx";
import { affiliatePages } from "./affiliates/page.tsx";
import { alertPage } from "./alerts/page.tsx";
import { logSignIn } from "./audit/deeds.ts";
import { auditPage } from "./audit/page.tsx";
import { calls } from "./calls.ts";
import { ambiguousPage } from "./claims/ambiguous-page.tsx";
import { claimPages } from "./claims/page.tsx";
import { listPage } from "./claims/shop-list-page.tsx";
import { cohortPage } from "./cohorts/page.tsx";
import { conversionPage } from "./conversions/conversion-page.tsx";
import { conversionListPage } from "./conversions/list-page.tsx";
import { notCountedPage } from "./conversions/not-counted-page.tsx";
import { couponPages } from "./coupons/page.tsx";
import { deliveryPages } from "./destinations/delivery-pages.tsx";
import { destinationPages } from "./destinations/page.tsx";
import { differencePage } from "./differences/page.tsx";
import { importPage } from "./imports/import-page.tsx";
import { newImportPage } from "./imports/page.tsx";
import { linkPages } from "./links/page.tsx";
import { notePage } from "./notes/note-page.tsx";
import { offerPages } from "./offers/page.tsx";
import { overviewPage } from "./overview/page.tsx";
import { statusChangePages } from "./pausing/status-pages.tsx";
import { peoplePages } from "./people/page.tsx";
import { sessionsPage } from "./people/sessions-page.tsx";
import { personalPage } from "./personal/page.tsx";
import { postbackPages } from "./postbacks/log-page.tsx";
import { postbackPage } from "./postbacks/postback-page.tsx";
import { ratesPage } from "./rates/page.tsx";
import { reasonPages } from "./reasons/page.tsx";
import { reconcilePage } from "./reconciliation/page.tsx";
import { apiPage } from "./reference/page.tsx";
import { reportPage } from "./reports/page.tsx";
import { bulkPages } from "./review/bulk-pages.tsx";
import { reviewPage } from "./review/page.tsx";
import { searchPage } from "./search/page.tsx";
import { readNames } from "./search/read-names.ts";
import { routeAssets } from "./shell/assets.ts";
import type { Page } from "./shell/page.ts";
import { routePages } from "./shell/page-routes.tsx";
import { routeSignIn, routeSignInLink, signInPages } from "./shell/sign-in.tsx";
import { signalPages } from "./signals/page.tsx";
import { signalSettingPages } from "./signals/settings-page.tsx";
import { sourcePages } from "./sources/page.tsx";
import { statementPages } from "./statements/page.tsx";
import { tokenPages } from "./tokens/page.tsx";
import { adoptedClicksPage } from "./trackers/adopted-page.tsx";
import { trackerPages } from "./trackers/page.tsx";
import { viewsPage } from "./views/page.tsx";
import type { ConsoleEnv } from "./web/call.ts";
import { whatIfPages } from "./what-if/page.tsx";

export const PAGES: readonly Page[] = [
  overviewPage,
  searchPage,
  reportPage,
  differencePage,
  cohortPage,
  conversionListPage,
  conversionPage,
  notCountedPage,
  reviewPage,
  ...bulkPages,
  ...statusChangePages,
  notePage,
  ...reasonPages,
  ...signalPages,
  ...signalSettingPages,
  ...claimPages,
  listPage,
  ambiguousPage,
  ...postbackPages,
  ...deliveryPages,
  alertPage,
  reconcilePage,
  ...whatIfPages,
  newImportPage,
  importPage,
  ...statementPages,
  postbackPage,
  ...offerPages,
  applicationPage,
  ...linkPages,
  ...couponPages,
  ...sourcePages,
  ...trackerPages,
  adoptedClicksPage,
  ...destinationPages,
  ...affiliatePages,
  ...advertiserPages,
  ...testPages,
  viewsPage,
  ...tokenPages,
  ...peoplePages,
  sessionsPage,
  personalPage,
  ratesPage,
  auditPage,
  apiPage(calls),
  ...signInPages,
];

export function routeConsole(app: Hono<ConsoleEnv>): void {
  routeAssets(app);
  routeSignIn(app, logSignIn);
  routeSignInLink(app, logSignIn);
  routePages(app, PAGES, readNames);
}
