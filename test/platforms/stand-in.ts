/** The doubles behind one address of this machine: each vendor's host is the first part of the path, as the courier's var `PLATFORMS_AT` has it. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { DOUBLES, type DoubleRequest, type PlatformDouble } from "./doubles.ts";

export interface StandIn {
  origin: string;
  double: PlatformDouble;
  asked: DoubleRequest[];
  stop(): Promise<void>;
}

export async function startStandIn(name: keyof typeof DOUBLES): Promise<StandIn> {
  const double = DOUBLES[name](() => Date.now());
  const asked: DoubleRequest[] = [];
  const server = createServer(async (request, response) => {
    const headers = Object.entries(request.headers).map(([own, value]) => [own, String(value)] as const);
    const url = `https://${(request.url ?? "").slice(1)}`;
    const one = { method: request.method ?? "", url, headers, body: (await text(request)) || null };
    asked.push(one);
    const { status, body } = double.answer(one);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : null;
  return {
    origin: `http://127.0.0.1:${port}`,
    double,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
