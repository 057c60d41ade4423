/** Calls that list audiences, as CSV or NDJSON. */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { FORMATS } from "../exports/formats.ts";
import { streamExport } from "../exports/stream.ts";
import { call, NO_BODY } from "../web/call.ts";
import { audienceParameters, selectAudience } from "./audience-selection.ts";
import { AUDIENCES, type Audience } from "./audiences.ts";

function audienceCall(name: string, audience: Audience) {
  return call({
    method: "get",
    path: `/api/audiences/${name}`,
    summary: audience.summary,
    roles: EVERYONE,
    query: audienceParameters(audience),
    body: NO_BODY,
    status: 200,
    produces: [FORMATS.csv.contentType, FORMATS.ndjson.contentType],
    async handle({ env, caller, nowMs, query, request }) {
      const selection = await selectAudience(env, audience, query, { caller, nowMs });
      if (!selection.ok) return selection;
      const { since: fromMs = null, limit = null, format = "csv" } = query;
      const deed = {
        action: "export",
        kind: "export",
        subject: `audiences/${name}`,
        after: { since: fromMs },
      } as const;
      await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      const acceptEncoding = request.headers.get("accept-encoding");
      const asked = { url: request.url, fileName: `${name}.${format}`, acceptEncoding, fromMs, limit, nowMs };
      return accept(await streamExport(env, selection.value, FORMATS[format], asked));
    },
  });
}

export const audienceCalls = Object.entries(AUDIENCES).map(([name, audience]) => audienceCall(name, audience));
