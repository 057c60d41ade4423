/** Puts the test programme's set-up into a database of the books. */
import type { DatabaseSync } from "node:sqlite";
import { minorUnitDigits } from "../../workers/core/minor-units.ts";
import { COUPONS, dayAfterStart, LINKS, RATES } from "./world.ts";

export function seedSetUp(db: DatabaseSync): void {
  for (const [number, slug] of [
    [1, "acme"],
    [2, "teahouse"],
  ] as const) {
    db.prepare(
      "INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0)",
    ).run(number, slug, slug, JSON.stringify([{ version: 1, key: 1 }]));
  }
  for (const [number, slug] of [
    [1, "blog"],
    [2, "mag"],
    [3, "newcomer"],
  ] as const) {
    db.prepare("INSERT INTO affiliates (number, slug, name, created_at, updated_at) VALUES (?, ?, ?, 0, 0)").run(
      number,
      slug,
      slug,
    );
  }
  for (const { affiliate } of [...LINKS.values()].filter(({ inReview }) => inReview))
    db.prepare("UPDATE affiliates SET status = 'review' WHERE number = ?").run(affiliate);
  for (const [number, link] of LINKS) {
    db.prepare(
      `INSERT INTO offers (number, slug, name, advertiser, destination, currency, window_days, min_seconds, order_space, claims, max_amount, attribute_first, review_first, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'https://shop.example/', ?, ?, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`,
    ).run(
      link.offer,
      link.offerSlug,
      link.offerSlug,
      link.advertiser,
      link.currency,
      link.windowDays,
      link.minSeconds,
      link.orderSpace,
      link.claims,
      link.maxAmountMicros,
      link.attributeFirst,
      link.reviewFirst,
    );
    db.prepare(
      "INSERT INTO links (number, slug, offer, affiliate, created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0)",
    ).run(number, `link${number}`, link.offer, link.affiliate);
    for (const [position, event] of link.events.entries()) {
      const rules = [JSON.stringify(event.payout), JSON.stringify(event.revenue)];
      if (event.override) {
        db.prepare(
          "INSERT INTO offer_event_overrides (offer, event, affiliate, payout, version) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ).run(link.offer, event.name, link.affiliate, rules[0] ?? "", event.override.version);
        continue;
      }
      db.prepare(
        `INSERT INTO offer_events (offer, name, position, payout, revenue, repeat, restate, window_days, version, digits, review)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ).run(
        link.offer,
        event.name,
        position,
        rules[0] ?? "",
        rules[1] ?? "",
        event.repeat,
        event.restate,
        event.windowDays,
        event.version,
        // What the currency says is left to it.
        event.digits === minorUnitDigits(link.currency) ? null : event.digits,
        event.review,
      );
    }
  }
  for (const { day, perEuro } of RATES)
    for (const [currency, units] of Object.entries(perEuro))
      db.prepare("INSERT INTO rates (currency, day, per_euro, source, set_at) VALUES (?, ?, ?, 'ecb', 0)").run(
        currency,
        dayAfterStart(day),
        units,
      );
  for (const { number, advertiser, code, link, fromMs, untilMs } of COUPONS)
    db.prepare(
      `INSERT INTO coupons (number, slug, advertiser, code, folded, link, from_at, until_at, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    ).run(number, `link${link}`, advertiser, code, code.toLowerCase(), link, fromMs, untilMs);
}
