/** The first step of settling: postbacks that name a click as another tracker does. Of one that was adopted they go on as that click's and its advertiser's. */
import { type RelayTerms, withoutTarget } from "../core/adoption/unknown-foreign.ts";
import { type ForeignClick, foreignStatements, type KnownForeign } from "./adopted-clicks.ts";
import type { Delivery } from "./settle-step.ts";

/** A message of which the click is unknown, and what its tracker says of relaying. */
export interface UnknownForeign {
  delivery: Delivery;
  terms: RelayTerms | undefined;
}

interface TrackerTerms extends RelayTerms {
  number: number;
}

const TERMS =
  "SELECT number, old_origin AS oldOrigin, relay_until AS relayUntilMs FROM trackers WHERE number IN (SELECT value FROM json_each(?))";

/** Asks the books once, and not at all where no message names such a click. Throws where they do not answer. */
export async function findForeign(
  db: D1Database,
  deliveries: readonly Delivery[],
): Promise<{ known: Delivery[]; unknown: UnknownForeign[] }> {
  const asked = deliveries.flatMap(({ body }) => foreignOf(body.tracker) ?? []);
  if (asked.length === 0) return { known: [...deliveries], unknown: [] };
  const numbers = JSON.stringify([...new Set(asked.map(({ tracker }) => tracker))]);
  const answers = await db.batch<KnownForeign | TrackerTerms>([
    db.prepare(TERMS).bind(numbers),
    ...foreignStatements(db, asked),
  ]);
  const rows = answers.flatMap(({ results }) => results);
  const terms = new Map(rows.flatMap((row) => ("number" in row ? [[row.number, row]] : [])));
  const clicks = new Map(rows.flatMap((row) => ("number" in row ? [] : [[keyOf(row), row]])));
  const known: Delivery[] = [];
  const unknown: UnknownForeign[] = [];
  for (const delivery of deliveries) {
    const foreign = foreignOf(delivery.body.tracker);
    const click = foreign && clicks.get(keyOf(foreign));
    if (!foreign) known.push(delivery);
    else if (click) known.push(asAdopted(delivery, click));
    else unknown.push({ delivery, terms: terms.get(foreign.tracker) });
  }
  return { known, unknown };
}

function foreignOf(tracker: Delivery["body"]["tracker"]): ForeignClick | null {
  return tracker?.clickId === undefined ? null : { tracker: tracker.number, foreignId: tracker.clickId };
}

function keyOf({ tracker, foreignId }: ForeignClick): string {
  return `${tracker} ${foreignId}`;
}

/**
 * The message as the click's own sender would have sent it. What the tracker calls the click stays told: its history may be booked under that name. The door could not know
 * whose the click is, and asked the tracker's advertiser alone: what nobody vouched for stays with that one, where the click is another's, unless that one takes such words too.
 */
function asAdopted(delivery: Delivery, click: KnownForeign): Delivery {
  const { tracker, content, ...body } = delivery.body;
  const { clickId } = click;
  return {
    ...delivery,
    body: {
      ...body,
      ...(mayHave(delivery.body, click) && { advertiser: click.advertiser }),
      content: { ...content, clickId },
      ...(tracker && { tracker: withoutTarget(tracker) }),
    },
  };
}

function mayHave({ channel, tracker }: Delivery["body"], { isOpen, hasPixel }: KnownForeign): boolean {
  if (channel === "pixel") return hasPixel === 1;
  return tracker?.unproven !== true || isOpen === 1;
}
