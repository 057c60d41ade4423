/** The part of R2 that the signed log is made of. */

import { CHECKPOINT } from "../../core/signed-log/log-names.ts";

export interface LogBucket {
  /** Null where the condition does not hold. */
  put(
    name: string,
    content: string | Uint8Array<ArrayBuffer>,
    options: { onlyIf?: { etagDoesNotMatch?: string; etagMatches?: string }; httpMetadata?: { contentType: string } },
  ): Promise<object | null>;
  get(name: string): Promise<{ etag: string; text(): Promise<string> } | null>;
}

const ONCE = { etagDoesNotMatch: "*" };

/** Writes what is written once: whoever comes first decides what it is, and is told so. */
export async function putOnce(
  bucket: LogBucket,
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<boolean> {
  return (await bucket.put(name, content, { onlyIf: ONCE, httpMetadata: { contentType } })) !== null;
}

/** How many minutes the newest checkpoint has that everybody can read, and its tag; 0 and null where there is none. */
export async function publishedSize(bucket: LogBucket): Promise<{ size: number; etag: string | null }> {
  const newest = await bucket.get(CHECKPOINT);
  return newest ? { size: Number((await newest.text()).split("\n")[1]), etag: newest.etag } : { size: 0, etag: null };
}
