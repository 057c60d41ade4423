/** The window: the pages, the API, receipts and exports; it writes set-up and publishes it to the edge. */

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { markAccounts } from "./affiliates/same-account.ts";
import { lookRound } from "./alerts/look.ts";
import { logTakingOut } from "./audit/taking-out.ts";
import { calls } from "./calls.ts";
import type { Env } from "./env.ts";
import { bringInPrices } from "./offers/due-prices.ts";
import { routeChecker } from "./proofs/checker-page.tsx";
import { routePublicLog } from "./proofs/public-log.ts";
import { publishDueKeys } from "./publishing/due-keys.ts";
import { publishDue, publishDueSources, SWEPT_AT_ONCE } from "./publishing/publish.ts";
import { fetchDueRates } from "./rates/fetch-due.ts";
import { apiDocument } from "./reference/api-document.ts";
import { ClickReader } from "./reports/click-reader.ts";
import { resumeBulks } from "./review/bulks.ts";
import { routeConsole } from "./routes.tsx";
import { copySetUp } from "./set-up-copies/write-copy.ts";
import { lostPage } from "./shell/lost.tsx";
import { NOT_FROM_HERE } from "./shell/sent-form.ts";
import { signalRound } from "./signals/round.ts";
import { type ConsoleEnv, routeCalls } from "./web/call.ts";
import { writeNotedUse } from "./web/last-use.ts";
import { problemResponse } from "./web/problem.ts";
import { keptByNobody, secured } from "./web/secured.ts";
import { resumeWhatIfs } from "./what-if/applying.ts";

export { ClickReader };

const app = new Hono<ConsoleEnv>();

app.use(secured, keptByNobody, writeNotedUse);
app.use("/api/*", logTakingOut);

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

routeCalls(app, calls);

app.get("/api/openapi.json", (context) =>
  context.json(apiDocument(context.env, calls, new URL(context.req.url).origin)),
);

routePublicLog(app);

routeChecker(app);

routeConsole(app);

app.notFound(({ env, req }) =>
  lostPage(env, req.raw, { name: "not_found", detail: `There is nothing at ${req.path}: check the path.` }),
);

app.onError((error, { env, req }) => {
  if (error instanceof HTTPException) return lostPage(env, req.raw, NOT_FROM_HERE);
  console.error({ event: "request_failed", method: req.method, path: req.path, error: error.stack ?? String(error) });
  return lostPage(env, req.raw, {
    name: "internal",
    detail: "This is our fault and it has been logged: try again, then ask the operator.",
  });
});

export default {
  fetch: app.fetch,
  /** Every minute: brings in prices whose moment came, publishes once more what was changed, goes on with bulks and what-ifs that broke off and with the round of signals, and when it is time looks for what is wrong and fetches rates; none waits for the others to work. */
  async scheduled({ scheduledTime }, env) {
    const rounds = await Promise.allSettled([
      bringInPrices(env, scheduledTime),
      publishRound(env, scheduledTime),
      lookRound(env, scheduledTime),
      resumeBulks(env, scheduledTime),
      markAccounts(env, scheduledTime),
      copySetUp(env, scheduledTime),
      signalRound(env, scheduledTime),
      resumeWhatIfs(env, scheduledTime),
      fetchDueRates({ env, fetch: (url, init) => fetch(url, init), nowMs: scheduledTime }),
    ]);
    for (const round of rounds) if (round.status === "rejected") throw round.reason;
  },
} satisfies ExportedHandler<Env>;

async function publishRound(env: Env, nowMs: number): Promise<void> {
  const things = (await publishDue(env, nowMs)) + (await publishDueSources(env, nowMs));
  // All of them share the calls that one run may make.
  const published = things + (await publishDueKeys(env, nowMs, Math.max(0, SWEPT_AT_ONCE - things)));
  if (published > 0) console.log({ event: "published", records: published });
}
