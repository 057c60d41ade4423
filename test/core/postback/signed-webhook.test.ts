/** Signed POST: interoperable with the libraries of Standard Webhooks, in both directions. */
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { readSigningSecret } from "../../../workers/core/credentials.ts";
import { isWebhookId, signWebhook, verifyWebhook } from "../../../workers/core/postback/signed-webhook.ts";

const SECRET = `whsec_${Buffer.alloc(32, 0x44).toString("base64")}`;
const theirs = new Webhook(SECRET);
const ours = readSigningSecret(SECRET);
if (!ours) throw new Error("no key");
const utf8 = (text: string) => new TextEncoder().encode(text);
const NOW = new Date();
const STAMP = { id: "msg_1", timestamp: String(Math.floor(NOW.getTime() / 1000)) };

describe("a signed body", () => {
  it("that the public library signs is verified here", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), (body, id) => {
        const header = theirs.sign(id, NOW, body);
        expect(verifyWebhook(ours, { ...STAMP, id }, utf8(body), header)).toBe(true);
        expect(verifyWebhook(ours, { ...STAMP, id }, utf8(`${body} `), header)).toBe(false);
      }),
    );
  });

  it("of ours is verified by the public library", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const body = JSON.stringify(value);
        const signature = signWebhook(ours, STAMP, utf8(body));
        const headers = {
          "webhook-id": STAMP.id,
          "webhook-timestamp": STAMP.timestamp,
          "webhook-signature": signature,
        };
        expect(JSON.stringify(theirs.verify(body, headers))).toBe(body);
      }),
    );
  });

  it("may be signed several times over, and one signature that fits is enough", () => {
    const other = new Webhook(`whsec_${Buffer.alloc(32, 0x55).toString("base64")}`);
    const [good, bad] = [theirs.sign(STAMP.id, NOW, "{}"), other.sign(STAMP.id, NOW, "{}")];
    for (const [header, fits] of [
      [`${bad} ${good}`, true],
      [`${good} ${bad}`, true],
      [`v1a,${good.slice(3)} ${good}`, true],
      [bad, false],
      [`v2,${good.slice(3)}`, false],
      [good.slice(3), false],
      [`${good},${bad}`, false],
      [`${"v1,AAAA ".repeat(16)}${good}`, false],
      ["v1,", false],
      ["", false],
    ] as const)
      expect(verifyWebhook(ours, STAMP, utf8("{}"), header), header).toBe(fits);
  });

  it.each([["msg.1"], ["a b"], [""], ["x".repeat(129)], ["ä"], ["a\nb"]])("has no id like %j", (id) => {
    expect(isWebhookId(id)).toBe(false);
  });
});
