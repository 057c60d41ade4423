/** SHA-256 in hex, which names bytes and stands for what must not be kept. */
import { createHash } from "node:crypto";

/** 64 digits in lower case; of a text, over its UTF-8. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
