/** Takes notices in: add what is told before them, match destinations, group, one call per destination's object, ack. Wherever this dies, redelivery repeats it and changes nothing. */
import type { CourierMessage, Notice } from "../../schema/messages.ts";
import type { EntryName } from "../core/books/notice-rows.ts";
import type { DeliveryType } from "../core/courier/delivery-types.ts";
import { typeFor } from "../core/courier/destination-filters.ts";
import { RELAY_TYPE, relayNotice, relayOf } from "../core/courier/relay-notice.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { deadlineOf } from "../core/platforms/platform-events.ts";
import { PLATFORMS } from "../core/platforms/platforms.ts";
import { readEarlier } from "./earlier-entries.ts";
import type { DeliveryOrigin } from "./outbox.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

/** A notice that a destination is told, and as what. */
export interface MatchedNotice {
  notice: Notice;
  type: DeliveryType;
  origin: DeliveryOrigin;
  /** When its receiver takes it no more. */
  deadlineAtMs: number | null;
}

export interface TakingParts {
  destinations: () => Promise<readonly DestinationSetUp[]>;
  shareKey: HmacKey;
  /** What the books say of these entries. */
  readNamed: (names: readonly EntryName[]) => Promise<Notice[]>;
  nowMs: () => number;
  /** Hands a destination's object its share; done once that is on disk. */
  accept: (destination: number, matched: MatchedNotice[]) => Promise<void>;
  /** Takes persons out of a destination's deliveries. */
  erase: (destination: number, conversions: string[]) => Promise<void>;
  /** Takes them out of what is recorded. */
  eraseRecords: (conversions: readonly string[]) => Promise<void>;
  /** All destinations that may hold anything. */
  everyDestination: () => Promise<number[]>;
  chance: () => number;
}

const FIRST_RETRY_S = 5;
const LAST_RETRY_S = 3_600;

/** Acknowledges or gives back each of these. */
export async function takeNotices(parts: TakingParts, messages: readonly Message<CourierMessage>[]): Promise<void> {
  for (const message of messages.filter(({ body }) => body.kind === "forget")) await takeAlone(parts, message);
  for (const message of messages.filter(({ body }) => body.kind === "relay")) await takeRelays(parts, message);
  const told = messages.flatMap((message) =>
    message.body.kind === "notices" ? [{ message, body: message.body }] : [],
  );
  if (told.length === 0) return;
  try {
    await hand(
      parts,
      told.flatMap(({ body }) => body.notices),
    );
    for (const { message } of told) message.ack();
  } catch (error) {
    console.error({ event: "notices_not_taken", messages: told.length, error: String(error) });
    for (const { message } of told) giveBack(message, parts.chance());
  }
}

async function takeAlone(parts: TakingParts, message: Message<CourierMessage>): Promise<void> {
  const { body } = message;
  if (body.kind !== "forget") return;
  try {
    for (const destination of await parts.everyDestination()) await parts.erase(destination, body.conversions);
    await parts.eraseRecords(body.conversions);
    message.ack();
  } catch (error) {
    console.error({ event: "deliveries_not_erased", conversions: body.conversions.length, error: String(error) });
    giveBack(message, parts.chance());
  }
}

/** For the old trackers' outboxes, which take each receipt once. */
async function takeRelays(parts: TakingParts, message: Message<CourierMessage>): Promise<void> {
  const { body } = message;
  if (body.kind !== "relay") return;
  try {
    for (const [tracker, postbacks] of Map.groupBy(body.postbacks, (one) => one.tracker))
      await parts.accept(
        relayOf(tracker),
        postbacks.map((one) => ({
          ...{ notice: relayNotice(one), type: RELAY_TYPE, origin: "notice", deadlineAtMs: null },
        })),
      );
    message.ack();
  } catch (error) {
    console.error({ event: "relays_not_taken", postbacks: body.postbacks.length, error: String(error) });
    giveBack(message, parts.chance());
  }
}

async function hand(parts: TakingParts, notices: readonly Notice[]): Promise<void> {
  const destinations = await parts.destinations();
  const earlier = destinations.length === 0 ? [] : await readEarlier(parts.readNamed, notices, parts.nowMs());
  const shares = destinations.map((setUp) => ({
    setUp,
    matched: [
      ...matchedBy(setUp, notices, parts.shareKey, "notice"),
      ...matchedBy(setUp, earlier, parts.shareKey, "compared"),
    ],
  }));
  await Promise.all(
    shares.flatMap(({ setUp, matched }) => (matched.length > 0 ? [parts.accept(setUp.settings.number, matched)] : [])),
  );
}

/** What of these the destination is told. Of what was booked before it was made it hears by a backfill; and the comparison leaves alone what its set-up of now did not see. */
export function matchedBy(
  setUp: DestinationSetUp,
  notices: readonly Notice[],
  shareKey: HmacKey,
  origin: DeliveryOrigin,
): MatchedNotice[] {
  const sinceMs = origin === "backfill" ? 0 : origin === "compared" ? setUp.updatedAtMs : setUp.createdAtMs;
  return notices.flatMap((notice) => {
    if (notice.bookedAtMs < sinceMs || (setUp.offer !== null && notice.offer !== setUp.offer)) return [];
    const type = typeFor(setUp.settings, notice, shareKey);
    return type === null ? [] : [{ notice, type, origin, deadlineAtMs: deadlineFor(setUp, notice) }];
  });
}

/** When its receiver takes the notice no more: by what is set up, and an ad platform by its window. */
function deadlineFor({ settings: { platform }, deadlineMs }: DestinationSetUp, notice: Notice): number | null {
  const isTakenBack = !["approved", "pending"].includes(notice.status) || notice.delta.amountMicros < 0;
  const deadlines = [
    deadlineMs === null ? Number.POSITIVE_INFINITY : notice.occurredAtMs + deadlineMs,
    platform ? deadlineOf(PLATFORMS[platform.name], notice, isTakenBack) : Number.POSITIVE_INFINITY,
  ];
  const firstMs = Math.min(...deadlines);
  return Number.isFinite(firstMs) ? firstMs : null;
}

function giveBack(message: Message<CourierMessage>, chance: number): void {
  const seconds = Math.min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** Math.min(message.attempts - 1, 10));
  message.retry({ delaySeconds: Math.ceil(seconds * (0.75 + chance / 2)) });
}
