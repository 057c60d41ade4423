/** Where to go after signing in: a path of ours, whatever the address says. */

export function pathWithin(next: string, base: URL): string {
  const url = URL.parse(next, base);
  // Two slashes at the beginning would name a host.
  return url && url.origin === base.origin ? url.pathname.replace(/^\/+/, "/") + url.search : "/";
}
