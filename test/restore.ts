/** What a file put in the place of something global ends with the file, since the next one has the same process. */
import { afterAll, vi } from "vitest";

afterAll(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});
