/** Old trackers among destinations: what is relayed to one stands in the delivery log under its tracker's name. */
import { relayOf } from "../../core/courier/relay-notice.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import type { NamedDestination } from "./store.ts";

/** A destination's slug has no colon. */
const PREFIX = "tracker:";
const KIND = "relay";

/** Those that may ever have been told anything, the newest first: operators see them, and nobody else any. */
export async function namedRelays({ DB }: Pick<Env, "DB">, { scope }: Caller): Promise<NamedDestination[]> {
  if (scope !== "everything") return [];
  const query = "SELECT number, slug FROM trackers WHERE old_origin IS NOT NULL ORDER BY number DESC";
  const { results } = await DB.prepare(query).all<{ number: number; slug: string }>();
  return results.map(({ number, slug }) => ({ number: relayOf(number), slug: PREFIX + slug, kind: KIND }));
}

export function isRelayName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** The page of a destination, or of the tracker whose old origin is told. */
export function pathOfNamed(name: string): string {
  return isRelayName(name)
    ? `/trackers/${encodeURIComponent(name.slice(PREFIX.length))}`
    : `/destinations/${encodeURIComponent(name)}`;
}
