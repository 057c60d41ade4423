/** What is said where no answer came: whom was asked what, why, and where to look; and no script calls fetch without it. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reach, whyUnreached } from "../../scripts/reach.ts";

async function withServer(work: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer((request) => request.url?.startsWith("/breaks") && request.socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  await work(`http://127.0.0.1:${address.port}`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

test("a connection that breaks, an answer that does not come and a port where nobody listens are told apart, without the query", async () => {
  let origin = "";
  await withServer(async (at) => {
    origin = at;
    await expect(reach(`${at}/breaks?token=secret`, { method: "POST" })).rejects.toThrow(
      new RegExp(`^POST ${at}/breaks got no answer: .*: it broke off: look at what the other side printed last`),
    );
    await expect(reach(`${at}/hangs`, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
      new RegExp(`^GET ${at}/hangs got no answer: .*: it took too long`),
    );
  });
  await expect(reach(`${origin}/gone`)).rejects.toThrow(
    /\/gone got no answer: .*ECONNREFUSED.*: nothing listens there/,
  );
});

test("a failure of anything else keeps its own words, with its cause", () => {
  expect(whyUnreached(new Error("the copy is not whole", { cause: new Error("row 7 is missing") }))).toBe(
    "the copy is not whole (row 7 is missing)",
  );
  expect(whyUnreached(new TypeError("fetch failed", { cause: new AggregateError([], "") }))).not.toContain(
    "fetch failed",
  );
});

test("no script calls fetch itself, where its failure would say only that it failed", () => {
  const folder = join(import.meta.dirname, "../../scripts");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const bare = files.filter((name) =>
    /(?:await|return|=>) fetch\(|\bfetch, /.test(readFileSync(join(folder, name), "utf8")),
  );
  // The tracker's API is given its fetch; the local door is a worker.
  expect(bare.sort()).toEqual(["move-in/old-api.ts", "reach.ts"]);
});
