/** The window: the API, receipts and exports; it writes set-up and publishes it to the edge. */
import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { PostbackMessage, RepairMessage } from "../../schema/messages.ts";
import type { HeldBooks } from "../core/books/stored.ts";
import { advertiserCalls } from "./api/advertisers.ts";
import { affiliateCalls } from "./api/affiliates.ts";
import { auditCalls } from "./api/audit.ts";
import { conversionCalls } from "./api/conversions.ts";
import { exportCalls } from "./api/exports.ts";
import { linkCalls } from "./api/links.ts";
import { offerCalls } from "./api/offers.ts";
import { postbackCalls } from "./api/postbacks.ts";
import { publishCalls } from "./api/publish.ts";
import { receiptCalls } from "./api/receipts.ts";
import { replayCalls } from "./api/replay.ts";
import { tokenCalls } from "./api/tokens.ts";
import { verificationCalls } from "./api/verification.ts";
import { type ConsoleEnv, routeCalls } from "./call.ts";
import { problemResponse } from "./problem.ts";
import { publishDue } from "./setup/publish.ts";

export interface Env {
  DB: D1Database;
  CLICKS: D1Database;
  EDGE: KVNamespace;
  ARCHIVE: R2Bucket;
  CONVERSIONS: DurableObjectNamespace<HeldBooks>;
  POSTBACKS: Queue<PostbackMessage | RepairMessage>;
  ADVERTISER_KEYS: string;
  CONSOLE_TOKEN: string;
  CLICK_ORIGIN: string;
  POSTBACK_ORIGIN: string;
}

const app = new Hono<ConsoleEnv>();

app.use(
  methodNotAllowed({
    app,
    onMethodNotAllowed: (context, methods) => {
      const detail = `${context.req.path} takes ${methods.join(", ")}.`;
      const response = problemResponse({ name: "method_not_allowed", detail });
      response.headers.set("allow", methods.join(", "));
      return response;
    },
  }),
);

app.get("/healthz", (context) => context.json({ status: "ok" }));

routeCalls(app, [
  ...advertiserCalls,
  ...affiliateCalls,
  ...offerCalls,
  ...linkCalls,
  ...tokenCalls,
  ...postbackCalls,
  ...conversionCalls,
  ...receiptCalls,
  ...exportCalls,
  ...verificationCalls,
  ...publishCalls,
  ...replayCalls,
  ...auditCalls,
]);

app.notFound(({ req }) =>
  problemResponse({ name: "not_found", detail: `There is nothing at ${req.path}: check the path.` }),
);

app.onError((error, { req }) => {
  console.error({ event: "request_failed", method: req.method, path: req.path, error: error.stack ?? String(error) });
  return problemResponse({
    name: "internal",
    detail: "This is our fault and it has been logged: try again, then ask the operator.",
  });
});

export default {
  fetch: app.fetch,
  /** Every minute: publishes once more what was changed. */
  async scheduled({ scheduledTime }, env) {
    const published = await publishDue(env, scheduledTime);
    if (published > 0) console.log({ event: "published", records: published });
  },
} satisfies ExportedHandler<Env>;
