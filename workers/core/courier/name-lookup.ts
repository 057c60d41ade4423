/** Where a receiver's name leads, asked over HTTPS in the JSON form that Cloudflare and Google answer in (`application/dns-json`): a name that is public may still lead behind our own walls. */
import { isRecord } from "../is-record.ts";
import { areOpenAddresses } from "./open-addresses.ts";

/** `open`: to the open internet alone; `closed`: to an address that is not; `nowhere`: there is no such name, or it has no address; `unknown`: nobody could be asked. */
export type Leads = "open" | "closed" | "nowhere" | "unknown";

/** RFC 1035, section 3.2.2, and RFC 3596. */
const TYPES = { A: 1, AAAA: 28 } as const;
const NO_ERROR = 0;
/** RFC 1035, section 4.1.1: there is no such name. */
const NO_NAME = 3;
const WITHIN_MS = 2_000;

/** Asks `resolver`, such as `https://cloudflare-dns.com/dns-query`, by `send`, which is fetch. An empty one is nobody. Never throws. */
export async function lookUpName(send: typeof fetch, resolver: string, host: string): Promise<Leads> {
  if (resolver === "") return "unknown";
  const answers = await Promise.all([
    addressesOf(send, resolver, host, "A"),
    addressesOf(send, resolver, host, "AAAA"),
  ]);
  const known = answers.filter((answer) => answer !== null);
  const addresses = known.flat();
  // One closed address is enough, whatever else could not be asked.
  if (addresses.length > 0 && !areOpenAddresses(addresses)) return "closed";
  if (known.length < answers.length) return "unknown";
  return addresses.length > 0 ? "open" : "nowhere";
}

/** Null where nobody answered, or not in this form. */
async function addressesOf(
  send: typeof fetch,
  resolver: string,
  host: string,
  type: keyof typeof TYPES,
): Promise<string[] | null> {
  try {
    const query = new URLSearchParams({ name: host, type });
    const init = { headers: { accept: "application/dns-json" }, signal: AbortSignal.timeout(WITHIN_MS) };
    const answer = await send(`${resolver}?${query}`, init);
    const said: unknown = await answer.json();
    if (!isRecord(said)) return null;
    if (said.Status === NO_NAME) return [];
    if (said.Status !== NO_ERROR) return null;
    // A chain of other names comes with it.
    const records = Array.isArray(said.Answer) ? said.Answer.filter(isRecord) : [];
    return records.filter((record) => record.type === TYPES[type]).map(({ data }) => String(data));
  } catch {
    return null;
  }
}
