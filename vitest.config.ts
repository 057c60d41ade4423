import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

const PURE = "test/core/**/*.test.ts";

// Compiled code is kept for all processes that follow: every file's workers, and some two hundred scripts that tests run.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

export default defineConfig({
  test: {
    // One more than the two cores of a small machine: half of what the longest files take is waiting, for queues and for pages.
    maxWorkers: 3,
    // Files share processes: to start one for each file, and to load everything in it, took longer than most tests.
    isolate: false,
    setupFiles: "test/restore.ts",
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "core", include: [PURE] } },
      {
        extends: true,
        test: { name: "system", include: ["test/**/*.test.ts"], exclude: [PURE], globalSetup: "test/bundles.ts" },
      },
    ],
  },
});
