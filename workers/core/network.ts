/** Who counts as one where callers are counted by address. */
import ipaddr from "ipaddr.js";

/** Leading bits of an IPv6 address that a household or a server has for itself: whoever has one address has the other 2^64. */
const OWN_BITS = 64;

/** The network of an address, as text: an IPv4 address is one of its own, also where it is written as IPv6. What is no address is taken as it is. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const plain = ipaddr.process(address);
  return plain instanceof ipaddr.IPv6
    ? ipaddr.IPv6.networkAddressFromCIDR(`${plain.toString()}/${OWN_BITS}`).toString()
    : plain.toString();
}
