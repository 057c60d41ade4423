/** A month's traffic: how many clicks and conversions, and how the clicks come, which decides what they share. */
import { MOST_UNWRITTEN_CLICKS } from "../../workers/core/click-log/click-days.ts";
import { QUARTER_MS } from "../../workers/core/metrics/time-zone.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";

export interface Traffic {
  clicks: number;
  /** Each told in one postback. */
  conversions: number;
  clicksPerMessage: number;
  /** Clicks that are their visitor's first of the day on their link. */
  firstVisits: number;
  /** Batches of the clicks' queue, each of which lies in one object. */
  batches: number;
  /** Calls of the objects that judge the visitors of a day with several shards: each is asked about each batch. */
  judgings: number;
  /** Minutes in which clicks come, for each object that hears of them then. */
  minutes: number;
  /** Links, countries and devices that are counted apart, each as often as counts are written: once in a quarter-hour, or for so many clicks as may wait. */
  cells: number;
  /** Links, countries and devices that are counted apart in a quarter-hour; supposed as many for hours, and links alone. */
  links: number;
  /** Hours in which clicks come, and in all of them the links that have clicks, and those that have conversions. */
  hours: number;
  hourLinks: number;
  conversionHourLinks: number;
  /** Sums of conversions by the hour, or the day, in which they were clicked, for those that come when it is added up already: each a row. */
  lateCells: number;
  /** Each of one entry to one destination. */
  deliveries: number;
  /** How many go out in a run of their destination. */
  deliveriesPerRun: number;
  /** How long a receiver takes to answer. */
  answerMs: number;
  /** How many days clicks stay in objects. */
  hotDays: number;
}

/** What is said of it; the rest is supposed. */
export interface SaidTraffic {
  clicks: number;
  conversions: number;
  firstVisitShare: number;
  clicksPerMessage?: number;
  links?: number;
  deliveries?: number;
  deliveriesPerRun?: number;
}

/** How the clicks' queue hands over, and how many days clicks stay in objects: see wrangler.toml. */
export interface ClickSettings {
  messages: number;
  waitS: number;
  hotDays: number;
}

const MONTH_MS = 30 * DAY_MS;
const MONTH_S = MONTH_MS / 1_000;
const MONTH_MINUTES = MONTH_MS / MINUTE_MS;
const MONTH_HOURS = MONTH_MS / HOUR_MS;
const MONTH_QUARTERS = MONTH_MS / QUARTER_MS;
/** What an isolate has in a moment decides: at 100, 1,000 and 10,000 clicks/s it is supposed to be 2, 5 and 10, since more come from more isolates. */
const MESSAGE_SHARE = 0.4;
const MESSAGE_POWER = 0.35;
/** Of so many clicks in a second, all day, an object has room for the visitors; beyond them a day has twice as many shards, and so on (docs/click-log.md). */
const SHARD_CLICKS_PER_SECOND = 1_300;
/** A message has no more, whatever comes. */
const MOST_IN_MESSAGE = 140;
/** Of conversions so many are supposed to come more than an hour behind their clicks, each to a sum of its own, and of these so many on another day. */
const LATE_CLICKS = 0.4;
const OTHER_DAYS = 0.5;
/** As receivers across the world do. */
const ANSWER_MS = 300;
/** Supposed are 600, 2,200 and 8,000 links at these rates. */
const LINKS_SHARE = 50;
const LINKS_POWER = 0.55;

export function trafficOf(said: SaidTraffic, { messages, waitS, hotDays }: ClickSettings): Traffic {
  const { clicks, conversions, firstVisitShare } = said;
  const perSecond = clicks / MONTH_S;
  const clicksPerMessage = said.clicksPerMessage ?? supposedPerMessage(perSecond);
  const messagesPerSecond = perSecond / clicksPerMessage;
  // A batch goes when it is full, or has waited, and there is none without a message.
  const batchesPerSecond = Math.max(messagesPerSecond / messages, Math.min(messagesPerSecond, 1 / waitS));
  const shards = firstVisitShare > 0 ? 2 ** Math.ceil(Math.log2(Math.max(1, perSecond / SHARD_CLICKS_PER_SECOND))) : 1;
  const batches = batchesPerSecond * MONTH_S;
  const judges = shards > 1 ? shards : 0;
  const writings = MONTH_QUARTERS * Math.max(1, clicks / MONTH_QUARTERS / MOST_UNWRITTEN_CLICKS);
  const links = said.links ?? LINKS_SHARE * perSecond ** LINKS_POWER;
  return {
    clicks,
    conversions,
    clicksPerMessage,
    firstVisits: clicks * firstVisitShare,
    batches,
    // None is asked about a batch in which none of its visitors may be first.
    judgings: Math.min(clicks * firstVisitShare, batches * judges),
    minutes: Math.min(clicks, (1 + judges) * MONTH_MINUTES),
    cells: Math.min(clicks, links * writings),
    links,
    hours: Math.min(clicks, MONTH_HOURS),
    hourLinks: Math.min(clicks, links * MONTH_HOURS),
    lateCells: conversions * LATE_CLICKS * (1 + OTHER_DAYS),
    conversionHourLinks: Math.min(conversions, links * MONTH_HOURS),
    deliveries: said.deliveries ?? conversions,
    deliveriesPerRun: said.deliveriesPerRun ?? 1,
    answerMs: ANSWER_MS,
    hotDays,
  };
}

function supposedPerMessage(perSecond: number): number {
  return Math.min(MOST_IN_MESSAGE, Math.max(1, MESSAGE_SHARE * perSecond ** MESSAGE_POWER));
}
