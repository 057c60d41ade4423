/** Has placed links of the old tracker go on working: the tracker whose paths and words are spoken on its host, and what its links' addresses mean. */
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import type { OldProgramme } from "./old-programme.ts";

const AT_ONCE = 1_000;

export interface OldAddresses {
  slug: string;
  name: string;
  dialect: string;
  /** The host that placed links carry. */
  host: string;
  /** Slug of who keeps what names no click that is known. */
  advertiser: string;
  /** Where the old tracker still answers. */
  oldOrigin?: string;
}

/** Makes the tracker where it is not here, and says what each address means; done again it changes nothing. Says how many addresses. */
export async function bringAddresses(
  fetchConsole: ConsoleFetch,
  { oldOrigin, ...tracker }: OldAddresses,
  { links }: OldProgramme,
): Promise<number> {
  const body = { ...tracker, ...(oldOrigin === undefined ? {} : { old_origin: oldOrigin }) };
  await callConsole(fetchConsole, { method: "POST", path: "/api/trackers", body }, [201, 409]);
  const aliases = links.flatMap(({ slug: link, aliases: own }) => own.map((alias) => ({ alias, link })));
  const path = `/api/trackers/${encodeURIComponent(tracker.slug)}/aliases`;
  for (let at = 0; at < aliases.length; at += AT_ONCE)
    await callConsole(fetchConsole, { method: "PUT", path, body: { aliases: aliases.slice(at, at + AT_ONCE) } });
  return aliases.length;
}
