/** Every call of the API: what is routed, and what the OpenAPI document tells of. */

import { advertiserCalls } from "../advertisers/api.ts";
import { affiliateCalls } from "../affiliates/api.ts";
import { auditCalls } from "../audit/api.ts";
import { exportCalls } from "../exports/api.ts";
import { linkCalls } from "../links/api.ts";
import { offerCalls } from "../offers/api.ts";
import { publishCalls } from "../publishing/api.ts";
import { tokenCalls } from "../tokens/api.ts";
import type { Call } from "../web/call.ts";
import { alertCalls } from "./alerts.ts";
import { archiveCalls } from "./archive.ts";
import { conversionCalls } from "./conversions.ts";
import { metricCalls } from "./metrics.ts";
import { postbackCalls } from "./postbacks.ts";
import { receiptCalls } from "./receipts.ts";
import { reconcileCalls } from "./reconcile.ts";
import { replayCalls } from "./replay.ts";
import { reportCalls } from "./reports.ts";
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
