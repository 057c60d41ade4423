/** A directory that is there for a while. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gone when `work` has ended, however it did. */
export async function inTemporaryDirectory<Value>(
  name: string,
  work: (directory: string) => Promise<Value>,
): Promise<Value> {
  const directory = mkdtempSync(join(tmpdir(), name));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
