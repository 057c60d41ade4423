/** A list that is sent as the body of a request: text in UTF-8, within a limit. */
import { readBody } from "../../core/bounded-body.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Problem } from "./problem.ts";

/** The text of the body. Refuses what is larger than `most` bytes, and what is no UTF-8. */
export async function readText(request: Request, most: number): Promise<Result<string, Problem>> {
  const { body, bodyFault } = await readBody(request, most);
  const text = bodyFault ? null : textOf(body);
  if (text === null) return refuse({ name: "too_large", detail: `A list has at most ${most} bytes of UTF-8.` });
  return accept(text);
}

/** The bytes as UTF-8; null where they are none. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
