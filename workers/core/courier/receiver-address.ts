/** Where the courier may send to: names on the open internet, on the usual ports, however an address is spelled. Asked where an address is saved: the list of public suffixes is 49 KiB gzipped. */
import ipaddr from "ipaddr.js";
import { parse } from "tldts";
import { accept, type Result, refuse } from "../result.ts";

/** How much is asked of an address: plain postbacks may go by http, as a third of what traffic sources publish does. */
export interface AddressPolicy {
  http: boolean;
  /** Hosts of our own workers, in lower case: what is told to ourselves would go round for ever. */
  ownHosts: readonly string[];
}

export const ADDRESS_FAULTS = {
  not_an_address: "Write a whole address that begins with https://.",
  not_https: "Write an address that begins with https://; only plain postbacks may go by http.",
  user_info: "Write the address without user name and password: put them into the template's own fields.",
  port: "Write an address on the usual port, 443, or 80 by http.",
  literal_address: "Write the host's name: addresses in numbers are not sent to.",
  not_public: "Write a host on the open internet: this name leads nowhere there.",
  leads_home: "Write a host on the open internet: this name leads to an address that is not there.",
  own_host: "This is this installation's own host.",
} as const;
export type AddressFault = keyof typeof ADDRESS_FAULTS;

/** Names that never lead to the open internet (RFC 2606, 6761, 6762, 7686, 8375, 9476), and some that never should. A list of public suffixes has none of them but `arpa`. */
const CLOSED_ENDINGS =
  /(?:^|\.)(?:localhost|local|internal|intranet|private|lan|corp|home|localdomain|test|example|invalid|onion|alt|arpa)$/;

/** Checks an address without macros (a template's origin will do). `URL` has written it in one way: lower case, IDNs in ASCII, IPv4 of every spelling as four numbers. */
export function readReceiverAddress(text: string, { http, ownHosts }: AddressPolicy): Result<URL, AddressFault> {
  const url = URL.parse(text.trim());
  if (!url || url.hostname === "") return refuse("not_an_address");
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse("not_an_address");
  if (url.protocol === "http:" && !http) return refuse("not_https");
  if (url.username !== "" || url.password !== "") return refuse("user_info");
  if (url.port !== "") return refuse("port");
  const host = url.hostname.replace(/\.$/, "");
  if (isLiteral(host)) return refuse("literal_address");
  if (!isPublicName(host)) return refuse("not_public");
  return ownHosts.includes(host) ? refuse("own_host") : accept(url);
}

/** Also where a last label is a number, which some resolvers take for an address. */
function isLiteral(host: string): boolean {
  return host.startsWith("[") || ipaddr.isValid(host) || /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host);
}

/** Under a suffix that is registered as public, and more than that suffix; of letters that a name may have. */
function isPublicName(host: string): boolean {
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(host) || host.length > 253 || CLOSED_ENDINGS.test(host)) return false;
  const { isIcann, domain } = parse(host, { extractHostname: false });
  return isIcann === true && domain !== null;
}
