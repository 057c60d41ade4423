/** What a random world is made of: how much there is of what, and what hangs on what. Texts and figures follow from its seed, so that shrinking leaves little. */
import fc from "fast-check";
import { MOST_CLICKS, MOST_LINKS } from "./known-clicks.ts";

export const MOST_HOURS = 60;
const MOST_CONVERSIONS = 12;

export interface Draft {
  seed: number;
  /** Beyond those that every world has. */
  more: { affiliates: number; offers: number };
  links: { offer: number; affiliate: number }[];
  overrides: { offer: number; event: number; affiliate: number }[];
  conversions: { link: number; hour: number; click: number; entries: number }[];
  postbacks: DraftPostback[];
  clicks: { link: number; click: number }[];
  destinations: { type: number; owner: number }[];
  deliveries: { destination: number; conversion: number; seq: number; status: number }[];
  /** Tokens, alerts, settings and lines of the audit log. */
  rest: number;
}

export interface DraftPostback {
  /** A conversion that it meets, or whose advertiser sends it. */
  of: number;
  kind: number;
  link: number;
  click: number;
  hour: number;
}

const few = fc.nat(2);
/** The first of them more often: it is the looker's. */
const mostly = (most: number) => fc.oneof(fc.nat(most), fc.nat(1));
const link = fc.nat(MOST_LINKS - 1);
const click = fc.nat(MOST_CLICKS - 1);
const hour = fc.nat(MOST_HOURS);

export const drafts: fc.Arbitrary<Draft> = fc.record({
  seed: fc.nat(1_000_000),
  more: fc.record({ affiliates: few, offers: few }),
  links: fc.array(fc.record({ offer: mostly(5), affiliate: mostly(4) }), { minLength: 2, maxLength: MOST_LINKS }),
  overrides: fc.array(fc.record({ offer: fc.nat(3), event: fc.nat(1), affiliate: fc.nat(2) }), { maxLength: 4 }),
  conversions: fc.array(fc.record({ link, hour, click, entries: few }), { maxLength: MOST_CONVERSIONS }),
  postbacks: fc.array(fc.record({ of: mostly(MOST_CONVERSIONS - 1), kind: fc.nat(11), link, click, hour }), {
    maxLength: 10,
  }),
  clicks: fc.array(fc.record({ link, click }), { maxLength: MOST_CLICKS }),
  destinations: fc.array(fc.record({ type: fc.nat(2), owner: mostly(2) }), { maxLength: 4 }),
  deliveries: fc.array(
    fc.record({ destination: fc.nat(3), conversion: fc.nat(MOST_CONVERSIONS - 1), seq: fc.nat(2), status: fc.nat(4) }),
    { maxLength: 8 },
  ),
  rest: few,
});

/** A world with nothing but what every world has. */
export const NOTHING_MORE: Draft = {
  seed: 0,
  more: { affiliates: 0, offers: 0 },
  links: [],
  ...{ overrides: [], conversions: [], postbacks: [], clicks: [], destinations: [], deliveries: [] },
  rest: 0,
};
