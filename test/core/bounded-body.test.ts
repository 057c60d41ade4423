/** Bodies up to a limit, whatever their length header says, and however they come. */
import { describe, expect, it } from "vitest";
import { readBody } from "../../workers/core/bounded-body.ts";

/** A request whose body comes in these chunks, and breaks off behind them when told. */
function requestOf(chunks: string[], headers: Record<string, string> = {}, breaksOff = false) {
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
      else if (breaksOff) controller.error(new Error("broken off"));
      else controller.close();
    },
    cancel() {
      cancelled = true;
    },
  });
  return { request: { body, headers: new Headers(headers) }, wasCancelled: () => cancelled };
}

async function textOf(...given: Parameters<typeof requestOf>) {
  const { body, bodyFault } = await readBody(requestOf(...given).request, 6);
  return bodyFault ?? new TextDecoder().decode(body);
}

describe("a body", () => {
  it.each<[string, Parameters<typeof requestOf>, string]>([
    ["of one chunk", [["abc"]], "abc"],
    ["of several", [["ab", "cd", "ef"]], "abcdef"],
    ["of none", [[]], ""],
    ["longer than the limit", [["abcd", "efg"]], "too_large"],
    ["that says it is longer", [["abc"], { "Content-Length": "7" }], "too_large"],
    ["that says it is shorter", [["abcd", "efg"], { "Content-Length": "1" }], "too_large"],
    ["that breaks off", [["abc"], {}, true], "malformed_body"],
  ])("%s", async (_, given, expected) => {
    expect(await textOf(...given)).toBe(expected);
  });

  it("that is too long is not taken in any further", async () => {
    const { request, wasCancelled } = requestOf(["abcd", "efg", "hij"]);
    await readBody(request, 6);
    expect(wasCancelled()).toBe(true);
  });

  it("that is not there is not waited for", () => {
    expect(readBody({ body: null, headers: new Headers() }, 6)).toEqual({ body: new Uint8Array(0) });
  });
});
