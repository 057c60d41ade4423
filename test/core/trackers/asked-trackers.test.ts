/** Where other trackers may stand that a request asks for, by its host and path. */
import { expect, test } from "vitest";
import { type AskedTracker, askedTrackers } from "../../../workers/core/trackers/asked-trackers.ts";

const HOST = "trk.example.com";
const onHost = (path: string): AskedTracker => ({ at: { host: HOST }, path });

test.each<[string, string, AskedTracker[]]>([
  ["/x7Kd93ab", HOST, [onHost("/x7Kd93ab")]],
  ["/", "trk.example.com.", [onHost("/")]],
  ["/t/old/x7Kd93ab", HOST, [{ at: { slug: "old" }, path: "/x7Kd93ab" }, onHost("/t/old/x7Kd93ab")]],
  ["/T/Old", HOST, [{ at: { slug: "old" }, path: "/" }, onHost("/T/Old")]],
  ["/t/old/", HOST, [{ at: { slug: "old" }, path: "/" }, onHost("/t/old/")]],
  ["/t/click.php", HOST, [onHost("/t/click.php")]],
  ["/t", HOST, [onHost("/t")]],
  ["/t/", HOST, [onHost("/t/")]],
  ["/t/old/x", "a".repeat(254), [{ at: { slug: "old" }, path: "/x" }]],
  ["/x", "a".repeat(254), []],
])("%s of %s", (path, host, asked) => {
  expect(askedTrackers(host, path)).toEqual(asked);
});
