/** Batches of messages of clicks, as the edge's isolates would queue them. */
import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { encodeBase32 } from "../../workers/core/base32.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { BROWSERS } from "../programme/browsers.ts";
import { ADVERTISER, affiliateOf, OFFER } from "../programme/in-sql.ts";

/** What a batch is made of. */
export interface ClickBatch {
  messages: number;
  perMessage: number;
  /** How many links are clicked in turn. */
  links: number;
  /** True where every click has a visitor of its own; else all have one. */
  areFirst: boolean;
}

export interface ClickSource {
  /** Batches of one second at noon so many days ago, each of a millisecond of its own. */
  take(daysAgo: number, batch: ClickBatch, batches: number): Promise<ClicksMessage[][]>;
}

const HALF_DAY_MS = DAY_MS / 2;
/** Of the visitor's hash at the edge. */
const VISITOR_LENGTH = 20;
const VISITOR_BYTES = 13;
const SECOND_MS = 1_000;

export function createClicks(ring: KeyRing): ClickSource {
  let counter = 0;

  async function click(issuedAtMs: number, { links, areFirst }: ClickBatch): Promise<LoggedClick> {
    const link = 1 + (counter++ % links);
    return {
      clickId: await issueClickId(ring, { issuedAtMs, link, counter, test: false, provisional: false }),
      offer: OFFER,
      affiliate: affiliateOf(link),
      advertiser: ADVERTISER,
      country: "DE",
      device: "mobile",
      os: "ios",
      userAgent: BROWSERS[0] ?? "",
      referrer: "blog.example",
      subs: ["newsletter", "top banner"],
      visitor: visitor(areFirst ? counter : 0),
    };
  }

  return {
    async take(daysAgo, batch, batches) {
      const noonMs = noonOf(daysAgo);
      const taken: ClicksMessage[][] = [];
      for (let index = 0; index < batches; index++) {
        const messages: ClicksMessage[] = [];
        for (let message = 0; message < batch.messages; message++) {
          const clicks: LoggedClick[] = [];
          while (clicks.length < batch.perMessage) clicks.push(await click(noonMs + (index % SECOND_MS), batch));
          messages.push({ kind: "clicks", clicks });
        }
        taken.push(messages);
      }
      return taken;
    },
  };
}

/** Of that UTC day. */
export function noonOf(daysAgo: number): number {
  return Math.floor(Date.now() / DAY_MS - daysAgo) * DAY_MS + HALF_DAY_MS;
}

function visitor(number: number): string {
  const bytes = new Uint8Array(VISITOR_BYTES);
  new DataView(bytes.buffer).setUint32(0, number);
  return encodeBase32(bytes, VISITOR_LENGTH);
}
