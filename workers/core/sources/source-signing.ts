/** Signs a webhook as its platform does: for tests, for the doctor, and for whoever wants to see how a source verifies. */
import { createCipheriv, createHmac } from "node:crypto";
import { encodeBase64 } from "../base64.ts";
import { readSigningSecret } from "../credentials.ts";
import { must } from "../must.ts";
import { signWebhook } from "../postback/signed-webhook.ts";
import { clickBankKey, signDigistore } from "./source-signatures.ts";
import type { SourceProof } from "./source-table.ts";

/** What is sent: what stands behind the path, the headers that prove it, and the body. */
export interface SignedSource {
  query: string;
  headers: Record<string, string>;
  body: string;
}

/** What signing is told besides: the time, and where ClickBank's cipher begins, 16 bytes. */
export interface SigningStamp {
  nowMs: number;
  iv: Uint8Array;
}

/** A body is JSON, or a form for Digistore24. */
export function signSource(
  proof: SourceProof,
  secret: string,
  body: string,
  { nowMs, iv }: SigningStamp,
): SignedSource {
  const plain: SignedSource = { query: "", headers: {}, body };
  const stamp = String(Math.floor(nowMs / 1000));
  switch (proof.scheme) {
    case "hmac": {
      const mac = createHmac("sha256", secret).update(body).digest(proof.encoding);
      return { ...plain, headers: { [proof.header]: `${proof.prefix ?? ""}${mac}` } };
    }
    case "stamped": {
      const mac = createHmac("sha256", secret).update(`${stamp}${proof.joint}${body}`).digest("hex");
      const pairs = [`${proof.time}=${stamp}`, `${proof.mac}=${mac}`];
      return { ...plain, headers: { [proof.header]: pairs.join(proof.between) } };
    }
    case "standard_webhooks": {
      const key = must(readSigningSecret(secret), "a signing secret", "whsec_…");
      const named = { id: `msg_${stamp}`, timestamp: stamp };
      const signature = signWebhook(key, named, new TextEncoder().encode(body));
      return {
        ...plain,
        headers: { "webhook-id": named.id, "webhook-timestamp": stamp, "webhook-signature": signature },
      };
    }
    case "header":
      return { ...plain, headers: { [proof.header]: `${proof.prefix ?? ""}${secret}` } };
    case "url":
      return { ...plain, query: `?${new URLSearchParams({ secret })}` };
    case "digistore24": {
      const form = Object.fromEntries(new URLSearchParams(body));
      return { ...plain, body: new URLSearchParams({ ...form, sha_sign: signDigistore(form, secret) }).toString() };
    }
    case "clickbank": {
      const cipher = createCipheriv("aes-256-cbc", clickBankKey(secret), iv);
      const notification = Buffer.concat([cipher.update(body, "utf8"), cipher.final()]).toString("base64");
      return { ...plain, body: JSON.stringify({ notification, iv: encodeBase64(iv) }) };
    }
  }
}
