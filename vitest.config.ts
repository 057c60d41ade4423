import { defineConfig } from "vitest/config";

const PURE = "test/core/**/*.test.ts";

// Two cores: the flow tests each run a whole platform, so no more than two files at a time.
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      // Core asks for nothing and keeps nothing, so its tests share two processes: starting one for each file took longer than the tests.
      { extends: true, test: { name: "core", include: [PURE], isolate: false } },
      {
        extends: true,
        test: { name: "system", include: ["test/**/*.test.ts"], exclude: [PURE], globalSetup: "test/bundles.ts" },
      },
    ],
  },
});
