/** Every call of the API: what is routed, and what the OpenAPI document tells of. */
import { admissionCalls } from "./admissions/api.ts";
import { advertiserCalls } from "./advertisers/api.ts";
import { affiliateCalls } from "./affiliates/api.ts";
import { bankDetailsCalls } from "./affiliates/bank-details.ts";
import { payeeCalls } from "./affiliates/payee.ts";
import { alertCalls } from "./alerts/api.ts";
import { archiveCalls } from "./archive/api.ts";
import { audienceCalls } from "./audiences/api.ts";
import { auditCalls } from "./audit/api.ts";
import { claimCalls } from "./claims/api.ts";
import { cohortCalls } from "./cohorts/api.ts";
import { conversionCalls } from "./conversions/api.ts";
import { couponCalls } from "./coupons/api.ts";
import { destinationCalls } from "./destinations/api.ts";
import { differenceCalls } from "./differences/api.ts";
import { exportCalls } from "./exports/api.ts";
import { importCalls } from "./imports/api.ts";
import { linkCalls } from "./links/api.ts";
import { noteCalls } from "./notes/api.ts";
import { offerCalls } from "./offers/api.ts";
import { capCalls } from "./offers/cap-states.ts";
import { statusChangeCalls } from "./pausing/api.ts";
import { userCalls } from "./people/api.ts";
import { personalCalls } from "./personal/api.ts";
import { postbackCalls } from "./postbacks/api.ts";
import { receiptCalls } from "./postbacks/receipt-api.ts";
import { replayCalls } from "./postbacks/replay-api.ts";
import { proofCalls } from "./proofs/api.ts";
import { publishCalls } from "./publishing/api.ts";
import { rateCalls } from "./rates/api.ts";
import { reasonCalls } from "./reasons/api.ts";
import { rebuildingCalls } from "./rebuilding/api.ts";
import { reconcileCalls } from "./reconciliation/api.ts";
import { reportCalls } from "./reports/api.ts";
import { metricCalls } from "./reports/metrics-api.ts";
import { reviewCalls } from "./review/api.ts";
import { searchCalls } from "./search/api.ts";
import { setUpCopyCalls } from "./set-up-copies/api.ts";
import { signalCalls } from "./signals/api.ts";
import { sourceCalls } from "./sources/api.ts";
import { statementCalls } from "./statements/api.ts";
import { tokenCalls } from "./tokens/api.ts";
import { adoptedClickCalls } from "./trackers/adopted-api.ts";
import { trackerCalls } from "./trackers/api.ts";
import { verificationCalls } from "./verification/api.ts";
import { viewCalls } from "./views/api.ts";
import type { Call } from "./web/call.ts";
import { whatIfCalls } from "./what-if/api.ts";

export const calls: readonly Call[] = [
  ...advertiserCalls,
  ...affiliateCalls,
  ...bankDetailsCalls,
  ...payeeCalls,
  ...offerCalls,
  ...capCalls,
  ...linkCalls,
  ...admissionCalls,
  ...couponCalls,
  ...sourceCalls,
  ...trackerCalls,
  ...destinationCalls,
  ...statusChangeCalls,
  ...noteCalls,
  ...tokenCalls,
  ...userCalls,
  ...postbackCalls,
  ...conversionCalls,
  ...reviewCalls,
  ...reasonCalls,
  ...signalCalls,
  ...claimCalls,
  ...receiptCalls,
  ...exportCalls,
  ...audienceCalls,
  ...archiveCalls,
  ...reportCalls,
  ...differenceCalls,
  ...cohortCalls,
  ...alertCalls,
  ...metricCalls,
  ...reconcileCalls,
  ...importCalls,
  ...statementCalls,
  ...verificationCalls,
  ...proofCalls,
  ...rebuildingCalls,
  ...setUpCopyCalls,
  ...publishCalls,
  ...adoptedClickCalls,
  ...replayCalls,
  ...whatIfCalls,
  ...personalCalls,
  ...rateCalls,
  ...auditCalls,
  ...searchCalls,
  ...viewCalls,
];
