/** The click ID that another tracker's click is adopted under: sealed as every other, with the click's own time and link. */
import type { AdoptedClick } from "../../../schema/messages.ts";
import { issueClickId } from "../click-id.ts";
import { hmac } from "../hmac-sha256.ts";
import type { KeyRing } from "../key-ring.ts";
import { must } from "../must.ts";
import { passingBytes } from "../passing-bytes.ts";

/** The counter's 28 bits. */
const COUNTERS = 2 ** 28;

/**
 * The same click has the same ID, under one signing key, however often it comes: its counter is the beginning of an HMAC over tracker (number), name and `attempt`. The next
 * attempt is for where another click of the same moment and link has that counter: reports tell whole seconds, and a file of a million clicks may hold such a pair.
 */
export function adoptedClickId(
  ring: KeyRing,
  tracker: number,
  { foreignId, link, clickedAtMs }: Pick<AdoptedClick, "foreignId" | "link" | "clickedAtMs">,
  attempt = 0,
): string {
  const key = must(ring.hmac.get(ring.signing), "the signing key", ring.signing);
  const digest = hmac(key, passingBytes(JSON.stringify(["adopted", tracker, foreignId, attempt])));
  const [a = 0, b = 0, c = 0, d = 0] = digest;
  const counter = (((a * 256 + b) * 256 + c) * 256 + d) % COUNTERS;
  return issueClickId(ring, { issuedAtMs: clickedAtMs, link, counter, test: false, provisional: false, adopted: true });
}
