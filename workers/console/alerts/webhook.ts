/** Telling a channel: alerts that opened or closed go to a webhook in the form that Slack takes, all of one look in one message. */
import { TELL_AFTER_MS } from "../../core/courier/circuit-breaker.ts";
import { formatInstant } from "../../core/instant.ts";
import type { KeyRing } from "../../core/key-ring.ts";
import { readPublicAddress } from "../../core/public-address.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { AlertRow } from "./alert.ts";
import { type AlertView, alertView } from "./alert.ts";
import type { RuleName } from "./rules.ts";
import { readWebhook, type Webhook } from "./webhook-setting.ts";

/** Part of `fetch` that is used here. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

const ANSWERS_WITHIN_MS = 10_000;
/** What could not be told for so long is no news any more. */
const NEWS_MS = DAY_MS;
/** More alerts than these are counted, not listed. */
const MOST_LISTED = 20;

/** Tells what has not been told yet. What fails is tried again at the next look. */
export async function tellNews(env: Pick<Env, "DB" | "ADVERTISER_KEYS">, send: Send, nowMs: number): Promise<number> {
  const ring: KeyRing = await advertiserKeys(env);
  const webhook = await readWebhook(env, ring);
  if (webhook === null) return 0;
  const { results: read } = await env.DB.prepare(
    `SELECT * FROM alerts WHERE (opening_told_at IS NULL AND opened_at > ?1) OR (closing_told_at IS NULL AND closed_at > ?1) OR (closed_at IS NULL AND rule = ?2) ORDER BY number`,
  )
    .bind(nowMs - NEWS_MS, "destination_failing" satisfies RuleName)
    .all<AlertRow>();
  const results = read.filter(
    (row) => row.opening_told_at === null || row.closed_at !== null || isToldAgain(row, nowMs),
  );
  if (results.length === 0) return 0;
  const opened = results.filter(({ closed_at: closedAtMs }) => closedAtMs === null);
  // What came and went before anybody was told is told as over only.
  const closed = results.filter(({ closed_at: closedAtMs }) => closedAtMs !== null);
  if (!(await isTaken(send, webhook.url, textOf(opened.map(alertView), closed.map(alertView), webhook.origin))))
    return 0;
  await env.DB.batch([
    ...results.map(({ number }) =>
      env.DB.prepare(
        "UPDATE alerts SET told_again_at = CASE WHEN opening_told_at IS NULL THEN NULL ELSE ?1 END, opening_told_at = coalesce(opening_told_at, ?1) WHERE number = ?2",
      ).bind(nowMs, number),
    ),
    ...closed.map(({ number }) =>
      env.DB.prepare("UPDATE alerts SET closing_told_at = ? WHERE number = ?").bind(nowMs, number),
    ),
  ]);
  return results.length;
}

/** A receiver that goes on failing is told of anew, ever more rarely. */
function isToldAgain(
  { since, opening_told_at: openingToldAtMs, told_again_at: toldAgainAtMs }: AlertRow,
  nowMs: number,
) {
  const toldAtMs = toldAgainAtMs ?? openingToldAtMs ?? nowMs;
  return TELL_AFTER_MS.some((afterMs) => since + afterMs > toldAtMs && since + afterMs <= nowMs);
}

/** Sends a message that says that it is a test. */
export function sendTest({ url, origin }: Webhook, send: Send): Promise<boolean> {
  return isTaken(send, url, `This is a test: alerts of ${link(`${origin}/alerts`, "Clickback")} come here.`);
}

/** True when the webhook took it. Redirects are not followed: they could lead anywhere. */
async function isTaken(send: Send, url: string, text: string): Promise<boolean> {
  if (!readPublicAddress(url).ok) return false;
  try {
    const answer = await send(url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
    });
    if (!answer.ok) console.warn({ event: "webhook_refused", status: answer.status });
    return answer.ok;
  } catch (error) {
    console.warn({ event: "webhook_failed", error: String(error) });
    return false;
  }
}

/** In Slack's markup: https://docs.slack.dev/messaging/formatting-message-text. */
export function textOf(opened: readonly AlertView[], closed: readonly AlertView[], origin: string): string {
  const lines = [
    ...opened.map(
      (alert) =>
        `:red_circle: *${nameOf(alert)}* ${escaped(alert.said)} Since ${when(alert.since)}. ${rowsOf(alert, origin)}`,
    ),
    ...closed.map((alert) => `:large_green_circle: *${nameOf(alert)}* is over. It began ${when(alert.since)}.`),
  ];
  const more = lines.length - MOST_LISTED;
  if (more <= 0) return lines.join("\n");
  return [...lines.slice(0, MOST_LISTED), `And ${more} more: ${link(`${origin}/alerts`, "all alerts")}.`].join("\n");
}

function nameOf({ label, advertiser, destination }: AlertView): string {
  const subject = advertiser ?? destination;
  return subject === null ? label : `${label}: ${escaped(subject)}`;
}

function rowsOf({ path }: AlertView, origin: string): string {
  return link(origin + path, "Look at the rows");
}

function when(instant: string): string {
  return `${formatInstant(Date.parse(instant)).slice(0, 16).replace("T", " ")} UTC`;
}

function link(url: string, text: string): string {
  return `<${escaped(url).replaceAll("|", "%7C")}|${escaped(text)}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
