/** Every call of the API: what is routed, and what the OpenAPI document tells of. */

import { exportCalls } from "../exports/api.ts";
import type { Call } from "../web/call.ts";
import { advertiserCalls } from "./advertisers.ts";
import { affiliateCalls } from "./affiliates.ts";
import { alertCalls } from "./alerts.ts";
import { archiveCalls } from "./archive.ts";
import { auditCalls } from "./audit.ts";
import { conversionCalls } from "./conversions.ts";
import { linkCalls } from "./links.ts";
import { metricCalls } from "./metrics.ts";
import { offerCalls } from "./offers.ts";
import { postbackCalls } from "./postbacks.ts";
import { publishCalls } from "./publish.ts";
import { receiptCalls } from "./receipts.ts";
import { reconcileCalls } from "./reconcile.ts";
import { replayCalls } from "./replay.ts";
import { reportCalls } from "./reports.ts";
import { tokenCalls } from "./tokens.ts";
import { verificationCalls } from "./verification.ts";

export const calls: readonly Call[] = [
  ...advertiserCalls,
  ...affiliateCalls,
  ...offerCalls,
  ...linkCalls,
  ...tokenCalls,
  ...postbackCalls,
  ...conversionCalls,
  ...receiptCalls,
  ...exportCalls,
  ...archiveCalls,
  ...reportCalls,
  ...alertCalls,
  ...metricCalls,
  ...reconcileCalls,
  ...verificationCalls,
  ...publishCalls,
  ...replayCalls,
  ...auditCalls,
];
