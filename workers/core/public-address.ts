/** Addresses that we send to because somebody said so: https, on the open internet, and nothing that lies behind our own walls. */
import ipaddr from "ipaddr.js";
import { accept, type Result, refuse } from "./result.ts";

const MAX_LENGTH = 2_000;
/** Names that never lead to the open internet (RFC 2606, RFC 6761, RFC 6762, RFC 8375), and some that never should. */
const CLOSED_ENDINGS = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "corp",
  "home",
  "home.arpa",
  "test",
  "invalid",
  "onion",
  "arpa",
];

/**
 * Reads the address of a webhook; refuses, with a sentence for the operator, what is not https on its usual port, carries credentials, or names a
 * private address. A name that resolves to one is refused by the platform, which connects to none.
 */
export function readPublicAddress(text: string): Result<URL, string> {
  const url = text.length <= MAX_LENGTH ? URL.parse(text.trim()) : null;
  if (!url) return refuse("Write a whole address that begins with https://.");
  if (url.protocol !== "https:")
    return refuse("Write an address that begins with https://: what is sent names your advertisers.");
  if (url.username !== "" || url.password !== "") return refuse("Write the address without user name and password.");
  if (url.port !== "") return refuse("Write an address on the usual port.");
  return isPublicHost(url.hostname)
    ? accept(url)
    : refuse("Write an address on the open internet: this one is private.");
}

function isPublicHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (ipaddr.isValid(bare)) return ipaddr.process(bare).range() === "unicast";
  return bare.includes(".") && !CLOSED_ENDINGS.some((ending) => bare === ending || bare.endsWith(`.${ending}`));
}
