/** Rows as JSON texts of bounded size: a bulk statement takes one text as its one parameter, and a text has a limit of 2 MB. */

/** Half a megabyte of UTF-16 units is at most 1.5 MB of UTF-8. */
const CHUNK_LENGTH = 500_000;

/** JSON arrays that together hold all `rows` in order; none for no rows. A single row beyond the size stands alone. */
export function jsonChunks(rows: readonly unknown[]): string[] {
  const chunks: string[] = [];
  let texts: string[] = [];
  let length = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (length > 0 && length + text.length > CHUNK_LENGTH) {
      chunks.push(`[${texts.join(",")}]`);
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length;
  }
  if (texts.length > 0) chunks.push(`[${texts.join(",")}]`);
  return chunks;
}
