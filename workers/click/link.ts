/** A link as the isolate holds it: its record, with every address in it read once. */
import type { LinkRecord, TargetingRule } from "../../schema/records.ts";
import { type LinkDestination, readDestination } from "../core/click/destination.ts";

export interface HeldRule extends TargetingRule {
  leadsTo: LinkDestination | null;
}

export interface Link {
  record: LinkRecord;
  /** Of every answer that leads on, but for where. An answer copies them, which costs half of reading them from an object. */
  headers: Headers;
  /** Null where the record's address cannot be read; the console refuses such a one when it is saved. */
  destination: LinkDestination | null;
  fallback: LinkDestination | null;
  rules: HeldRule[];
}

export function holdLink(record: LinkRecord): Link {
  return {
    record,
    headers: new Headers({
      "Cache-Control": "no-store",
      "Referrer-Policy": record.referrerPolicy,
      "X-Robots-Tag": "noindex",
    }),
    destination: addressOf(record, record.destination),
    fallback: addressOf(record, record.fallbackUrl),
    rules: (record.rules ?? []).map((rule) => ({ ...rule, leadsTo: addressOf(record, rule.destination) })),
  };
}

function addressOf(record: LinkRecord, template: string | undefined): LinkDestination | null {
  if (template === undefined) return null;
  const read = readDestination(template);
  if (read.ok) return read.value;
  console.error({ event: "destination_unreadable", link: record.link, offer: record.offer, reason: read.refusal });
  return null;
}
