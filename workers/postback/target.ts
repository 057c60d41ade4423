/** What a request is aimed at: its path and query, as they were sent. */

/** `new URL` would rewrite what a signature covers, and throws where two Host headers came. */
export function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  const hash = url.indexOf("#");
  if (slash < 0) return "/";
  return hash < 0 ? url.slice(slash) : url.slice(slash, hash);
}
