/** An export as an HTTP answer: streamed page by page, compressed where the client takes it. A failure on the way breaks the answer off, so that no cut file looks whole. */
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../index.ts";
import { completeUntilMs } from "./completeness.ts";
import type { TextFormat } from "./formats.ts";
import { pages } from "./pages.ts";
import type { Selection } from "./selection.ts";
import { learnSlugs, noSlugs } from "./slugs.ts";

/** The first page is read before the answer begins, so that what fails at once is an error and not a broken file. */
export async function streamText(
  env: Pick<Env, "DB" | "CLICKS" | "POSTBACKS">,
  selection: Selection,
  format: TextFormat,
  request: { fileName: string; acceptEncoding: string | null; nowMs: number },
): Promise<Response> {
  // Asked before the first row is read: what is settled meanwhile does no harm.
  const untilMs = await completeUntilMs(env, selection.table, request.nowMs);
  const chunks = texts(env, selection, format);
  const first = await chunks.next();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(encoder.encode(first.value));
    },
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  const headers = new Headers({
    "content-type": format.contentType,
    "content-disposition": `attachment; filename="${request.fileName}"`,
    "cache-control": "no-store",
    vary: "accept-encoding",
  });
  if (untilMs !== null) headers.set("x-complete-until", formatInstant(untilMs));
  // The runtime compresses what says that it is compressed.
  if (acceptsGzip(request.acceptEncoding)) headers.set("content-encoding", "gzip");
  return new Response(body, { headers });
}

async function* texts(
  env: Pick<Env, "DB" | "CLICKS">,
  selection: Selection,
  format: TextFormat,
): AsyncGenerator<string, undefined> {
  const books = env.DB.withSession("first-unconstrained");
  const source = selection.table.database === "DB" ? books : env.CLICKS.withSession("first-unconstrained");
  const { columns } = selection;
  const slugs = noSlugs();
  const write = format.writer(columns, slugs);
  let text = format.head(columns);
  for await (const rows of pages(source, selection)) {
    await learnSlugs(slugs, books, columns, rows);
    for (const row of rows) text += write(row);
    yield text;
    text = "";
  }
}

/** True when an Accept-Encoding header takes gzip: named, and not with weight 0. */
export function acceptsGzip(header: string | null): boolean {
  return (header ?? "").split(",").some((item) => {
    const [name, ...parameters] = item
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return (name === "gzip" || name === "x-gzip") && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
