/** Hosts of other trackers: the name that placed links carry, and the origin at which the old tracker still answers. */

const MOST_CHARACTERS = 253;
/** A name in letters that DNS has; what is written in others comes as punycode. No address: a host is repointed by its name. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** A host name as browsers write it (lower case, punycode), without scheme, port or path. Null for what is none. */
export function readTrackerHost(text: string): string | null {
  const host = text.trim().replace(/\.$/, "");
  if (host === "" || /[\s/?#@\\:*]/.test(host)) return null;
  const normal = URL.parse(`https://${host}/`)?.hostname ?? "";
  return normal.length <= MOST_CHARACTERS && HOST.test(normal) ? normal : null;
}

/** The host of a request, in lower case and without its port, as a tracker's is kept: without the dot of the root. Null where it is longer than any is, and than a key may be. */
export function askedHost(host: string): string | null {
  const bare = host.endsWith(".") ? host.slice(0, -1) : host;
  return bare.length <= MOST_CHARACTERS ? bare : null;
}

/** An origin, `https://old.example` or `http://203.0.113.7:8080`: nothing behind it but a slash. Null for what is none. */
export function readOldOrigin(text: string): string | null {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  const isBare =
    url.username === "" && url.password === "" && url.pathname === "/" && url.search === "" && url.hash === "";
  return isBare && !/[?#]/.test(text) ? url.origin : null;
}
