/** Calls that export tables: conversions.csv, conversions.ndjson, conversions.parquet … */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { clicksTable } from "../tables/clicks.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { entriesTable } from "../tables/entries.ts";
import type { ExportTable } from "../tables/export-table.ts";
import { postbacksTable } from "../tables/postbacks.ts";
import { select } from "../tables/selection.ts";
import { call, NO_BODY } from "../web/call.ts";
import { FORMATS, type Format, MARKED_CSV } from "./formats.ts";
import { markedParameters, partParameters, withColumns } from "./part.ts";
import { streamExport } from "./stream.ts";

function exportCall(table: ExportTable, extension: string, format: Format) {
  const fileName = `${table.name}.${extension}`;
  return call({
    method: "get",
    path: `/api/exports/${fileName}`,
    summary: `Export ${table.name} as ${extension.toUpperCase()}; goes on behind the ${table.after} that after says`,
    roles: EVERYONE,
    query: format === FORMATS.csv ? markedParameters(table) : partParameters(table),
    body: NO_BODY,
    status: 200,
    produces: [format.contentType],
    handle: async ({ env, caller, nowMs, query, request }) => {
      const whole = await select(env, table, query, caller);
      if (!whole.ok) return whole;
      const selection = query.columns === undefined ? whole : withColumns(whole.value, query.columns);
      if (!selection.ok) return selection;
      const acceptEncoding = request.headers.get("accept-encoding");
      // Of what was asked for only the range: a filter may be somebody's order.
      const after = { from: query.from ?? null, to: query.to ?? null };
      const deed = { action: "export", kind: "export", subject: fileName, after } as const;
      await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      const { from: fromMs = null, limit = null } = query;
      const asked = { url: request.url, fileName, acceptEncoding, fromMs, limit, nowMs };
      const marked = "bom" in query && query.bom === 1;
      return accept(await streamExport(env, selection.value, marked ? MARKED_CSV : format, asked));
    },
  });
}

export const exportCalls = [conversionsTable, entriesTable, clicksTable, postbacksTable].flatMap((table) =>
  Object.entries(FORMATS).map(([extension, format]) => exportCall(table, extension, format)),
);
