/** Where alerts are told: destinations of the programme that hear of them; and the one that is made of a mere address, of Slack, of Discord, or of our own JSON. */
import * as v from "valibot";
import { hearsAlerts } from "../../core/courier/alert-notice.ts";
import { ALERT_TYPES, isAlertType } from "../../core/courier/delivery-types.ts";
import { readPublicAddress } from "../../core/public-address.ts";
import { accept, type Result } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { keptConfig } from "../destinations/kept-config.ts";
import { changeDestination, createDestination } from "../destinations/store.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import { unseal } from "../web/sealing.ts";

export const ALERT_FORMS = ["slack", "discord", "standard"] as const;
export type AlertForm = (typeof ALERT_FORMS)[number];

/** Null tells nobody of alerts. */
export const alertAddress = fields({
  url: v.nullable(
    v.pipe(
      v.string(),
      v.trim(),
      v.rawCheck(({ dataset, addIssue }) => {
        const read = dataset.typed ? readPublicAddress(dataset.value) : null;
        if (read && !read.ok) addIssue({ message: read.refusal });
      }),
    ),
  ),
  form: v.exactOptional(v.picklist(ALERT_FORMS)),
});
export type AlertAddress = v.InferOutput<typeof alertAddress>;

/** What the destinations of `alertAddress` are called: the first that is free. */
const SLUG = "alerts";
const MOST_SLUGS = 1_000;
const BODIES = { slack: '{"text":{alert_slack}}', discord: '{"content":{alert_text}}' } as const;
/** The console's own address, for links. */
const ORIGIN = "console_origin";
/** What an older console kept its one webhook under, sealed. */
const OLDER = "alert_webhook";
const OLDER_SEAL = { purpose: "alert-webhook", claims: v.object({ url: v.string(), origin: v.string() }) };

/** A destination that hears of alerts, and has not ended. */
export interface AlertDestination {
  slug: string;
  name: string;
  status: string;
  host: string;
  /** False where it hears of conversions too. */
  isOfAlertsAlone: boolean;
}

export async function alertDestinations(db: D1Database): Promise<AlertDestination[]> {
  const { results } = await db
    .prepare(
      "SELECT slug, name, status, config, filters FROM destinations WHERE owner_type = 'programme' AND status <> 'ended' ORDER BY number",
    )
    .all<{ slug: string; name: string; status: string; config: string; filters: string }>();
  return results.flatMap(({ config, filters, ...one }) => {
    const { types = [] }: { types?: string[] } = JSON.parse(filters);
    if (!hearsAlerts(types)) return [];
    const { template } = keptConfig(JSON.parse(config));
    return [{ ...one, host: URL.parse(template.url)?.host ?? "", isOfAlertsAlone: types.every(isAlertType) }];
  });
}

/** Has alerts told at this address from now on, and by no other destination that hears of nothing else; null at none. */
export async function changeAlertAddress(
  env: Env,
  { url, form = "slack" }: AlertAddress,
  origin: string,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const before = await alertDestinations(env.DB);
  await env.DB.prepare(
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  )
    .bind(ORIGIN, origin)
    .run();
  if (url !== null) {
    const made = await createDestination(env, await newDestinationAt(env.DB, new URL(url), form), change);
    if (!made.ok) return made;
  }
  for (const { slug, isOfAlertsAlone } of before) {
    if (!isOfAlertsAlone) continue;
    const ended = await changeDestination(env, slug, { status: "ended" }, change);
    if (!ended.ok) return ended;
  }
  return accept(null);
}

/** Makes a destination of the webhook that an older console kept; done when there is none. It could be told wherever the courier can: else it is set anew. */
export async function moveOlderWebhook(env: Env, nowMs: number): Promise<void> {
  const sealed = await env.DB.prepare("SELECT value FROM settings WHERE name = ?").bind(OLDER).first<string>("value");
  if (sealed === null) return;
  const older = await unseal(await advertiserKeys(env), OLDER_SEAL, sealed);
  const by: Caller = { name: "upgrade", role: "admin", scope: "everything" };
  const moved = older
    ? await changeAlertAddress(env, { url: older.url, form: "slack" }, older.origin, { by, atMs: nowMs })
    : accept(null);
  if (!moved.ok && moved.refusal.name === "try_again") return;
  if (!older || !moved.ok) console.error({ event: "webhook_unreadable", name: OLDER });
  await env.DB.prepare("DELETE FROM settings WHERE name = ?").bind(OLDER).run();
}

/** Null where nobody has said yet where alerts are told. */
export async function readConsoleOrigin(db: D1Database): Promise<string | null> {
  return db.prepare("SELECT value FROM settings WHERE name = ?").bind(ORIGIN).first<string>("value");
}

async function newDestinationAt(db: D1Database, url: URL, form: AlertForm) {
  const slug = await freeSlug(db);
  const what = { slug, name: "Alerts", types: [...ALERT_TYPES], affiliate: null, advertiser: null };
  if (form === "standard") return { ...what, kind: "webhook" as const, url: url.href };
  const { address, key } = withoutKey(url);
  return {
    ...what,
    kind: "tool" as const,
    url: address,
    method: "POST" as const,
    body: BODIES[form],
    body_form: "json" as const,
    needs: [form === "slack" ? "alert_slack" : "alert_text"],
    ...(key !== null && { secrets: { key } }),
  };
}

/** Whoever knows such an address can write there: what makes it hard to guess, the longest part of its path, is sealed. */
function withoutKey(url: URL): { address: string; key: string | null } {
  const parts = url.pathname.split("/");
  const longest = parts.reduce((most, part) => (part.length > most.length ? part : most), "");
  if (longest === "") return { address: url.href, key: null };
  const path = parts.map((part, at) => (at === parts.indexOf(longest) ? "{secret.key}" : part)).join("/");
  return { address: `${url.origin}${path}${url.search}`, key: decodeURIComponent(longest) };
}

async function freeSlug(db: D1Database): Promise<string> {
  const { results } = await db
    .prepare("SELECT slug FROM destinations WHERE slug = ?1 OR slug LIKE ?1 || '-%'")
    .bind(SLUG)
    .all<{ slug: string }>();
  const taken = new Set(results.map(({ slug }) => slug));
  for (let number = 1; number <= MOST_SLUGS; number++) {
    const slug = number === 1 ? SLUG : `${SLUG}-${number}`;
    if (!taken.has(slug)) return slug;
  }
  throw new Error(`all of ${MOST_SLUGS} slugs are taken`);
}
