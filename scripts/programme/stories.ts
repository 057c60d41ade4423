/**
 * The stories of a programme's orders: what is sent, in which order, and what the books must say of it. What each postback comes to holds for this
 * order; where a story ends does not hang on it, nor on how often a postback is sent, so that it may be told to a system that fails meanwhile.
 */
import { forgeClickId } from "../../workers/core/sender/test-click.ts";
import type { Random } from "../random.ts";
import { decimal, type ExpectedConversion, openScene, type PlayedClick, type Postback, type Scene } from "./scene.ts";
import { SHOPS } from "./two-shops.ts";

/** Postbacks in rounds: a round is sent when the one before it is settled. Within a round they are sent one after another. */
export interface Story {
  kind: string;
  rounds: Postback[][];
  conversions: ExpectedConversion[];
}

export interface Kind {
  kind: string;
  /** How often it is told, beside the others. */
  weight: number;
  tell(scene: Scene): Omit<Story, "kind">;
}

const nothing = (postback: Postback) => ({ rounds: [[postback]], conversions: [] });
const HOUR_S = 3_600;

export const KINDS: readonly [Kind, ...Kind[]] = [
  {
    kind: "sale",
    weight: 40,
    tell: (scene) => ({ rounds: [[scene.sale("attributed")]], conversions: [scene.soldFor("approved")] }),
  },
  {
    kind: "lead",
    weight: 12,
    tell: (scene) => ({ rounds: [[scene.lead("attributed")]], conversions: [scene.led("approved")] }),
  },
  {
    kind: "lead, then sale, of one click",
    weight: 6,
    tell: (scene) => ({
      rounds: [[scene.lead("attributed")], [scene.sale("attributed")]],
      conversions: [scene.led("approved"), scene.soldFor("approved")],
    }),
  },
  {
    kind: "pending, then approved",
    weight: 10,
    tell: (scene) => ({
      rounds: [[scene.sale("attributed", { status: "pending" })], [scene.sale("updated", { status: "approved" })]],
      conversions: [scene.soldFor("approved")],
    }),
  },
  {
    kind: "pending, then rejected",
    weight: 5,
    tell: (scene) => ({
      rounds: [[scene.sale("attributed", { status: "pending" })], [scene.sale("updated", { status: "rejected" })]],
      conversions: [scene.soldFor("rejected")],
    }),
  },
  {
    kind: "pending",
    weight: 5,
    tell: (scene) => ({
      rounds: [[scene.sale("attributed", { status: "pending" })]],
      conversions: [scene.soldFor("pending")],
    }),
  },
  {
    kind: "sale sent three times",
    weight: 6,
    tell: (scene) => ({
      rounds: [
        [scene.sale("attributed"), scene.sale("duplicate: same_message"), scene.sale("duplicate: same_message")],
      ],
      conversions: [scene.soldFor("approved")],
    }),
  },
  {
    kind: "named message sent twice",
    weight: 4,
    tell: (scene) => {
      const named = scene.sale("attributed", { idempotency_key: scene.order });
      return { rounds: [[named, named]], conversions: [scene.soldFor("approved")] };
    },
  },
  {
    kind: "part given back, twice told",
    weight: 6,
    tell: (scene) => {
      const backCents = scene.random.whole(1, scene.cents - 1);
      const refund = { status: "reversed", amount: decimal(backCents), refund_id: `${scene.order}-back` };
      return {
        rounds: [
          [scene.sale("attributed")],
          [scene.sale("updated", refund), scene.sale("duplicate: same_message", refund)],
        ],
        conversions: [scene.soldFor("approved", scene.cents - backCents)],
      };
    },
  },
  {
    kind: "given back in two parts",
    weight: 3,
    tell: (scene) => {
      const parts = [1, 2].map((number) => ({
        cents: scene.random.whole(1, Math.floor(scene.cents / 2) - 1),
        id: `${scene.order}-back-${number}`,
      }));
      const back = parts.map(({ cents, id }) => ({ status: "reversed", amount: decimal(cents), refund_id: id }));
      const left = parts.reduce((cents, part) => cents - part.cents, scene.cents);
      return {
        rounds: [[scene.sale("attributed")], back.map((refund) => scene.sale("updated", refund))],
        conversions: [scene.soldFor("approved", left)],
      };
    },
  },
  {
    kind: "all given back, by order number alone",
    weight: 4,
    tell: (scene) => ({
      rounds: [
        [scene.sale("attributed")],
        // An order of a test click is a test order: what names it without its click has to say so.
        [
          scene.sale("updated", {
            status: "reversed",
            amount: undefined,
            click_id: undefined,
            test: scene.click.test ? "1" : undefined,
          }),
        ],
      ],
      conversions: [scene.soldFor("reversed")],
    }),
  },
  {
    kind: "given back before it was sold",
    weight: 3,
    tell: (scene) => ({
      rounds: [[scene.sale("updated", { status: "reversed", amount: undefined })], [scene.sale("attributed")]],
      conversions: [scene.soldFor("reversed")],
    }),
  },
  {
    kind: "forbidden move",
    weight: 2,
    tell: (scene) => ({
      rounds: [
        [scene.sale("attributed", { status: "approved" })],
        [scene.sale("rejected: status_not_allowed", { status: "pending" })],
      ],
      conversions: [scene.soldFor("approved")],
    }),
  },
  {
    kind: "sale sent as a test",
    weight: 4,
    tell: (scene) => ({
      rounds: [[scene.sale("attributed", { test: "1" })]],
      conversions: [{ ...scene.soldFor("approved"), test: true }],
    }),
  },
  {
    kind: "bad token",
    weight: 3,
    tell: (scene) => nothing({ ...scene.sale("refused: bad_token"), badToken: true }),
  },
  {
    kind: "forged click ID",
    weight: 3,
    tell: (scene) => nothing(scene.sale("refused: forged_click_id", { click_id: forgeClickId(scene.click.clickId) })),
  },
  {
    kind: "macro that was not expanded",
    weight: 2,
    tell: (scene) => nothing(scene.sale("refused: unexpanded_macro", { click_id: "{click_id}" })),
  },
  {
    kind: "amount like 1e3",
    weight: 2,
    tell: (scene) => nothing(scene.sale("refused: bad_amount", { amount: "1e3" })),
  },
  {
    kind: "unknown event",
    weight: 2,
    tell: (scene) => nothing(scene.sale("rejected: unknown_event", { event: "no-such-event" })),
  },
  {
    kind: "order without a click",
    weight: 2,
    tell: (scene) => nothing(scene.sale("unattributed: unknown_order", { click_id: undefined })),
  },
  {
    kind: "before its click",
    weight: 2,
    tell: (scene) => nothing(scene.sale("rejected: before_click", { occurred_at: unixSeconds(-HOUR_S) })),
  },
  {
    kind: "in the future",
    weight: 2,
    tell: (scene) => nothing(scene.sale("rejected: occurred_in_future", { occurred_at: unixSeconds(HOUR_S) })),
  },
  {
    kind: "another advertiser's click",
    weight: 2,
    tell: (scene) =>
      nothing({
        ...scene.sale("rejected: foreign_click"),
        advertiser: otherAdvertiser(scene.click.link.offer.advertiser.slug),
      }),
  },
];

const TOTAL_WEIGHT = KINDS.reduce((sum, { weight }) => sum + weight, 0);

/** A kind by its weight: sales are many, mischief is little. */
export function drawKind(random: Random): Kind {
  let left = random.whole(0, TOTAL_WEIGHT - 1);
  for (const kind of KINDS) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  return KINDS[0];
}

/** The story of one order on `click`; no other order of any run is called `order`. */
export function tellStory({ kind, tell }: Kind, click: PlayedClick, order: string, random: Random): Story {
  return { kind, ...tell(openScene(click, order, random)) };
}

function unixSeconds(fromNowS: number): string {
  return String(Math.floor(Date.now() / 1000) + fromNowS);
}

function otherAdvertiser(slug: string): string {
  return SHOPS.find((shop) => shop !== slug) ?? slug;
}
