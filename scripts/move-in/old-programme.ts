/** What an old tracker has, in our words: what is to be made here of it, what of it cannot be carried, and why. */

export interface OldAdvertiser {
  slug: string;
  name: string;
}

export interface OldAffiliate {
  slug: string;
  name: string;
}

/** As the console's API takes prices: decimals as text. */
export type OldPrice = { flat: string } | { percent: string };

export interface OldEvent {
  name: string;
  payout: OldPrice;
  revenue: OldPrice | "posted";
  repeat: "per_txid" | "once_per_click";
}

export interface OldOffer {
  slug: string;
  name: string;
  /** Slug. */
  advertiser: string;
  destination: string;
  currency: string;
  events: OldEvent[];
}

export interface OldLink {
  slug: string;
  /** Slugs. */
  offer: string;
  affiliate: string;
  isPaused: boolean;
  /** How placed addresses name it, in the form of the tracker's dialect. */
  aliases: string[];
}

/** Something that stays behind, or is carried only in part. */
export interface LeftBehind {
  what: string;
  why: string;
}

export interface OldProgramme {
  advertisers: OldAdvertiser[];
  affiliates: OldAffiliate[];
  offers: OldOffer[];
  links: OldLink[];
  left: LeftBehind[];
}

/** A conversion that the old tracker booked, by the columns of our history files. */
export type OldConversion = Readonly<Record<string, string>>;

/** Where a programme and its history are read: an API, or files. */
export interface OldTracker {
  /** As the dialect of another tracker is called; null where there is none. */
  dialect: string | null;
  programme(): Promise<OldProgramme>;
  /** What was booked from one time on (RFC 3339, or a day) to another, each with a column `advertiser` besides; what it cannot say as one of ours is told to `leave`. */
  history(range: { from: string; to: string }, leave: (one: LeftBehind) => void): AsyncGenerator<OldConversion>;
}
