/** A test click, made as a visitor makes one. */
import { setTimeout as sleep } from "node:timers/promises";
import { peekClickId } from "../../workers/core/click-id.ts";
import type { TestLink } from "./test-link.ts";

/** A browser's, so that the visit is a person's. */
const USER_AGENT = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const CLICK_ID = /[0-9a-hjkmnp-tv-z]{36}/;
/** A change in the console is live at the edge within two minutes. */
const LIVE_WITHIN_MS = 130_000;
const LOOK_EVERY_MS = 2_000;

/** The click ID out of the redirect. Throws when there is none, or when it is not a test's. */
export async function testClick({ url, made }: TestLink): Promise<string> {
  const deadlineMs = Date.now() + (made ? LIVE_WITHIN_MS : 0);
  for (;;) {
    const answer = await fetch(`${url}?test=1&sub1=doctor`, {
      redirect: "manual",
      headers: { "user-agent": USER_AGENT },
    });
    await answer.arrayBuffer();
    const location = answer.headers.get("location") ?? "";
    const clickId = CLICK_ID.exec(location)?.[0];
    if (clickId !== undefined) {
      if (!peekClickId(clickId)?.test) throw new Error(`${url} gave a click ID that is not marked as a test`);
      return clickId;
    }
    if (answer.status !== 404 || Date.now() > deadlineMs)
      throw new Error(`${url} answered ${answer.status}${location === "" ? "" : ` to ${location}`} without a click ID`);
    await sleep(LOOK_EVERY_MS);
  }
}
