/** Whether a promise was kept: by what stands under a checkpoint of the message, and since when. */
import { formatInstant } from "../../workers/core/instant.ts";
import type { SignedPromise } from "../../workers/core/signed-log/promise.ts";

export interface PromiseVerdict {
  /** `open`: there is time left. `foreign`: it is of another message. */
  verdict: "kept" | "late" | "open" | "broken" | "foreign";
  why: string;
}

/** `loggedAtMs` is when the checkpoint was made that the message stands under; null where it stands under none. */
export function judgePromise(
  promise: SignedPromise,
  {
    receipt,
    hash,
    loggedAtMs,
    nowMs,
  }: { receipt: string; hash: string | null; loggedAtMs: number | null; nowMs: number },
): PromiseVerdict {
  const { byMs } = promise;
  const by = formatInstant(byMs);
  if (promise.receipt !== receipt) return { verdict: "foreign", why: `it is of the receipt ${promise.receipt}` };
  if (hash !== null && hash !== promise.hash)
    return { verdict: "foreign", why: "it is of another request than the one you sent" };
  if (loggedAtMs === null)
    return nowMs > byMs
      ? { verdict: "broken", why: `it was to be entered by ${by}, and stands under no checkpoint` }
      : { verdict: "open", why: `it stands under no checkpoint yet, and has until ${by}` };
  const at = formatInstant(loggedAtMs);
  if (loggedAtMs > byMs)
    return { verdict: "late", why: `it was to be entered by ${by}, and stands under a checkpoint of ${at}` };
  return { verdict: "kept", why: `it was to be entered by ${by}, and was by ${at}` };
}
