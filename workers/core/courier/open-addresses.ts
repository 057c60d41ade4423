/** Whether what a receiver's name leads to lies on the open internet: asked of the answers of DNS, since any name may lead behind our own walls. */
import ipaddr from "ipaddr.js";

/** True where all addresses that a name leads to are on the open internet; false where there is none, too. IPv4 within IPv6 counts as what it is. */
export function areOpenAddresses(addresses: readonly string[]): boolean {
  return addresses.length > 0 && addresses.every(isOpenAddress);
}

function isOpenAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  // NAT64 (RFC 6052) and 6to4 (RFC 3056) hold an IPv4 address each, and are no `unicast` to it.
  return address.range() === "unicast";
}
