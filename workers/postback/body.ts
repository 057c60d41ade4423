/** Takes a body in, up to a limit; what its length header says is not trusted. */

export type Body = { body: Uint8Array; bodyFault?: "too_large" | "malformed_body" };

const EMPTY = new Uint8Array(0);

/** `malformed_body` is one that broke off on the way. Where none came, there is nothing to wait for. */
export function readBody({ body, headers }: Request, limitBytes: number): Body | Promise<Body> {
  if (!body) return { body: EMPTY };
  if (Number(headers.get("Content-Length")) > limitBytes) return { body: EMPTY, bodyFault: "too_large" };
  return readChunks(body, limitBytes);
}

async function readChunks(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      // Leaving the loop cancels the stream.
      if (bytes > limitBytes) return { body: EMPTY, bodyFault: "too_large" };
      chunks.push(chunk);
    }
  } catch {
    return { body: EMPTY, bodyFault: "malformed_body" };
  }
  return { body: join(chunks, bytes) };
}

function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
