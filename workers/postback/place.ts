/** Where a request goes: `/p/{advertiser}`, its pixel or its batch. */

export interface Place {
  door: "postback" | "pixel" | "batch";
  slug: string;
  /** What this door answers. */
  methods: readonly string[];
}

/** As forgiving as the links are: people type these addresses. What is signed is the path as sent, whichever way it is written. */
const PATH = /^\/p\/([a-z0-9][a-z0-9_-]{0,62})(\.gif|\/batch)?\/?$/i;
const DOORS: ReadonlyMap<string, Place["door"]> = new Map([
  [".gif", "pixel"],
  ["/batch", "batch"],
]);
const METHODS = { postback: ["GET", "POST"], pixel: ["GET"], batch: ["POST"] } as const;

/** Path and query as they were sent; `new URL` would rewrite what a signature covers, and throws where two Host headers came. */
export function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  const hash = url.indexOf("#");
  if (slash < 0) return "/";
  return hash < 0 ? url.slice(slash) : url.slice(slash, hash);
}

/** Null for a path that is none of ours. */
export function readPlace(target: string): Place | null {
  const mark = target.indexOf("?");
  const match = PATH.exec(mark < 0 ? target : target.slice(0, mark));
  if (!match?.[1]) return null;
  const door = DOORS.get(match[2]?.toLowerCase() ?? "") ?? "postback";
  return { door, slug: match[1].toLowerCase(), methods: METHODS[door] };
}
