/** Alerts as what is told: an alert is told like a conversion, each news of it like an entry, so that outbox, order, tries and log are the same. */
import type { Notice, NoticedAlert } from "../../../schema/messages.ts";
import { timePrefix } from "../books/conversion-id.ts";
import { type AlertType, isAlertType } from "./delivery-types.ts";

/** An alert's link, offer and so on: none has this number. */
const NOBODY = 0;
const NUMBER_LENGTH = 16;
const NO_MONEY = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };
/** The news of an alert in their order: it opened, is told again up to three times, is over. */
const OVER_SEQ = 9;

/** What has become of an alert. */
export type AlertNews =
  | { type: "alert.opened" }
  /** For the how manieth time, from 1. */
  | { type: "alert.repeated"; time: number }
  | { type: "alert.cleared" };

/** The same alert and news give the same notice, so that a repeat is none. `atMs` is when the news was. */
export function alertNotice(alert: NoticedAlert, news: AlertNews, atMs: number): Notice {
  const seq = news.type === "alert.opened" ? 1 : news.type === "alert.repeated" ? 1 + news.time : OVER_SEQ;
  return {
    conversionId: timePrefix(alert.openedAtMs) + String(alert.number).padStart(NUMBER_LENGTH, "0"),
    seq,
    ...{ kind: "alert", fromStatus: null, status: "approved", event: "", currency: "" },
    ...{ link: NOBODY, offer: NOBODY, affiliate: NOBODY, advertiser: NOBODY },
    ...{ total: NO_MONEY, delta: NO_MONEY, firstPayoutMicros: 0 },
    ...{ clickedAtMs: alert.openedAtMs, occurredAtMs: alert.sinceMs, receivedAtMs: atMs, bookedAtMs: atMs },
    alert,
  };
}

/** The body of a webhook that tells of an alert. */
export function writeAlert(id: string, type: string, alert: NoticedAlert, atMs: number): string {
  const { number, rule, label, advertiser, destination, said, url, sinceMs, openedAtMs, closedAtMs, test } = alert;
  const iso = (ms: number) => new Date(ms).toISOString();
  const data = {
    ...{ delivery_id: id, alert: number, rule, label, advertiser, destination, said, url },
    since: iso(sinceMs),
    opened_at: iso(openedAtMs),
    closed_at: closedAtMs === null ? null : iso(closedAtMs),
    test: test === true,
  };
  return JSON.stringify({ type, timestamp: iso(atMs), data });
}

/** In words, with the address of the rows as it is: for Discord, and whatever takes a text. */
export function alertText(type: string, alert: NoticedAlert): string {
  const { said, url, sinceMs } = alert;
  return type === "alert.cleared"
    ? `🟢 ${nameOf(alert)} is over. It began ${when(sinceMs)}.`
    : `🔴 ${nameOf(alert)}: ${said} Since ${when(sinceMs)}. ${url}`;
}

/** In Slack's markup: https://docs.slack.dev/messaging/formatting-message-text. */
export function alertInSlack(type: string, alert: NoticedAlert): string {
  const name = `*${escaped(nameOf(alert))}*`;
  if (type === "alert.cleared") return `:large_green_circle: ${name} is over. It began ${when(alert.sinceMs)}.`;
  const rows = `<${escaped(alert.url).replaceAll("|", "%7C")}|Look at the rows>`;
  return `:red_circle: ${name} ${escaped(alert.said)} Since ${when(alert.sinceMs)}. ${rows}`;
}

/** True where a destination that hears these types hears of alerts. */
export function hearsAlerts(types: readonly string[]): boolean {
  return types.some(isAlertType);
}

/** The type under which it hears of them; null where it does not. */
export function alertTypeHeard(news: AlertNews, types: readonly string[]): AlertType | null {
  return types.includes(news.type) ? news.type : null;
}

function nameOf({ label, advertiser, destination }: NoticedAlert): string {
  const subject = advertiser ?? destination;
  return subject === null ? label : `${label}: ${subject}`;
}

function when(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
