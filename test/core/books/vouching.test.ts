/** What a version of the credentials did to a conversion: whether it stands by that version's word, or was only changed by it. */
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { conversionsIn } from "../../../workers/core/books/books-index.ts";
import { makeCommand } from "../../../workers/core/books/command.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import { isUntold, vouchedFor } from "../../../workers/core/books/vouching.ts";
import { CLICKS, SET_UP, START_MS } from "../../ledger/world.ts";

const TRUSTED = {
  ...SET_UP,
  credentials: new Map([
    [
      1,
      [
        { version: 1, key: 1 },
        { version: 2, key: 1 },
      ],
    ],
  ]),
};
const RECEIVED_MS = START_MS + 1_000_000;
type Said = PostbackContent & Pick<PostbackMessage, "credentialVersion" | "channel">;

/** The one conversion that these come to, received a second apart, and its messages. */
function booked(said: Partial<Said>[]) {
  const commands = said.map(({ credentialVersion, channel = "get", ...content }, index) => {
    const message: PostbackMessage = {
      kind: "postback",
      receipt: String(index).padStart(26, "0"),
      advertiser: 1,
      receivedAtMs: RECEIVED_MS + index * 1_000,
      channel,
      content: { clickId: "c", event: "sale", txid: "T", ...content },
      ...(credentialVersion === undefined ? {} : { credentialVersion }),
    };
    return makeCommand(message, CLICKS[0] ?? null, TRUSTED);
  });
  const index = bookAll(commands);
  const [conversion, ...others] = conversionsIn(index);
  if (!conversion || others.length > 0) throw new Error("not one conversion");
  return { conversion, messages: index.messages };
}

const sale = { amountMicros: 40_000_000 } as const;
const by = (credentialVersion: number) => ({ credentialVersion });

test.each([
  ["made by it", [{ ...sale, ...by(1) }], "made"],
  ["made by another", [{ ...sale, ...by(2) }], null],
  ["made by nobody that is told", [sale], null],
  [
    "approved by it",
    [
      { ...sale, status: "pending", ...by(2) },
      { status: "approved", ...by(1) },
    ],
    "made",
  ],
  [
    "approved by another after it made it",
    [
      { ...sale, status: "pending", ...by(1) },
      { status: "approved", ...by(2) },
    ],
    "made",
  ],
  [
    "reinstated by it",
    [
      { ...sale, ...by(2) },
      { status: "reversed", ...by(2) },
      { status: "reinstated", ...by(1) },
    ],
    "made",
  ],
  [
    "refunded by it",
    [
      { ...sale, ...by(2) },
      { status: "reversed", amountMicros: 5, refundId: "r", ...by(1) },
    ],
    "changed",
  ],
  [
    "repeated by it",
    [
      { ...sale, ...by(2) },
      { ...sale, ...by(1) },
    ],
    null,
  ],
] as const)("a conversion %s", (_, said, expected) => {
  const { conversion, messages } = booked([...said]);
  expect(vouchedFor(conversion, messages, { version: 1, sinceMs: RECEIVED_MS })).toBe(expected);
  const after = { version: 1, sinceMs: RECEIVED_MS + 10_000 };
  expect(vouchedFor(conversion, messages, after)).toBeNull();
});

test.each([
  ["open mode", [sale], true],
  ["a version", [{ ...sale, ...by(1) }], false],
] as const)("nothing tells who vouched for what came by %s", (_, said, expected) => {
  const { conversion, messages } = booked([...said]);
  expect(isUntold(conversion, messages, RECEIVED_MS)).toBe(expected);
  expect(isUntold(conversion, messages, RECEIVED_MS + 1)).toBe(false);
});
