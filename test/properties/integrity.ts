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

const UNDECIDED = ["unattributed", "parked"];
const NO_CAPS = "[]";
const CAPS = fc.constantFrom(
  NO_CAPS,
  '[{"event":"sale","per":"month","limit":1}]',
  '[{"event":"sale","per":"day","limit":2},{"event":"lead","per":"day","limit":1}]',
);

/** The sender's own messages; where it always names the click, those alone that do. What operators say is left out: they can be asked to believe the adversary. */
function honestMessages(clicks: IssuedClick[], namesClick: boolean): fc.Arbitrary<PostbackMessage[]> {
  return histories(clicks, MOST_HONEST).map((messages) =>
    messages.flatMap((message) => {
      if (message.channel === "console" || (namesClick && message.content.clickId === undefined)) return [];
      const channel = message.channel === "pixel" ? "get" : message.channel;
      const tracker = channel.startsWith("tracker:") ? { tracker: { number: 1 } } : {};
      return [{ ...message, ...tracker, advertiser: HONEST, channel }];
    }),
  );
}

/**
 * What anybody can send: by the pixel of the honest advertiser or of a tracker of its, or as another advertiser, there too by a tracker's postback URL. Its receipts are none
 * of the honest ones.
 */
function adverseMessages(clicks: IssuedClick[]): fc.Arbitrary<PostbackMessage[]> {
  return histories(clicks, MOST_ADVERSE).map((messages) =>
    messages.map(({ kind, receipt, receivedAtMs, content, advertiser, channel }): PostbackMessage => {
      const byTracker = channel.startsWith("tracker:");
      const tracker = byTracker ? { tracker: { number: advertiser } } : {};
      const sent = { kind, receipt: receipt.replace(/^0/, "1"), receivedAtMs, content, ...tracker };
      if (advertiser === ADVERSARYS) return { ...sent, advertiser, channel: byTracker ? channel : "get" };
      return { ...sent, advertiser: HONEST, channel: "pixel" };
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
  checkClicks(attacked, honest);
  const delayed = namesClick ? new Set<string>() : delayedIn(attacked, alone);
  // What is delayed is as if it had not been said yet.
  const expected = delayed.size === 0 ? alone : await booking(without(new Set([...adversary, ...delayed])), caps);
  const late = namesClick ? [] : releasedIn(attacked, alone, honest);
  // A place that one of these takes may be missing elsewhere.
  if (late.length > 0 && caps !== NO_CAPS) return;
  const aside = new Set([...adversary, ...delayed, ...late.map(({ receipt }) => receipt)]);
  const asideClicks = new Set(late.map(({ content }) => content.clickId));
  const isTold = ({ receipt }: Row) => !aside.has(String(receipt));
  const isBooked = ({ advertiser, click_id }: Row) => advertiser === HONEST && !asideClicks.has(String(click_id));
  same(attacked.postbacks.filter(isTold), expected.postbacks.filter(isTold), "what the sender's messages came to");
  same(attacked.conversions.filter(isBooked), expected.conversions.filter(isBooked), "the conversions");
}

/** Nobody is paid for a click, or a coupon, that the sender does not name. */
function checkClicks({ conversions }: Books, honest: readonly PostbackMessage[]): void {
  const named = new Set(honest.flatMap(({ content }) => [content.clickId, content.coupon]));
  // What another tracker booked has no click of ours; its ID ends with the receipt of the row that says so.
  const old = honest.flatMap(({ receipt, content }) => (content.history ? receipt.slice(1, 15) : []));
  const isOld = (clickId: string) => clickId.startsWith("by-an-import") && old.some((one) => clickId.includes(one));
  const strange = conversions.filter(
    ({ advertiser, click_id, attributed_by, coupon }) =>
      advertiser === HONEST &&
      !named.has(String(attributed_by === "coupon" ? coupon : click_id)) &&
      !isOld(String(click_id)),
  );
  same(strange, [], "the conversions of clicks and coupons that the sender does not name");
}

/** The sender's messages that wait where they would not. */
function delayedIn(attacked: Books, alone: Books): Set<string> {
  const before = statuses(alone);
  const waiting = attacked.postbacks.filter(
    ({ receipt, status }) =>
      status === "parked" && before.has(String(receipt)) && before.get(String(receipt)) !== "parked",
  );
  return new Set(waiting.map(({ receipt }) => String(receipt)));
}

/**
 * What waited for a click, and was decided once the sender named one, as if the sender had said it again: without the adversary nobody knew the order yet, and it came
 * to nothing. With it what hangs together with it by a click or an order.
 */
function releasedIn(attacked: Books, alone: Books, honest: readonly PostbackMessage[]): PostbackMessage[] {
  const [now, before] = [statuses(attacked), statuses(alone)];
  const isReleased = ({ receipt }: PostbackMessage) =>
    before.get(receipt) === "unattributed" && !UNDECIDED.includes(now.get(receipt) ?? "");
  const released = honest.filter(isReleased);
  const names = new Set(released.flatMap(namesIn));
  for (let known = 0; known < names.size; ) {
    known = names.size;
    for (const message of honest)
      if (namesIn(message).some((name) => names.has(name))) for (const name of namesIn(message)) names.add(name);
  }
  return released.length === 0 ? [] : honest.filter((message) => namesIn(message).some((name) => names.has(name)));
}

/** What a message is about: its click and its order's names. */
function namesIn({ content: { clickId, txid, alsoTxid } }: PostbackMessage): string[] {
  const orders = [txid, alsoTxid].flatMap((name) => (name === undefined ? [] : [`order ${name}`]));
  return clickId === undefined ? orders : [...orders, clickId];
}

function statuses({ postbacks }: Books): Map<string, string> {
  return new Map(postbacks.map(({ receipt, status }) => [String(receipt), String(status)]));
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
