/** Whether an address is one of this machine's that may be told: on one machine, and in tests. In a deploy none is. */

const OWN_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** `ports` is `any`, a list such as `8790,8791`, or empty. */
export function isToldLoopback(url: string, ports: string): boolean {
  const read = URL.parse(url);
  if (read?.protocol !== "http:" || !isOwnName(read.hostname)) return false;
  // An address that names no port names 80, not the nothing that an empty list is made of.
  return ports === "any" || ports.split(",").includes(read.port || "80");
}

/** Whether a host is this machine, as `URL` writes it. */
export function isOwnName(host: string): boolean {
  return OWN_HOSTS.includes(host);
}
