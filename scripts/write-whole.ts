/** Files that are written whole or not at all: under another name first, and on disk before they get their own. */
import { renameSync, writeFileSync } from "node:fs";

/** `mode` is that of a new file. */
export function writeWhole(path: string, content: string | Uint8Array, mode?: number): void {
  writeFileSync(`${path}.new`, content, { flush: true, ...(mode === undefined ? {} : { mode }) });
  renameSync(`${path}.new`, path);
}
