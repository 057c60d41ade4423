/** A test click, as a visitor makes one: how it is asked for, and what the click worker's answer says of it. */
import { peekClickId } from "../click-id.ts";

/** A browser's, so that the visit is a person's. */
export const TEST_BROWSER =
  "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const CLICK_ID = /[0-9a-hjkmnp-tv-z]{36}/g;

/** The address of a test click on the link at `url`; `from` is its first sub-id. */
export function testClickUrl(url: string, from: string): string {
  return `${url}?${new URLSearchParams({ test: "1", sub1: from })}`;
}

export type TestClick = { found: string } | { wrong: "unknown link" | "no click ID" | "not a test's" };

/** Takes the status and the location of the answer; gives the test click's ID, or what is wrong: a link that was just made is unknown to the edge for a while. */
export function readTestClick(status: number, location: string): TestClick {
  const ids = location.match(CLICK_ID) ?? [];
  const found = ids.find((id) => peekClickId(id)?.test === true);
  if (found !== undefined) return { found };
  if (ids.length > 0) return { wrong: "not a test's" };
  return { wrong: status === 404 ? "unknown link" : "no click ID" };
}

/** A click ID that nobody issued: the same one with its last character changed to another of its alphabet. */
export function forgeClickId(clickId: string): string {
  return clickId.slice(0, -1) + (clickId.endsWith("0") ? "1" : "0");
}
