/**
 * Signed POST, as Standard Webhooks has it (https://www.standardwebhooks.com): the headers `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`, the last a list of `v1,<base64>` over `{id}.{timestamp}.{body}`.
 */
import { decodeBase64, encodeBase64 } from "../base64.ts";

const VERSION = "v1,";
const MAX_SIGNATURES = 16;
/** Without a full stop, which parts the signed string: with one in it, another cut of the same string would be another message. */
const MESSAGE_ID = /^[A-Za-z0-9_\-:]{1,128}$/;

export interface WebhookStamp {
  id: string;
  timestamp: string;
}

export function isWebhookId(text: string): boolean {
  return MESSAGE_ID.test(text);
}

/** The signature of a body, in the form of the header: `v1,<base64>`. */
export async function signWebhook(key: CryptoKey, stamp: WebhookStamp, body: Uint8Array): Promise<string> {
  return VERSION + encodeBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signedBytes(stamp, body))));
}

/** True when one of the header's signatures is that of the body. */
export async function verifyWebhook(
  key: CryptoKey,
  stamp: WebhookStamp,
  body: Uint8Array,
  header: string,
): Promise<boolean> {
  const signed = signedBytes(stamp, body);
  for (const signature of header.split(" ").slice(0, MAX_SIGNATURES)) {
    const mac = signature.startsWith(VERSION) ? decodeBase64(signature.slice(VERSION.length)) : null;
    if (mac && (await crypto.subtle.verify("HMAC", key, mac, signed))) return true;
  }
  return false;
}

function signedBytes({ id, timestamp }: WebhookStamp, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
