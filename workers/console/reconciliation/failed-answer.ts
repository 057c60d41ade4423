/** Rows that came to nothing as the answer of a call or page: a table parted as it was, in UTF-8 that spreadsheets know, or NDJSON. */
import { BYTE_ORDER_MARK } from "../../core/csv.ts";
import { type FailedRow, type FailedTable, failedLines, failedTable } from "../../core/table-file/failed-rows.ts";

/** `table` is null for NDJSON; `failed` has rows by the lines that they begin on. */
export function failedFile(
  bytes: Uint8Array,
  table: FailedTable | null,
  failed: ReadonlyMap<number, FailedRow>,
  name: string,
): Response {
  const open = async function* () {
    yield bytes;
  };
  const ending = table === null ? "ndjson" : "csv";
  const headers = {
    "content-type": table === null ? "application/x-ndjson" : "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${name}.${ending}"`,
  };
  if (table === null) return new Response(failedLines(new TextDecoder().decode(bytes), failed), { headers });
  const encoder = new TextEncoder();
  const pieces = failedTable(open, table, failed);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(BYTE_ORDER_MARK)),
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(body, { headers });
}
