/**
 * The rules of alerts: what is wrong now, told from the same hour of the weeks before. Each looks at one advertiser. A rule opens at one threshold
 * and is calm only at a lower one, and where there is too little to tell, now or of what is usual, it says nothing, so that nobody is woken by three clicks at
 * night, or by the first day of an advertiser.
 */

export const RULE_NAMES = [
  "conversion_rate_dropped",
  "duplicates_spiked",
  "refusals_spiked",
  "latency_rose",
  "sender_silent",
  "pixel_full",
  "cap_full",
  "dead_letters",
  "destination_failing",
  "destination_off",
  "deliveries_expired",
  "platform_version_ends",
  "token_expires",
  "rates_stale",
  "signal_opened",
  "shaving_suspected",
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** What happened in one window of time, of one advertiser, without tests. */
export interface Counts {
  clicks: number;
  conversions: number;
  /** Postbacks that were not refused. */
  accepted: number;
  duplicates: number;
  refused: number;
  /** What came by the pixel, tests too, when an advertiser's books had taken as much of it as they take of a day. */
  untaken: number;
  /** Within how many seconds of happening 95 % of the conversions were received; null without any. */
  arrivalP95S: number | null;
}

/** The present window, and the same hours of the weeks before it in which anything happened at all. */
export interface Observed {
  now: Counts;
  before: readonly Counts[];
}

/** `unknown`: too little to tell, or between the thresholds: what is open stays open, and nothing opens. */
export type Judgement = { state: "wrong"; said: string } | { state: "calm" } | { state: "unknown" };

interface AlertRule {
  label: string;
  /** What its subject names. */
  about: "advertiser" | "affiliate" | "destination" | "system";
  /** What it looks at, in words, for the page. */
  watches: string;
}

export const RULES: Record<RuleName, AlertRule> = {
  conversion_rate_dropped: {
    label: "Conversion rate dropped",
    about: "advertiser",
    watches: "An advertiser’s clicks bring less than half of the conversions that so many brought at this hour before.",
  },
  duplicates_spiked: {
    label: "Duplicates spiked",
    about: "advertiser",
    watches: "Twice the usual share of an advertiser’s postbacks, and 15 points more, repeat what is held.",
  },
  refusals_spiked: {
    label: "Refusals spiked",
    about: "advertiser",
    watches: "Twice the usual share of an advertiser’s requests, and 10 points more, are refused at the door.",
  },
  latency_rose: {
    label: "Postbacks come late",
    about: "advertiser",
    watches: "The slowest postbacks of an advertiser (p95) take four times as long as usual, and at least ten minutes.",
  },
  sender_silent: {
    label: "Sender silent",
    about: "advertiser",
    watches: "An advertiser that always sends at this hour, or on this day, sends nothing.",
  },
  pixel_full: {
    label: "Pixel over its limit",
    about: "advertiser",
    watches:
      "An advertiser’s pixel says more than is taken of one UTC day: what comes by it is refused until it is over.",
  },
  cap_full: {
    label: "Cap full",
    about: "advertiser",
    watches: "A cap of an active offer is full: its clicks go to the fallback until its day or month is over.",
  },
  dead_letters: {
    label: "Dead letters",
    about: "system",
    watches: "Messages could not be settled in any of their tries, and wait to be sent again.",
  },
  destination_failing: {
    label: "Receiver fails",
    about: "destination",
    watches:
      "A destination’s receiver fails time and again, so that deliveries wait; told at once, and again after 1, 24 and 72 hours.",
  },
  destination_off: {
    label: "Destination off",
    about: "destination",
    watches: "A receiver says that it is no more, or took nothing for five days: what it is to hear is held.",
  },
  deliveries_expired: {
    label: "Deliveries too late",
    about: "destination",
    watches: "Deliveries could not be told before their deadline, and were not sent.",
  },
  platform_version_ends: {
    label: "Ad platform ends a version",
    about: "system",
    watches: "An ad platform that destinations tell ends the version of its API that is spoken, within sixty days.",
  },
  token_expires: {
    label: "Token expires",
    about: "system",
    watches: "A token of the API expires within fourteen days.",
  },
  rates_stale: {
    label: "Rates are old",
    about: "system",
    watches: "The newest rates of currencies are more than a week old.",
  },
  signal_opened: {
    label: "Fraud signal",
    about: "affiliate",
    watches: "A signal speaks of an affiliate: on an offer something is far from what it is of its peers.",
  },
  shaving_suspected: {
    label: "Shaving suspected",
    about: "advertiser",
    watches: "An advertiser approves or tells less of one affiliate than before, while all else stays.",
  },
};

const CALM: Judgement = { state: "calm" };
const UNKNOWN: Judgement = { state: "unknown" };

const LEAST_CLICKS_BEFORE = 100;
const LEAST_EXPECTED = 10;
const LEAST_ACCEPTED = 20;
const LEAST_DUPLICATES = 10;
const LEAST_REFUSED = 10;
const LEAST_ARRIVED = 20;
const LATE_S = 600;
const LEAST_WEEKS = 2;
const LEAST_SENT = 5;
const USUALLY_SENT = 10;

/** Fewer than half of the conversions that so many clicks brought before, and by more than chance would have it. */
export function judgeConversionRate({ now, before }: Observed): Judgement {
  const clicks = sum(before, ({ clicks }) => clicks);
  const expected = clicks === 0 ? 0 : (now.clicks * sum(before, ({ conversions }) => conversions)) / clicks;
  if (clicks < LEAST_CLICKS_BEFORE || expected < LEAST_EXPECTED) return UNKNOWN;
  // Three standard deviations of a count that is random.
  const isChance = expected - now.conversions <= 3 * Math.sqrt(expected);
  if (now.conversions < expected / 2 && !isChance)
    return wrong(`${now.conversions} conversions came of ${now.clicks} clicks; usually it is ${Math.round(expected)}.`);
  return now.conversions >= expected * 0.7 ? CALM : UNKNOWN;
}

export function judgeDuplicates({ now, before }: Observed): Judgement {
  if (now.accepted < LEAST_ACCEPTED) return UNKNOWN;
  const share = now.duplicates / now.accepted;
  const usual = usualShare(before, LEAST_ACCEPTED, {
    part: ({ duplicates }) => duplicates,
    whole: ({ accepted }) => accepted,
  });
  if (usual === null) return UNKNOWN;
  if (now.duplicates >= LEAST_DUPLICATES && share >= Math.max(2 * usual, usual + 0.15))
    return wrong(
      `${percent(share)} of ${now.accepted} postbacks repeat what is held; usually it is ${percent(usual)}.`,
    );
  return share < Math.max(1.5 * usual, usual + 0.1) ? CALM : UNKNOWN;
}

export function judgeRefusals({ now, before }: Observed): Judgement {
  const requests = now.accepted + now.refused;
  if (requests < LEAST_REFUSED) return UNKNOWN;
  const share = now.refused / requests;
  const usual = usualShare(before, LEAST_REFUSED, {
    part: ({ refused }) => refused,
    whole: ({ accepted, refused }) => accepted + refused,
  });
  if (usual === null) return UNKNOWN;
  if (now.refused >= LEAST_REFUSED && share >= Math.max(2 * usual, usual + 0.1))
    return wrong(
      `${now.refused} of ${requests} requests were refused, ${percent(share)}; usually it is ${percent(usual)}.`,
    );
  return share < Math.max(1.5 * usual, usual + 0.05) ? CALM : UNKNOWN;
}

export function judgeLatency({ now, before }: Observed): Judgement {
  const usual = median(before.flatMap(({ arrivalP95S }) => (arrivalP95S === null ? [] : [arrivalP95S])));
  const arrived = sum(before, ({ conversions }) => conversions);
  if (now.arrivalP95S === null || now.conversions < LEAST_ARRIVED) return UNKNOWN;
  if (usual === null || arrived < LEAST_ARRIVED) return UNKNOWN;
  if (now.arrivalP95S >= LATE_S && now.arrivalP95S >= 4 * usual)
    return wrong(`95 % of the postbacks come within ${duration(now.arrivalP95S)}; usually it is ${duration(usual)}.`);
  return now.arrivalP95S < LATE_S || now.arrivalP95S < 2 * usual ? CALM : UNKNOWN;
}

/** Nothing at all where every week before had something. The window is an hour for those who send much, a day for the others. */
export function judgeSilence({ now, before }: Observed, window: "hour" | "day"): Judgement {
  if (now.accepted + now.refused > 0) return CALM;
  const sent = before.map(({ accepted, refused }) => accepted + refused);
  const usual = sent.length === 0 ? 0 : sent.reduce((total, count) => total + count, 0) / sent.length;
  if (sent.length < LEAST_WEEKS || Math.min(...sent) < LEAST_SENT || usual < USUALLY_SENT) return UNKNOWN;
  return wrong(`No postback in the last ${window}; usually there are ${Math.round(usual)}.`);
}

/** The words of the sender and of operators have no limit: only claims are lost, and orders without a click that would need one. */
export function judgePixel({ now: { untaken } }: Observed): Judgement {
  if (untaken === 0) return CALM;
  const messages = untaken === 1 ? "1 message" : `${untaken} messages`;
  return wrong(
    `${messages} by the pixel went untaken, since it had said as much as is taken of a UTC day. If somebody floods it, turn it off until the day is over.`,
  );
}

export function judgeDeadLetters(count: number, isMore: boolean): Judgement {
  if (count === 0) return CALM;
  const messages = count === 1 ? "1 message" : `${count}${isMore ? " messages or more" : " messages"}`;
  return wrong(`${messages} could not be settled. Once the cause is mended, npm run replay sends them again.`);
}

function wrong(said: string): Judgement {
  return { state: "wrong", said };
}

function sum(counts: readonly Counts[], of: (one: Counts) => number): number {
  return counts.reduce((total, one) => total + of(one), 0);
}

/** Which part of the whole it was before; null where the whole was less than `least`, since nobody knows then what is usual. */
function usualShare(
  counts: readonly Counts[],
  least: number,
  { part, whole }: { part(one: Counts): number; whole(one: Counts): number },
): number | null {
  const all = sum(counts, whole);
  return all < least ? null : sum(counts, part) / all;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
