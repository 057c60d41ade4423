/**
 * Integrity: an adversary has only what anybody has. It clicks, is an affiliate with links of the same offers, calls the pixel, knows every click ID and order number,
 * holds the token of an advertiser of its own, and has its messages received and delivered when it likes. Where the sender names the click, what honest messages
 * come to, and every conversion, is what it is without the adversary; elsewhere the adversary may at most delay what the sender says.
 */
import fc from "fast-check";
import type { PostbackMessage } from "../../schema/messages.ts";
import { histories } from "../ledger/histories.ts";
import { type IssuedClick, issueClicks, testKeyRing } from "../ledger/world.ts";
import { type Batches, type Booking, type Books, bookingWith } from "./ledger-in-process.ts";

const HONEST = 1;
const ADVERSARYS = 2;
const MOST_HONEST = 10;
const MOST_ADVERSE = 14;
const MOST_BATCH = 6;
const MOST_SHRINKING_MS = 30_000;

export interface Attack {
  honest: PostbackMessage[];
  adverse: PostbackMessage[];
  /** Where each message goes in the order of delivery. */
  delivery: number[];
  caps: string;
}

type Row = Record<string, unknown>;

const CAPS = fc.constantFrom(
  "[]",
  '[{"event":"sale","per":"month","limit":1}]',
  '[{"event":"sale","per":"day","limit":2},{"event":"lead","per":"day","limit":1}]',
);

/** The sender's own messages; where it always names the click, those alone that do. */
function honestMessages(clicks: IssuedClick[], namesClick: boolean): fc.Arbitrary<PostbackMessage[]> {
  return histories(clicks, MOST_HONEST).map((messages) =>
    messages.flatMap((message) => {
      if (namesClick && message.content.clickId === undefined) return [];
      const channel = message.channel === "pixel" ? "get" : message.channel;
      return [{ ...message, advertiser: HONEST, channel }];
    }),
  );
}

/** What anybody can send: by the pixel of the honest advertiser, or as another advertiser. Its receipts are none of the honest ones. */
function adverseMessages(clicks: IssuedClick[]): fc.Arbitrary<PostbackMessage[]> {
  return histories(clicks, MOST_ADVERSE).map((messages) =>
    messages.map((message): PostbackMessage => {
      const { named: _, row: __, ...sent } = message;
      const receipt = message.receipt.replace(/^0/, "1");
      if (message.advertiser === ADVERSARYS) return { ...sent, receipt, channel: "get" };
      return { ...sent, receipt, advertiser: HONEST, channel: "pixel" };
    }),
  );
}

function attacks(clicks: IssuedClick[], namesClick: boolean): fc.Arbitrary<Attack> {
  return fc.record({
    honest: honestMessages(clicks, namesClick),
    adverse: adverseMessages(clicks),
    delivery: fc.array(fc.nat(1_000), { maxLength: MOST_HONEST + MOST_ADVERSE }),
    caps: CAPS,
  });
}

/** Prepares the property: half of the histories name the click in every message, half do not. */
export async function prepareIntegrity(): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  return integrityOf(bookingWith(ring), clicks);
}

export function integrityOf(booking: Booking, clicks: IssuedClick[]): (seed: number) => Promise<void> {
  const [named, unnamed] = [true, false].map((namesClick) =>
    fc.asyncProperty(attacks(clicks, namesClick), (attack) => withstand(booking, attack, namesClick)),
  );
  return async (seed) => {
    const property = seed % 2 === 0 ? named : unnamed;
    if (property) await fc.assert(property, { seed, numRuns: 1, interruptAfterTimeLimit: MOST_SHRINKING_MS });
  };
}

/** Books an attack, and the same without the adversary; throws where it gained anything. */
export async function withstand(booking: Booking, attack: Attack, namesClick: boolean): Promise<void> {
  const { honest, adverse, caps } = attack;
  const all = inOrder([...honest, ...adverse], attack.delivery);
  const without = (left: ReadonlySet<string>) => all.map((batch) => batch.filter(({ receipt }) => !left.has(receipt)));
  const adversary = new Set(adverse.map(({ receipt }) => receipt));
  const attacked = await booking(all, caps);
  const alone = await booking(without(adversary), caps);
  const delayed = namesClick ? new Set<string>() : delayedIn(attacked, alone);
  // What is delayed is as if it had not been said yet.
  const expected = delayed.size === 0 ? alone : await booking(without(new Set([...adversary, ...delayed])), caps);
  const isTold = ({ receipt }: Row) => !adversary.has(String(receipt)) && !delayed.has(String(receipt));
  same(attacked.postbacks.filter(isTold), expected.postbacks, "what the sender's messages came to");
  same(attacked.conversions.filter(isHonests), expected.conversions.filter(isHonests), "the conversions");
}

function isHonests({ advertiser }: Row): boolean {
  return advertiser === HONEST;
}

/** The sender's messages that wait where they would not. */
function delayedIn(attacked: Books, alone: Books): Set<string> {
  const before = new Map(alone.postbacks.map(({ receipt, status }) => [receipt, status]));
  const waiting = attacked.postbacks.filter(
    ({ receipt, status }) => status === "parked" && before.has(receipt) && before.get(receipt) !== "parked",
  );
  return new Set(waiting.map(({ receipt }) => String(receipt)));
}

/** Messages in an order of delivery, in batches. */
function inOrder(messages: readonly PostbackMessage[], delivery: readonly number[]): Batches {
  const placed = messages.map((message, index) => ({ message, place: delivery[index] ?? index }));
  const ordered = placed.sort((left, right) => left.place - right.place).map(({ message }) => message);
  const size = 1 + ((delivery[0] ?? 0) % MOST_BATCH);
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, batch) =>
    ordered.slice(batch * size, (batch + 1) * size),
  );
}

function same(actual: readonly Row[], expected: readonly Row[], what: string): void {
  const [left, right] = [actual, expected].map((rows) => rows.map((row) => JSON.stringify(row)));
  const more = left?.filter((row) => !right?.includes(row)) ?? [];
  const less = right?.filter((row) => !left?.includes(row)) ?? [];
  if (more.length > 0 || less.length > 0 || actual.length !== expected.length)
    throw new Error(
      `${what} are others for the adversary:\n  with it    ${more.join("\n             ")}\n  without it ${less.join("\n             ")}`,
    );
}
