/**
 * Audiences: lists of buyers for systems that suppress, remind and win back. Each says what happened to a conversion and, where it asks for days, what did not follow within them. Membership
 * begins with an entry of the books, or so many days behind it, so that whoever asks again behind the last row misses nobody.
 */
import type { ConversionStatus } from "../../../schema/messages.ts";

/** What may not have followed on the same click. */
export type Follower = "another event" | "the same event, later";

export interface Audience {
  summary: string;
  /** Where the conversion stands now. */
  statuses: readonly ConversionStatus[];
  /** The status that the entry left by which it came there. Entries that only changed money moved nothing. */
  by: "its first entry" | "the entry that moved it there";
  /** Absent where nothing is waited for. */
  without?: { follower: Follower; days: number };
}

export const AUDIENCES = {
  converted: {
    summary: "Who converted: conversions that are approved, since they were. Ends acquisition, begins the welcome",
    statuses: ["approved"],
    by: "the entry that moved it there",
  },
  pending: {
    summary: "Who waits for an approval: conversions that are pending, since they were",
    statuses: ["pending"],
    by: "the entry that moved it there",
  },
  rejected: {
    summary: "Who was turned down: conversions that are rejected, since they were",
    statuses: ["rejected"],
    by: "the entry that moved it there",
  },
  refunded: {
    summary: "Who gave all back: conversions that are reversed whole, since they were. Ends what their sale began",
    statuses: ["reversed"],
    by: "the entry that moved it there",
  },
  trial_not_activated: {
    summary: "Who began and went no further: no next_event on the click within days, since these were over",
    statuses: ["pending", "approved"],
    by: "its first entry",
    without: { follower: "another event", days: 7 },
  },
  lapsed: {
    summary: "Who bought and did not come again: no later conversion of the event on the click within days",
    statuses: ["pending", "approved"],
    by: "its first entry",
    without: { follower: "the same event, later", days: 30 },
  },
} as const satisfies Record<string, Audience>;
export type AudienceName = keyof typeof AUDIENCES;
