/** The invented history of `npm start`: ninety days that the books agree on, and that a hard end in the middle does not leave half. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { consoleFetch } from "../../scripts/console-api.ts";
import { drawHistory, HISTORY_DAYS } from "../../scripts/history/draw-history.ts";
import { verifyBooks } from "../../scripts/verification.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { waitFor } from "../flow/system.ts";
import { freePorts, interrupt, npm, type Run } from "./platform.ts";

const TOKEN = "a-token-of-the-environment";
const WITHIN_MS = 240_000;
const AT_MS = Date.UTC(2026, 10, 30, 15);

const dir = mkdtempSync(join(tmpdir(), "clickback-history-"));
const runs: Run[] = [];

afterAll(async () => {
  for (const run of runs) if (run.process.exitCode === null && run.process.signalCode === null) interrupt(run);
  await Promise.all(runs.map(({ ended }) => ended));
  rmSync(dir, { recursive: true, force: true });
}, WITHIN_MS);

test("the same moment draws the same history, to the last receipt", async () => {
  const ring = await importKeyRing(JSON.stringify({ signing: 1, keys: { 1: btoa("k".repeat(32)) } }));
  if (!ring.ok) throw new Error(ring.refusal);
  const draw = () => drawHistory(AT_MS, () => ({ link: 1, offer: 1, affiliate: 1, advertiser: 1 }), ring.value);
  const history = draw();
  expect(draw()).toEqual(history);
  const times = history.postbacks.map(({ receivedAtMs }) => receivedAtMs);
  expect(Math.max(...times)).toBeLessThan(AT_MS);
  expect(new Set(times.map((timeMs) => Math.floor(timeMs / DAY_MS))).size).toBeGreaterThanOrEqual(HISTORY_DAYS);
  const receipts = history.postbacks.map(({ receipt }) => receipt);
  expect(new Set(receipts).size).toBe(receipts.length);
});

test(
  "a start that is killed while it writes is finished by the next one, and the books agree",
  async () => {
    const port = await freePorts();
    const start = () => {
      const run = npm(["start", "--", "--state", join(dir, "state")], { PORT: String(port), CONSOLE_TOKEN: TOKEN });
      runs.push(run);
      return run;
    };
    const fetchConsole = consoleFetch(`http://localhost:${port + 2}`, TOKEN);
    const read = async (path: string) => JSON.parse(await (await fetchConsole(path)).text());
    const overview = async () => {
      const origin = `http://localhost:${port + 2}`;
      const body = new URLSearchParams({ token: TOKEN, next: "/" });
      const signed = await fetch(`${origin}/sign-in`, {
        method: "POST",
        body,
        headers: { origin },
        redirect: "manual",
      });
      const cookie = signed.headers.getSetCookie().map((one) => one.split(";")[0]);
      return (await fetch(`${origin}/`, { headers: { cookie: cookie.join("; ") } })).text();
    };
    const killed = start();
    await waitFor(() => killed.output().endsWith("\nready\n"), WITHIN_MS);
    // The first links are there, and the last statement is not.
    await waitFor(async () => (await fetchConsole("/api/links/roast-monthly-trail-diary")).status === 200, WITHIN_MS);
    expect(await overview()).toContain("are being written");
    process.kill(-Number(readFileSync(join(dir, "state/platform.pid"), "utf8")), "SIGKILL");
    await killed.ended;
    const next = start();
    await waitFor(() => next.output().includes("The ninety days are written."), WITHIN_MS);
    expect(await overview()).toContain("began with invented history");
    const now = Date.now();
    const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
    const range = `from=${dayOf(now - 91 * DAY_MS)}&to=${dayOf(now + DAY_MS)}`;
    const { rows } = await read(`/api/reports?${range}&metrics=clicks,conversions,renewals&group_by=day`);
    const daysOf = (metric: string) =>
      new Set(rows.flatMap((row: Record<string, unknown>) => (Number(row[metric]) > 0 ? [row.day] : []))).size;
    expect(daysOf("clicks")).toBeGreaterThanOrEqual(HISTORY_DAYS);
    expect(daysOf("conversions")).toBeGreaterThanOrEqual(HISTORY_DAYS);
    expect(daysOf("renewals")).toBeGreaterThan(30);
    expect(await verifyBooks(fetchConsole, 0)).toMatchObject({ disagreements: [], silent: [] });
    const states = async () =>
      (await read("/api/statements?of=affiliates")).items.map(({ state }: { state: string }) => state).sort();
    await waitFor(async () => new Set(await states()).size === 3, 60_000);
  },
  WITHIN_MS * 2,
);
