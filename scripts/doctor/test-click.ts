/** A test click, made over HTTP as a visitor makes one. */
import { readTestClick, TEST_BROWSER, testClickUrl } from "../../workers/core/sender/test-click.ts";
import { reach } from "../reach.ts";
import { until } from "../until.ts";
import type { TestLink } from "./test-link.ts";

/** A change in the console is live at the edge within two minutes. */
const LIVE_WITHIN_MS = 130_000;
const LOOK_EVERY_MS = 2_000;

/** The click ID out of the redirect. Throws when there is none, or when it is not a test's; a link that was just made has time to get known. */
export async function testClick({ url, made }: TestLink): Promise<string> {
  const look = async () => {
    const init = { redirect: "manual", headers: { "user-agent": TEST_BROWSER } } as const;
    const answer = await reach(testClickUrl(url, "doctor"), init);
    await answer.arrayBuffer();
    const location = answer.headers.get("location") ?? "";
    const read = readTestClick(answer.status, location);
    if ("found" in read) return read.found;
    if (read.wrong === "not a test's") throw new Error(`${url} gave a click ID that is not marked as a test`);
    said = `${url} answered ${answer.status}${location === "" ? "" : ` to ${location}`} without a click ID`;
    if (read.wrong === "unknown link") return null;
    throw new Error(said);
  };
  let said = "";
  const found = await until(look, { everyMs: LOOK_EVERY_MS, withinMs: made ? LIVE_WITHIN_MS : -1 });
  if (found === null) throw new Error(said);
  return found;
}
