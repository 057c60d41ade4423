/** Where the old tracker still answers what is not spoken here. */
import type { TrackerRecord } from "../../../schema/records.ts";
import { askedHost } from "./tracker-host.ts";

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

/** A tracker’s host here, and the origin at which the old one still answers. */
export interface HostAndOrigin {
  host: string | null;
  oldOrigin: string | null;
}

/**
 * True where what one tracker sends on to its old origin comes to its host again, at once or by way of `others`, or goes round among those: whoever is sent on would be for
 * ever. Ports say nothing: every one of a host leads where its name does.
 */
export function leadsRound({ host, oldOrigin }: HostAndOrigin, others: readonly HostAndOrigin[]): boolean {
  const onward = new Map(others.map((other) => [other.host, nameIn(other.oldOrigin)]));
  const passed = new Set([host]);
  let at = nameIn(oldOrigin);
  while (at !== null && !passed.has(at)) {
    passed.add(at);
    at = onward.get(at) ?? null;
  }
  return at !== null;
}

function nameIn(origin: string | null): string | null {
  const url = origin === null ? null : URL.parse(origin);
  return url && askedHost(url.hostname);
}
