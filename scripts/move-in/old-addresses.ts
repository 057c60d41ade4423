/** Has placed links of the old tracker go on working: the tracker whose paths and words are spoken on its host, and what its links' addresses mean. */
import { DAY_MS } from "../../workers/core/time-units.ts";
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import type { OldProgramme } from "./old-programme.ts";

const AT_ONCE = 1_000;
/** Longer nobody is told of what is unknown here. */
const RELAYED_DAYS = 90;

export interface OldAddresses {
  slug: string;
  name: string;
  dialect: string;
  /** The host that placed links carry. */
  host: string;
  /** Slug of who keeps what names no click that is known. */
  advertiser: string;
  /** Where the old tracker still answers: for 90 days it is told of postbacks whose click is unknown here. */
  oldOrigin?: string;
}

/** How many addresses lead on, and what the console said of those that cannot. */
export interface BroughtAddresses {
  set: number;
  faults: { alias: string; detail: string }[];
}

/** Makes the tracker where it is not here, and says what each address means; done again it changes nothing. Throws where another one is here under its slug. */
export async function bringAddresses(
  fetchConsole: ConsoleFetch,
  tracker: OldAddresses,
  { links }: OldProgramme,
  nowMs: number,
): Promise<BroughtAddresses> {
  await ensureTracker(fetchConsole, tracker, nowMs);
  const aliases = links.flatMap(({ slug: link, aliases: own }) => own.map((alias) => ({ alias, link })));
  const path = `/api/trackers/${encodeURIComponent(tracker.slug)}/aliases`;
  const brought: BroughtAddresses = { set: 0, faults: [] };
  for (let at = 0; at < aliases.length; at += AT_ONCE) {
    const piece = aliases.slice(at, at + AT_ONCE);
    const { errors } = await callConsole(fetchConsole, { method: "PUT", path, body: { aliases: piece } });
    const faults = (Array.isArray(errors) ? errors : []).map(({ index, detail }) => ({
      alias: piece[Number(index)]?.alias ?? "",
      detail: String(detail),
    }));
    brought.set += piece.length - faults.length;
    brought.faults.push(...faults);
  }
  return brought;
}

async function ensureTracker(
  fetchConsole: ConsoleFetch,
  { oldOrigin, ...tracker }: OldAddresses,
  nowMs: number,
): Promise<void> {
  const found = await callConsole(
    fetchConsole,
    { path: `/api/trackers/${encodeURIComponent(tracker.slug)}` },
    [200, 404],
  );
  if (found.slug === tracker.slug) {
    if (found.host === tracker.host && found.dialect === tracker.dialect) return;
    throw new Error(
      `there is another tracker “${tracker.slug}” here, a ${found.dialect} on ${found.host}: change or end it first`,
    );
  }
  const relayUntil = new Date(nowMs + RELAYED_DAYS * DAY_MS - DAY_MS / 2).toISOString();
  const relayed = oldOrigin === undefined ? {} : { old_origin: oldOrigin, relay_until: relayUntil };
  await callConsole(fetchConsole, { method: "POST", path: "/api/trackers", body: { ...tracker, ...relayed } });
}
