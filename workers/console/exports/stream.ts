/** An export as an HTTP answer: streamed page by page, compressed where the client takes it. A failure on the way breaks the answer off, so that no cut file looks whole. */

import { parseAccept } from "hono/utils/accept";
import type { Cell } from "../../../schema/columns.ts";
import { formatInstant } from "../../core/instant.ts";
import type { ClickLogEnv } from "../click-log/stretches.ts";
import type { Databases, Env } from "../env.ts";
import { completeUntilMs } from "../tables/completeness.ts";
import { keptFromMs } from "../tables/kept.ts";
import type { Selection } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import { clickPages, cutClickPart } from "./click-pages.ts";
import type { Format } from "./formats.ts";
import { cutPart, type ExportPart } from "./part.ts";
import { pages } from "./row-pages.ts";

/** `fromMs`: since when rows are asked for, null: since ever. `limit`: after how many rows the caller wants it to end. */
interface ExportRequest {
  url: string;
  fromMs: number | null;
  fileName: string;
  acceptEncoding: string | null;
  limit: number | null;
  nowMs: number;
}

/** What exports are read from. */
type ExportEnv = Databases & ClickLogEnv;

/** The first bytes are made before the answer begins, so that what fails at once is an error and not a broken file. */
export async function streamExport(
  env: ExportEnv & Pick<Env, "POSTBACKS" | "REFUSALS" | "CLICK_LOG">,
  whole: Selection,
  format: Format,
  request: ExportRequest,
): Promise<Response> {
  // Asked before the first row is read: what is settled meanwhile does no harm.
  const untilMs = await completeUntilMs(env, [whole.table.database], request.nowMs);
  const rows = request.limit ?? format.partRows;
  const source = await sourceOf(env, whole, request.nowMs);
  const part: ExportPart = rows === null ? { selection: whole, next: null } : await source.cut(rows);
  const { columns } = part.selection;
  const slugs = noSlugs();
  const chunks = format.bytes(columns, slugs, namedPages(env, part.selection, source.pages(part.selection), slugs));
  const first = await chunks.next();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  const headers = headersOf(format, part, request);
  if (untilMs !== null) headers.set("x-complete-until", formatInstant(untilMs));
  if (source.rowsFromMs > (request.fromMs ?? 0)) headers.set("x-rows-from", formatInstant(source.rowsFromMs));
  return new Response(body, { headers });
}

function headersOf(format: Format, { next }: ExportPart, request: ExportRequest): Headers {
  const headers = new Headers({
    "content-type": format.contentType,
    "content-disposition": `attachment; filename="${request.fileName}"`,
    vary: "accept-encoding",
  });
  if (next) {
    const url = new URL(request.url);
    url.searchParams.set("after", next.after);
    headers.set("link", `<${url.pathname}${url.search}>; rel="next"`);
    headers.set("x-next-after", next.after);
    headers.set("x-part-until", formatInstant(next.untilMs));
  }
  // The runtime compresses what says that it is compressed.
  if (format.gzip && acceptsGzip(request.acceptEncoding)) headers.set("content-encoding", "gzip");
  return headers;
}

/** Where an export's rows come from. */
interface RowSource {
  pages(selection: Selection): AsyncGenerator<Cell[][]>;
  /** The first so many rows of the whole. */
  cut(rows: number): Promise<ExportPart>;
  /** Since when there are rows, in Unix milliseconds. */
  rowsFromMs: number;
}

async function sourceOf(env: ExportEnv, whole: Selection, nowMs: number): Promise<RowSource> {
  const { database, log } = whole.table;
  if (database === "click log")
    return {
      pages: (selection) => clickPages(env, selection, nowMs),
      cut: (rows) => cutClickPart(env, whole, rows, nowMs),
      rowsFromMs: 0,
    };
  const session = env[database].withSession("first-unconstrained");
  return {
    pages: (selection) => pages(session, selection),
    cut: (rows) => cutPart(session, whole, rows),
    rowsFromMs: log === undefined ? 0 : await keptFromMs(session, log),
  };
}

/** The pages of a selection, their slugs learnt. */
async function* namedPages(
  { DB }: Pick<Env, "DB">,
  { columns, pseudonyms }: Selection,
  rowPages: AsyncGenerator<Cell[][]>,
  slugs: ReturnType<typeof noSlugs>,
): AsyncGenerator<Cell[][]> {
  const books = DB.withSession("first-unconstrained");
  for await (const rows of rowPages) {
    await learnSlugs(slugs, books, columns, rows, pseudonyms);
    yield rows;
  }
}

/** True when an Accept-Encoding header takes gzip: named, and not with weight 0. */
export function acceptsGzip(header: string | null): boolean {
  return parseAccept(header ?? "").some(({ type, q }) => /^(?:x-)?gzip$/i.test(type) && q > 0);
}
