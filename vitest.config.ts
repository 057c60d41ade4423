import { defineConfig } from "vitest/config";

// Two cores: the flow tests each run a whole platform, so no more than two files at a time.
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], maxWorkers: 2, testTimeout: 30_000, hookTimeout: 60_000 },
});
