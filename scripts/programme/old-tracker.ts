/** What `npm start` begins with besides its programme: the tracker from which Acme moved, with two placed links, so that its pages show something and its links can be followed. */
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import { ACME, DEMO_LINK } from "./acme.ts";

/** Browsers and curl ask this machine for every name below `localhost`. */
export const OLD_TRACKER = {
  slug: "old-keitaro",
  name: "The Keitaro before",
  dialect: "keitaro",
  advertiser: ACME.slug,
  host: "trk.localhost",
  sub_ids: { keyword: "sub3" },
} as const;
/** The key in the postback URLs that the old tracker gave away. */
export const OLD_KEY = "0f3ab1c2d4e5f607";
export const OLD_ALIASES = ["x7Kd93ab", "spring-shoes"] as const;

/** Makes it where it is not there yet. */
export async function ensureOldTracker(fetchConsole: ConsoleFetch): Promise<void> {
  const path = `/api/trackers/${OLD_TRACKER.slug}`;
  const { status } = await fetchConsole(path);
  if (status !== 404) return;
  const body = { ...OLD_TRACKER, secret: OLD_KEY };
  await callConsole(fetchConsole, { method: "POST", path: "/api/trackers", body }, [201]);
  const aliases = OLD_ALIASES.map((alias) => ({ alias, link: DEMO_LINK.slug }));
  await callConsole(fetchConsole, { method: "PUT", path: `${path}/aliases`, body: { aliases } });
}
