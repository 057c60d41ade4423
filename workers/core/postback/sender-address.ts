/** Which addresses an advertiser's servers send from: lists of CIDR ranges, IPv4 and IPv6. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. */
import ipaddr from "ipaddr.js";

/** A range: its first address and how many leading bits count. */
export type AddressRange = [ipaddr.IPv4 | ipaddr.IPv6, number];

const MAPPED_BITS = 96;

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. Null for everything else, also octal, hexadecimal and shortened IPv4. */
export function readRange(text: string): AddressRange | null {
  const [address = "", length, ...more] = text.split("/");
  if (more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const parsed = readPlain(address);
  if (!parsed) return null;
  const width = parsed.kind() === "ipv4" ? 32 : 128;
  const bits = length === undefined ? width : Number(length);
  if (bits > width) return null;
  if (!(parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress())) return [parsed, bits];
  return bits < MAPPED_BITS ? null : [parsed.toIPv4Address(), bits - MAPPED_BITS];
}

/** True when `address` lies in one of the ranges; false for what is no address. */
export function isInRanges(ranges: readonly AddressRange[], address: string | null): boolean {
  const parsed = address === null ? null : readPlain(address);
  if (!parsed) return false;
  const plain = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
  return ranges.some(([first, bits]) => first.kind() === plain.kind() && plain.match(first, bits));
}

function readPlain(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) && !text.includes("%") ? ipaddr.IPv6.parse(text) : null;
}
