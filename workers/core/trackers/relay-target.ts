/** The request as the old tracker is told it, should it name a click that nobody here knows. */
import type { Parameter } from "../postback/parameter.ts";

/** On what is relayed: where an old tracker's host leads to one that is spoken here, it is told nobody again, and goes round no more. */
export const RELAYED_HEADER = "x-clickback-relayed";

/**
 * Path and query as they came, with what was posted in the query, without the parameter `ours`: a secret that is the set-up's here, and which the old tracker never had.
 */
export function relayTarget(target: string, body: readonly Parameter[], ours: string | null): string {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const sent = mark < 0 ? [] : target.slice(mark + 1).split("&");
  const isTold = (name: string | undefined) => ours === null || name?.toLowerCase() !== ours;
  const kept = sent.filter((pair) => isTold([...new URLSearchParams(pair).keys()][0]));
  const posted = body.filter(({ name }) => isTold(name)).map(({ name, text }) => [name, text ?? ""]);
  const query = [...kept, ...(posted.length > 0 ? [new URLSearchParams(posted).toString()] : [])];
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}
