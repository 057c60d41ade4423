/** Deep links: the page of the shop that an affiliate asks for, taken only when it is one of the offer's own hosts. */

export const MAX_DEEP_LINK_LENGTH = 2_048;

/** No address begins so: it was encoded once more than it is decoded. */
const TWICE_ENCODED = /^https(?:%3a|:%2f)/i;

/**
 * Reads an absolute https address whose host is on the list (exactly, with its port if it is not 443; `*.shop.example` stands for every subdomain).
 * Null otherwise: then the ordinary destination is used. Whatever a lenient parser would turn into another host is refused before it is parsed.
 */
export function readDeepLink(said: string, allowedHosts: readonly string[]): URL | null {
  if (allowedHosts.length === 0 || said.length > MAX_DEEP_LINK_LENGTH) return null;
  const text = TWICE_ENCODED.test(said) ? decodeOnce(said) : said;
  // Browsers strip tabs and line breaks, and read a backslash as a slash.
  if (!/^https:\/\/[^/?#@\\\s]+(?:[/?#]|$)/i.test(text) || /[\u0000-\u0020\u007f\\]/.test(text)) return null;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return null;
  return isOnHosts(allowedHosts, url.host) ? url : null;
}

/** Reads a host for the list as an operator types it, and gives it as browsers write it (lower case, punycode): `shop.example`, `shop.example:8443`, `*.shop.example`. Null when it is none. */
export function readDeepLinkHost(text: string): string | null {
  const host = text.trim();
  const name = host.startsWith("*.") ? host.slice(2) : host;
  if (name === "" || /[/?#@\\*\s\u0000-\u0020]/.test(name) || !URL.canParse(`https://${name}/`)) return null;
  const normal = new URL(`https://${name}/`).host;
  return host.startsWith("*.") ? `*.${normal}` : normal;
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether one of a list such as `shop.example`, `*.shop.example` covers a host, with its port. */
export function isOnHosts(hosts: readonly string[], host: string): boolean {
  return hosts.some((allowed) => covers(allowed, host));
}

function covers(allowed: string, host: string): boolean {
  return allowed === host || (allowed.startsWith("*.") && host.endsWith(allowed.slice(1)) && !host.startsWith("."));
}
