/** What a golden request of a tracker is: as its senders send it, what the books are told of it, and what is answered. */
import type { PostbackContent } from "../../../../schema/messages.ts";
import type { AdvertiserRecord, TrackerRecord } from "../../../../schema/records.ts";

/** In a target, a body, a content and an answer `CLICK` stands for a click ID of ours. */
export interface Golden {
  name: string;
  target: string;
  /** A form; then it is posted. */
  form?: string;
  /** The tracker's secret, where it is not the file's own; null where set-up has none. */
  secret?: string | null;
  tracker?: Partial<TrackerRecord>;
  advertiser?: Partial<AdvertiserRecord>;
  /** All that the books are told; null where nothing is. */
  says: PostbackContent | null;
  /** The tracker's own click ID. */
  foreign?: string;
  /** A claim of the pixel's. */
  pixel?: true;
  /** Status, and the body letter for letter, or `accepted`, or the reason of a refusal in our own words. */
  answer: readonly [number, string];
}

export interface GoldenFile {
  dialect: string;
  /** Null where the tracker has none of its own. */
  secret: string | null;
  requests: readonly Golden[];
}

export const ACCEPTED = [200, "accepted"] as const;
