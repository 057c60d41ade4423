/** Scripts that ask much wait for their budget, and no script waits where that would not help. */
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { consoleFetch } from "../../scripts/console-api.ts";

test.each([
  ["too_many_requests", [429, 429, 200], 200],
  ["too_many_tries", [429, 200], 429],
])("%s", async (name, statuses, expected) => {
  let asked = 0;
  const server = createServer((_, answer) => {
    answer.writeHead(statuses[asked++] ?? 500, { "retry-after": "0.01", "content-type": "application/problem+json" });
    answer.end(JSON.stringify({ type: `urn:clickback:problem:${name}` }));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const answer = await consoleFetch(`http://127.0.0.1:${port}`, "a token")("/receipts/x");
  expect({ status: answer.status, asked }).toEqual({ status: expected, asked: statuses.indexOf(expected) + 1 });
  expect(await answer.json()).toMatchObject({ type: expect.stringContaining(name) });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
