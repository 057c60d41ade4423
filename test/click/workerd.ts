/** The click worker as it is deployed: its real bundle in workerd, on a socket of its own. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { linkKey } from "../../schema/records.ts";
import { writeBundle } from "../../scripts/kept-bundles.ts";
import { inTemporaryDirectory } from "../../scripts/temporary-directory.ts";
import { CLICK_KEYS, LINK } from "./edge.ts";

const HOST = "127.0.0.1";

/** Builds the worker as a deploy would, and gives its one file. */
export function buildClickWorker(): Promise<string> {
  return inTemporaryDirectory("click-worker-", async (directory) => {
    await writeBundle({ section: "click", entry: "workers/click/index.ts" }, directory);
    return readFileSync(join(directory, "index.js"), "utf8");
  });
}

export interface ClickWorker {
  port: number;
  origin: string;
  /** Clicks that the log has. */
  logged: LoggedClick[];
  stop(): Promise<void>;
}

/** Starts the bundle with link `demo`. Its queue is played by this process, so that it is known at every moment what has been sent. */
export async function startClickWorker(bundle: string): Promise<ClickWorker> {
  const logged: LoggedClick[] = [];
  const log = createServer(async (request, response) => {
    const bytes = await request.toArray();
    const message: ClicksMessage = JSON.parse(Buffer.concat(bytes).toString());
    logged.push(...message.clicks);
    response.end();
  });
  await new Promise<void>((resolve) => log.listen(0, HOST, resolve));
  const miniflare = new Miniflare(optionsOf(bundle, portOf(log.address())));
  await miniflare.ready;
  const edge = await miniflare.getKVNamespace("EDGE", "click");
  await edge.put(linkKey("demo"), JSON.stringify(LINK));
  const { port } = await miniflare.unsafeGetDirectURL("click");
  return {
    port: Number(port),
    origin: `http://${HOST}:${port}`,
    logged,
    stop: async () => {
      await miniflare.dispose();
      log.close();
    },
  };
}

function optionsOf(bundle: string, logPort: number) {
  const keeper = `
    import { WorkerEntrypoint } from "cloudflare:workers";
    export default class extends WorkerEntrypoint {
      async send(message) { await fetch("http://${HOST}:${logPort}", { method: "POST", body: JSON.stringify(message) }); }
    }`;
  const common = { modules: true, compatibilityDate: "2026-10-23" } as const;
  return convertV4MiniflareOptions({
    host: HOST,
    cf: false,
    log: new NoOpLog(),
    workers: [
      {
        ...common,
        name: "click",
        script: bundle,
        kvNamespaces: { EDGE: "edge" },
        serviceBindings: { CLICK_LOG: "keeper", POSTBACK: "keeper" },
        bindings: { CLICK_KEYS, EDGE_CACHE_S: "30", CLICK_LOG_MS: "1000" },
        unsafeDirectSockets: [{ host: HOST, port: 0 }],
      },
      { ...common, name: "keeper", script: keeper },
    ],
  });
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("the log does not listen");
  return address.port;
}
