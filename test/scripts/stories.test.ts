/** The stories that demo and soak play: what each says that it leaves is what its postbacks leave. */
import { expect, test } from "vitest";
import { KINDS, tellStory } from "../../scripts/programme/stories.ts";
import { LINKS } from "../../scripts/programme/two-shops.ts";
import { seededRandom } from "../../scripts/random.ts";

const TAKEN = ["attributed", "updated", "duplicate: same_message"];
/** Micros paid and charged for a cent of the amount, by currency. */
const SHARES: Record<string, [payout: number, revenue: number]> = { USD: [1_000, 1_500], EUR: [1_250, 2_000] };

/** The whole number nearest to a fraction, the larger of two. */
const nearest = (numerator: number, denominator: number): number =>
  Number((2n * BigInt(numerator) + BigInt(denominator)) / (2n * BigInt(denominator)));

test.each(KINDS)(
  "$kind: the named share of a sale is paid and charged, to the cent, and of that what remains",
  (kind) => {
    const random = seededRandom(1);
    for (let number = 0; number < 100; number++) {
      const click = { link: random.pick(LINKS), clickId: "c".repeat(36), test: false };
      const { rounds, conversions } = tellStory(kind, click, `t${number}`, random);
      const taken = rounds.flat().filter(({ expect }) => TAKEN.includes(expect));
      for (const conversion of conversions.filter(({ event }) => event === "sale")) {
        const told = taken.filter(({ params }) => params.event === "sale");
        const cents = (amount = "0") => Math.round(Number(amount) * 100);
        const sold = Math.max(...told.map(({ params }) => (params.refund_id ? 0 : cents(params.amount))));
        const refunds = new Map(told.map(({ params }) => [params.refund_id ?? "", cents(params.amount)]));
        refunds.delete("");
        const given = [...refunds.values()].reduce((sum, refund) => sum + refund, 0);
        const left = ["approved", "pending"].includes(conversion.status) ? sold - given : 0;
        const [payout, revenue] = (SHARES[conversion.currency] ?? []).map((micros) => {
          const wholeCents = nearest(sold * micros, 10_000);
          return left === 0 ? 0 : nearest(wholeCents * left, sold) * 10_000;
        });
        expect(conversion).toMatchObject({
          amountMicros: left * 10_000,
          payoutMicros: payout,
          revenueMicros: revenue,
        });
        expect(left).toBeGreaterThanOrEqual(0);
      }
    }
  },
);
