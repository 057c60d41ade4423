/** An advertiser as the console shows it to who may send in its name. */
import * as v from "valibot";
import type { Mapping } from "../../schema/records.ts";
import { readMapping } from "../../workers/core/postback/mapping.ts";
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import { originOf } from "../find-console.ts";

export interface Advertiser {
  /** `open`, `token` or `signed`. */
  auth: string;
  /** Where its postbacks go. */
  origin: string;
  /** Null where the master key that it was derived from is no longer held. */
  token: string | null;
  secret: string | null;
  /** Its own words; null where they cannot be read. */
  mapping: Mapping | null;
  /** The names of its offers' events. */
  events: string[];
}

const offers = v.object({ items: v.array(v.object({ events: v.array(v.object({ name: v.string() })) })) });

/** Reads mode, address and present credentials; takes an admin's token. Throws, with the console's own words, when there is no such advertiser. */
export async function readAdvertiser(fetchConsole: ConsoleFetch, slug: string): Promise<Advertiser> {
  const path = `/api/advertisers/${encodeURIComponent(slug)}`;
  const { auth, mapping } = await callConsole(fetchConsole, { path });
  const { token, signing_secret, postback_url } = await callConsole(fetchConsole, { path: `${path}/credentials` });
  const words = readMapping(mapping ?? {});
  const listed = await callConsole(fetchConsole, {
    path: `/api/offers?limit=1000&advertiser=${encodeURIComponent(slug)}`,
  });
  const events = v.parse(offers, listed).items.flatMap((offer) => offer.events.map(({ name }) => name));
  return {
    auth: String(auth),
    origin: originOf("the advertiser's postback_url", String(postback_url)),
    token: typeof token === "string" ? token : null,
    secret: typeof signing_secret === "string" ? signing_secret : null,
    mapping: words.ok ? words.value : null,
    events: [...new Set(events)],
  };
}
