/** What the local platform is told, and the directory it keeps its state in. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isDue } from "../../scripts/local/cron.ts";
import { forgetHeld, readHeld } from "../../scripts/local/held.ts";
import { localSecrets, readSecrets } from "../../scripts/local/secrets.ts";
import { readStartOptions } from "../../scripts/local/start-options.ts";
import { claimStateDir, releaseStateDir } from "../../scripts/local/state-dir.ts";
import { importErasureKey } from "../../workers/core/erasure/erased-names.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { openSecret, readOpeningKeys, readSealingKey, sealSecret } from "../../workers/core/sealed-secrets.ts";
import { openProofKeys, openPublicKeys, publishedKeys } from "../../workers/core/signed-log/proof-keys.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clickback-state-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  [
    ["--no-history"],
    {},
    {
      stateDir: "/project/.wrangler/state",
      fresh: false,
      demo: true,
      history: false,
      allowLoopback: false,
      port: 8787,
    },
  ],
  [
    [],
    {},
    { stateDir: "/project/.wrangler/state", fresh: false, demo: true, history: true, allowLoopback: false, port: 8787 },
  ],
  [
    ["--allow-loopback"],
    {},
    { stateDir: "/project/.wrangler/state", fresh: false, demo: true, history: true, allowLoopback: true, port: 8787 },
  ],
  [
    ["--fresh", "--no-demo"],
    {},
    {
      stateDir: "/project/.wrangler/state",
      fresh: true,
      demo: false,
      history: false,
      allowLoopback: false,
      port: 8787,
    },
  ],
  [
    ["--state", "/data"],
    { PORT: "9000" },
    { stateDir: "/data", fresh: false, demo: true, history: true, allowLoopback: false, port: 9000 },
  ],
  [
    ["--state", "here"],
    { INIT_CWD: "/home/me" },
    { stateDir: "/home/me/here", fresh: false, demo: true, history: true, allowLoopback: false, port: 8787 },
  ],
])("%j with %j", (args, environment, options) => {
  expect(readStartOptions(args, environment, "/project")).toEqual(options);
});

test.each([
  [["--bogus"], {}, "--bogus"],
  [["extra"], {}, "extra"],
  [["--state"], {}, "--state"],
  [[], { PORT: "0" }, "PORT"],
  [[], { PORT: "65534" }, "PORT"],
  [[], { PORT: "80a" }, "PORT"],
  [[], { PORT: "-1" }, "PORT"],
  [[], { CONSOLE_TOKEN: "a" }, "openssl rand"],
  [[], { CONSOLE_TOKEN: "nineteen-characters" }, "20 characters"],
  [[], { CONSOLE_TOKEN: "twenty characters and blanks" }, "without blanks"],
])("%j with %j is refused in one line that names %s", (args, environment, named) => {
  const read = () => readStartOptions(args, environment, "/project");
  expect(read).toThrow(named);
  expect(read).toThrow(/^[^\n]+$/);
});

test("secrets are made once, fit the key ring, and are for their owner alone", async () => {
  const made = localSecrets(dir, {});
  expect(localSecrets(dir, {})).toEqual(made);
  expect(statSync(join(dir, "secrets.json")).mode & 0o777).toBe(0o600);
  for (const ring of [made.CLICK_KEYS, made.ADVERTISER_KEYS]) expect((await importKeyRing(ring)).ok).toBe(true);
  expect(made.CLICK_KEYS).not.toBe(made.ADVERTISER_KEYS);
  const [opening, sealing] = [await readOpeningKeys(made.SOURCE_KEYS), await readSealingKey(made.SOURCE_SEALING_KEYS)];
  if (!opening.ok || !sealing.ok) throw new Error("no keys for sources");
  expect(await openSecret(opening.value, "1/shop", await sealSecret(sealing.value, "1/shop", "s"))).toBe("s");
  expect(readFileSync(join(dir, "secrets.json"), "utf8")).not.toMatch(/SOURCE_SEALING_KEYS|PROOF_PUBLIC_KEYS/);
  const [signers, names] = [await openProofKeys(made.PROOF_KEYS), await openPublicKeys(made.PROOF_PUBLIC_KEYS)];
  expect(publishedKeys(names)).toEqual(publishedKeys(signers.names));
});

test("secrets of before there was erasure get its key, once, and keep the others", () => {
  const path = join(dir, "secrets.json");
  const { ERASURE_KEY, ...older } = localSecrets(dir, {});
  writeFileSync(path, JSON.stringify(older));
  const completed = localSecrets(dir, {});
  expect(completed).toEqual({ ...older, ERASURE_KEY: expect.any(String) });
  expect(completed.ERASURE_KEY).not.toBe(ERASURE_KEY);
  expect(() => importErasureKey(completed.ERASURE_KEY)).not.toThrow();
  expect(localSecrets(dir, {})).toEqual(completed);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a state directory is closed to others, also one that was open before, and no other directory is", () => {
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  const ours = join(dir, "ours");
  mkdirSync(ours, { mode: 0o755 });
  writeFileSync(join(ours, "secrets.json"), "{}");
  const theirs = join(dir, "theirs");
  mkdirSync(theirs, { mode: 0o755 });
  writeFileSync(join(theirs, "notes.txt"), "of somebody");
  for (const state of [join(dir, "made"), ours, theirs]) {
    claimStateDir(state, false);
    releaseStateDir(state);
  }
  expect([join(dir, "made"), ours, theirs].map(modeOf)).toEqual([0o700, 0o700, 0o755]);
});

test("CONSOLE_TOKEN of the environment overrides the kept one and is not stored", () => {
  const kept = localSecrets(dir, {}).CONSOLE_TOKEN;
  expect(localSecrets(dir, { CONSOLE_TOKEN: "my-own-token-of-the-console" }).CONSOLE_TOKEN).toBe(
    "my-own-token-of-the-console",
  );
  expect(readSecrets(join(dir, "secrets.json")).CONSOLE_TOKEN).toBe(kept);
});

test("a file of secrets whose console token could be guessed is not taken, and the token not repeated", () => {
  const path = join(dir, "secrets.json");
  writeFileSync(path, JSON.stringify({ ...localSecrets(dir, {}), CONSOLE_TOKEN: "guess-me" }));
  expect(() => readSecrets(path)).toThrow(/secrets\.json: CONSOLE_TOKEN .*openssl rand -base64 24/);
  expect(() => readSecrets(path)).toThrow(/^(?!.*guess-me)/);
});

test("fresh empties a directory of ours, and refuses one that is not", () => {
  localSecrets(dir, {});
  mkdirSync(join(dir, "storage"));
  claimStateDir(dir, true);
  expect(readdirSync(dir)).toEqual(["platform.pid"]);
  releaseStateDir(dir);
  writeFileSync(join(dir, "thesis.txt"), "years of work");
  expect(() => claimStateDir(dir, true)).toThrow("holds no state of Clickback");
  expect(readdirSync(dir)).toEqual(["thesis.txt"]);
});

test("a directory is used by one living process at a time", () => {
  claimStateDir(dir, false);
  expect(() => claimStateDir(dir, false)).toThrow(`in use by process ${process.pid}`);
  // Higher than any process number: the one that wrote it is gone.
  writeFileSync(join(dir, "platform.pid"), "99999999");
  expect(() => claimStateDir(dir, false)).not.toThrow();
});

test("what an older version kept of its queues is read, and forgotten once it is in the journal", () => {
  const held = [{ queue: "postbacks", body: { receipt: "r", text: "ü\n" }, dueMs: 5 }];
  expect(readHeld(dir)).toEqual([]);
  writeFileSync(join(dir, "undelivered.json"), JSON.stringify(held));
  expect(readHeld(dir)).toEqual(held);
  forgetHeld(dir);
  expect(readHeld(dir)).toEqual([]);
});

test.each([
  ["* * * * *", "2026-11-23T08:07:00Z", true],
  ["7 * * * *", "2026-11-23T08:07:30Z", true],
  ["8 * * * *", "2026-11-23T08:07:00Z", false],
  ["*/5 * * * *", "2026-11-23T08:05:00Z", true],
  ["*/5 * * * *", "2026-11-23T08:07:00Z", false],
  ["1-59/2 * * * *", "2026-11-23T08:07:00Z", true],
  ["0,30 8-9 * * *", "2026-11-23T09:30:00Z", true],
  ["0,30 8-9 * * *", "2026-11-23T10:30:00Z", false],
  ["0 0 1 * *", "2026-12-01T00:00:00Z", true],
  ["0 0 1 12 *", "2026-11-01T00:00:00Z", false],
  // A Monday is the second day of the platform's week.
  ["0 8 * * 2", "2026-11-23T08:00:00Z", true],
  ["0 8 * * 1", "2026-11-23T08:00:00Z", false],
])("the cron %s at %s: %s", (expression, time, due) => {
  expect(isDue(expression, Date.parse(time))).toBe(due);
});

test.each(["* * * *", "x * * * *", "@daily"])("the cron expression %s is refused", (expression) => {
  expect(() => isDue(expression, 0)).toThrow(expression.split(" ")[0]);
});
