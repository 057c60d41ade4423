/** Where the old tracker still answers what is not spoken here. */
import type { TrackerRecord } from "../../../schema/records.ts";

/** The address of `target` (path and query as the tracker has them) there; null where nothing is set, or it is the host that was asked, which would lead round for ever. */
export function placeOnOldHost(
  { oldOrigin }: Pick<TrackerRecord, "oldOrigin">,
  url: string,
  target: string,
): string | null {
  const old = oldOrigin === undefined ? null : URL.parse(oldOrigin);
  if (!old || old.host === URL.parse(url)?.host) return null;
  return `${old.origin}${target}`;
}
