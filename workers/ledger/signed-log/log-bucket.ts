/** The part of R2 that the signed log is made of. */

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

/** Writes what is written once: whoever comes first decides what it is. */
export async function putOnce(
  bucket: LogBucket,
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<void> {
  await bucket.put(name, content, { onlyIf: ONCE, httpMetadata: { contentType } });
}
