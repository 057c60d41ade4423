/** The request of a webhook: the whole state, signed by each version of the destination's key that lasts. */
import { writeAlert } from "../core/courier/alert-notice.ts";
import { writeStatement } from "../core/courier/statement-notice.ts";
import type { Delivery } from "../core/courier/template-macros.ts";
import { writeWebhook } from "../core/courier/webhook-payload.ts";
import {
  firstVersion,
  signingVersions,
  type WebhookSigner,
  webhookHeaders,
  webhookSigner,
} from "../core/courier/webhook-signing.ts";
import type { Composed } from "./composed.ts";
import type { CourierKeys } from "./courier-keys.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

export async function composeWebhook(
  keys: CourierKeys,
  setUp: DestinationSetUp,
  delivery: Delivery,
): Promise<Composed> {
  const { owner, template } = setUp.settings;
  const { id, type, notice } = delivery;
  const { alert, statement, seq, receivedAtMs: atMs } = notice;
  const body = alert
    ? writeAlert(id, type, alert, atMs)
    : statement
      ? writeStatement(id, type, { seq, atMs, statement })
      : writeWebhook(delivery, owner.type);
  const headers = await webhookHeaders(await signersOf(keys, setUp, delivery.nowMs), delivery, body);
  // A signature is good for this body alone, and tells nothing of the key.
  return {
    request: { method: "POST", url: template.url, headers, body, shown: { url: template.url, headers, body } },
  };
}

/** The signers of a destination's versions, the present one first. Where set-up names none there is one, under the oldest master key. */
export async function signersOf(
  { ring }: CourierKeys,
  { settings, signing, signatureForm }: DestinationSetUp,
  nowMs: number,
): Promise<WebhookSigner[]> {
  const versions = signing.length > 0 ? signing : [firstVersion(ring.hkdf.keys())];
  return Promise.all(
    signingVersions(versions, nowMs).map((version) => webhookSigner(ring, version, settings.number, signatureForm)),
  );
}
