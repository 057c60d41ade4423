/** The contract of GET /c/{slug}: status, headers, destination, what counts and what does not. */
import { describe, expect, it } from "vitest";
import { readClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { CLICK_KEYS, LINK, locationOf, startEdge } from "./edge.ts";

async function readId(id: string | null) {
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const click = await readClickId(ring.value, id ?? "");
  if (!click.ok) throw new Error(click.refusal);
  return click.value;
}

describe("a click", () => {
  it("redirects with a sealed click ID, and says so in its headers", async () => {
    const edge = startEdge();
    const answer = await edge.visit("/c/demo");
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(answer.headers)).toEqual({
      location: expect.stringMatching(/^https:\/\/shop\.example\/shoes\?click_id=[0-9a-hjkmnp-tv-z]{36}&from=blog$/),
      "cache-control": "no-store",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-robots-tag": "noindex",
    });
    const click = await readId(locationOf(answer).searchParams.get("click_id"));
    expect(click).toMatchObject({ link: LINK.link, test: false, provisional: false });
    expect(Math.abs(Date.now() - click.issuedAtMs)).toBeLessThan(5_000);
  });
});
