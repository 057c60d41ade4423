/** Where alerts are sent. The address of a webhook is a secret, since whoever knows it can write there; so it is sealed before it is kept. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { KeyRing } from "../../core/key-ring.ts";
import { readPublicAddress } from "../../core/public-address.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { seal, unseal } from "../web/sealing.ts";

const NAME = "alert_webhook";
const webhookClaims = v.object({
  url: v.string(),
  /** The console's own address, for links. */
  origin: v.string(),
});
export type Webhook = v.InferOutput<typeof webhookClaims>;
const SEAL = { purpose: "alert-webhook", claims: webhookClaims };

/** Null sends alerts nowhere. */
export const webhookChange = fields({
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
});
export type WebhookChange = v.InferOutput<typeof webhookChange>;

/** Null when there is none, or when it was sealed with a key that is no longer held. */
export async function readWebhook({ DB }: Pick<Env, "DB">, ring: KeyRing): Promise<Webhook | null> {
  const sealed = await DB.prepare("SELECT value FROM settings WHERE name = ?").bind(NAME).first<string>("value");
  if (sealed === null) return null;
  const webhook = await unseal(ring, SEAL, sealed);
  if (!webhook) console.error({ event: "webhook_unreadable", name: NAME });
  return webhook;
}

/** The log says which host, and never the whole address. */
export async function changeWebhook(
  env: Env,
  { url }: WebhookChange,
  origin: string,
  change: ChangeStamp,
): Promise<void> {
  const ring = await advertiserKeys(env);
  const before = hostOf(await readWebhook(env, ring));
  const db = drizzle(env.DB);
  if (url === null) await env.DB.prepare("DELETE FROM settings WHERE name = ?").bind(NAME).run();
  else
    await env.DB.prepare(
      "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    )
      .bind(NAME, await seal(ring, SEAL, { url, origin }))
      .run();
  const after = url === null ? null : hostOf({ url, origin });
  await logChange(db, change, { action: "change", kind: "webhook", subject: "alerts", before, after });
}

export function hostOf(given: Webhook | null): { host: string } | null {
  return given === null ? null : { host: new URL(given.url).host };
}
