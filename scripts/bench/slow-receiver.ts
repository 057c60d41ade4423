/** The receiver of the benchmark: answers 200 after a few milliseconds, or keeps everybody waiting until it is told to let go. */
import { createServer, type ServerResponse } from "node:http";
import { HOST } from "../local/options.ts";

export interface SlowReceiver {
  origin: string;
  /** When the request with this `id` first came, by `performance.now()`. */
  cameAtMs: ReadonlyMap<string, number>;
  /** Waits until so many have come. */
  came(count: number): Promise<void>;
  forget(): void;
  stop(): void;
}

export const ANSWERS_AFTER_MS = 5;

/** One that hangs as long as `isHanging` says so. */
export async function startSlowReceiver(isHanging: () => boolean = () => false): Promise<SlowReceiver> {
  const cameAtMs = new Map<string, number>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const answer = (response: ServerResponse): void => {
    setTimeout(() => (isHanging() ? answer(response) : response.end("OK")), ANSWERS_AFTER_MS);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const id = new URL(request.url ?? "/", "http://receiver").searchParams.get("id") ?? "";
    if (!cameAtMs.has(id)) cameAtMs.set(id, performance.now());
    answer(response);
    for (const one of waiting.filter(({ count }) => cameAtMs.size >= count)) one.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    origin: `http://${HOST}:${port}`,
    cameAtMs,
    came: (count) =>
      cameAtMs.size >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
    forget: () => cameAtMs.clear(),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
