/** What names a message: the same message always alike, other content never. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PostbackContent } from "../../../schema/messages.ts";
import { namePostback, nameRow } from "../../../workers/core/postback/message-name.ts";

const CONTENT: PostbackContent = { txid: "A", amountMicros: 40_000_000, meta: { b: "1", a: "2" } };

describe("a message", () => {
  it("is named as it always was", () => {
    const written = '[[["amountMicros",40000000],["txid","A"]],[["a","2"],["b","1"]]]';
    expect(namePostback({ idempotencyKey: "k", webhookId: "w", signedAs: "s" }, CONTENT)).toEqual([
      "key",
      "k",
      written,
    ]);
    expect(namePostback({ webhookId: "w", signedAs: "s" }, CONTENT)).toEqual(["webhook", "w", written]);
    expect(namePostback({ signedAs: "/p/acme?txid=A" }, CONTENT)).toEqual(["signed", "/p/acme?txid=A"]);
    expect(namePostback({}, CONTENT)).toBeNull();
    expect(nameRow({ idempotencyKey: "k" }, 3, "batch", CONTENT)).toEqual(["key", "k", written]);
    expect(nameRow({}, 3, "batch", CONTENT)).toEqual(["batch", "batch", "3", written]);
    expect(nameRow({}, 3, undefined, CONTENT)).toBeNull();
  });

  it("has the name of its content, whatever the order in which that was read", () => {
    const content = fc.record(
      {
        txid: fc.string(),
        event: fc.string(),
        amountMicros: fc.nat(),
        meta: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string(), { maxKeys: 4 }),
      },
      { requiredKeys: [] },
    );
    const turned = ({ meta, ...rest }: PostbackContent): PostbackContent => ({
      ...(meta && { meta: Object.fromEntries(Object.entries(meta).reverse()) }),
      ...Object.fromEntries(Object.entries(rest).reverse()),
    });
    const name = (of: PostbackContent) => JSON.stringify(namePostback({ idempotencyKey: "k" }, of));
    fc.assert(
      fc.property(content, content, (one, other) => {
        expect(name(turned(one))).toBe(name(one));
        const same = JSON.stringify(sort(one)) === JSON.stringify(sort(other));
        expect(name(one) === name(other)).toBe(same);
      }),
    );
  });
});

function sort(content: PostbackContent): unknown {
  const { meta = {}, ...rest } = content;
  const sorted = (record: object) => Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
  return [sorted(rest), sorted(meta)];
}
