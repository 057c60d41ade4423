/** Bodies are taken in up to a limit; what their length header says is not trusted. */

/** Why a body could not be taken in: it is longer than the limit, or broke off on the way. */
export type BodyFault = "too_large" | "malformed_body";
export type Body = { body: Uint8Array; bodyFault?: BodyFault };

const EMPTY = new Uint8Array(0);

class TooLarge extends Error {}

/** The chunks of a body of at most `limitBytes`. Throws on the way where it is longer or breaks off: `bodyFaultOf` tells which. */
export async function* bounded(body: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new TooLarge();
    yield chunk;
  }
}

/** What ended the reading of a bounded body. */
export function bodyFaultOf(error: unknown): BodyFault {
  return error instanceof TooLarge ? "too_large" : "malformed_body";
}

/** The whole body of a request, empty where it cannot be had. Where none came, there is nothing to wait for. */
export function readBody(
  { body, headers }: Pick<Request, "body" | "headers">,
  limitBytes: number,
): Body | Promise<Body> {
  if (!body) return { body: EMPTY };
  if (Number(headers.get("Content-Length")) > limitBytes) return { body: EMPTY, bodyFault: "too_large" };
  return readWhole(body, limitBytes);
}

async function readWhole(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Body> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bounded(body, limitBytes)) chunks.push(chunk);
    return { body: Buffer.concat(chunks) };
  } catch (error) {
    return { body: EMPTY, bodyFault: bodyFaultOf(error) };
  }
}
