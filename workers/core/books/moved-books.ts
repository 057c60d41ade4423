/** Which messages moved the books: those stay, and the journal has them, also where they came by the pixel. */
import type { StoredMessage } from "./stored.ts";

/** What brought an entry, or a conversion as the pixel made them once. */
export function movedBooks({ outcome, touched }: StoredMessage): boolean {
  return touched.entries.length > 0 || outcome.status === "attributed" || outcome.status === "updated";
}
