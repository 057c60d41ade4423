/** The click worker in workerd, as it is deployed: its size, bytes that no client library sends, and what dies with an isolate. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BROWSER } from "./edge.ts";
import { buildClickWorker, type ClickWorker, startClickWorker } from "./workerd.ts";

/** Of these some 1.5 KiB are the script for shops' pages, which the worker serves, and some 6 KiB what other trackers' paths mean. */
const MAX_GZIPPED_BYTES = 22.5 * 1024;

let bundle: string;
let worker: ClickWorker;
beforeAll(async () => {
  bundle = await buildClickWorker();
  worker = await startClickWorker(bundle);
});
afterAll(() => worker?.stop());

async function visit(path: string): Promise<string | null> {
  const answer = await fetch(new URL(path, worker.origin), { redirect: "manual", headers: { "user-agent": BROWSER } });
  await answer.arrayBuffer();
  return answer.headers.get("location");
}

/** The click ID of a redirect. */
const idOf = (location: string | null) => (location === null ? null : new URL(location).searchParams.get("click_id"));

describe("the bundle", () => {
  it("is under 22.5 KiB gzipped", () => {
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  it("is our own code only", () => {
    expect(bundle).not.toContain("node_modules/");
  });
});

describe("bytes that no client library sends", () => {
  /** Sends bytes and gives the status of the answer, or 0 when the connection is closed without one. */
  function raw(bytes: string): Promise<{ status: number; answer: string }> {
    return new Promise((resolve, reject) => {
      const socket = connect(worker.port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
      let answer = "";
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on("data", (data) => {
        answer += data.toString("latin1");
        if (answer.includes("\r\n\r\n")) socket.destroy();
      });
      socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0), answer }));
      socket.on("error", reject);
    });
  }
  const get = (...headers: string[]) => `${["GET /c/demo HTTP/1.1", ...headers].join("\r\n")}\r\n\r\n`;

  it.each([
    ["two Host headers", get("Host: a", "Host: b"), [400]],
    ["an empty Host", get("Host:"), [302, 400]],
    ["a Host that is none", get("Host: a b\\c"), [302, 400]],
    ["no Host", get("X: y"), [302, 400]],
    ["a path of bytes above 127", "GET /c/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", [400, 404]],
    ["an unencoded # in the query", "GET /c/demo?sub1=a#b HTTP/1.1\r\nHost: a\r\n\r\n", [302, 400]],
    ["an absolute target", "GET http://evil.example/c/demo HTTP/1.1\r\nHost: a\r\n\r\n", [302, 400, 404]],
    ["a target without slash", "GET c/demo HTTP/1.1\r\nHost: a\r\n\r\n", [400, 404]],
    ["an unknown method", "BREW /c/demo HTTP/1.1\r\nHost: a\r\n\r\n", [400, 405, 501]],
    ["a header of bytes above 127", get("Host: a", "User-Agent: \xff\xfe\x80"), [302]],
    ["a NUL in a header", get("Host: a", "Referer: a\0b"), [0, 302, 400]],
    ["a bare line feed in a header", get("Host: a", "X: a\nSet-Cookie: b"), [302, 400]],
    ["a header of 8 KB", get("Host: a", `Referer: ${"x".repeat(8_000)}`), [302]],
    ["a query of 8 KB", `GET /c/demo?${"%ff&=".repeat(1_600)} HTTP/1.1\r\nHost: a\r\n\r\n`, [302]],
    ["no HTTP at all", "hello\r\n\r\n", [0, 400]],
  ])("%s", async (_, bytes, expected) => {
    const { status, answer } = await raw(bytes);
    expect(expected).toContain(status);
    expect(answer.split("\r\n\r\n", 1)[0]).not.toMatch(/set-cookie/i);
  });
});

describe("the click log", () => {
  it("has every click that was answered, a moment later", async () => {
    const ids = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => idOf(await visit(`/c/demo?sub1=${index}`))),
    );
    await vi.waitFor(() => expect(worker.logged.filter((click) => ids.includes(click.clickId))).toHaveLength(500), {
      timeout: 5_000,
    });
  });

  it("lacks no more than the last moment's clicks, whenever the isolate dies", async () => {
    const answered: { id: string; atMs: number }[] = [];
    /** At each look: the clicks that a death at this moment would lose, as seconds of clicks and as the oldest one's age. */
    const looks: { lost: number; oldestMs: number }[] = [];
    const startMs = Date.now();
    const look = setInterval(() => {
      const logged = new Set(worker.logged.map((click) => click.clickId));
      const missing = answered.filter(({ id }) => !logged.has(id));
      looks.push({ lost: missing.length, oldestMs: Date.now() - (missing[0]?.atMs ?? Date.now()) });
    }, 37);
    while (Date.now() - startMs < 4_000) {
      answered.push({ id: idOf(await visit("/c/demo")) ?? "", atMs: Date.now() });
      await sleep(2);
    }
    clearInterval(look);
    const perSecond = answered.length / 4;
    const mean = looks.reduce((sum, { lost }) => sum + lost, 0) / looks.length / perSecond;
    const oldestMs = Math.max(...looks.map((seen) => seen.oldestMs));
    console.log(
      `an isolate that dies loses ${mean.toFixed(2)} s of its clicks on average; the oldest was ${oldestMs} ms old`,
    );
    expect(mean).toBeLessThan(0.8);
    // A moment is a second; the message under way and a busy machine's timers take a little more.
    expect(oldestMs).toBeLessThan(1_700);
  });
});
