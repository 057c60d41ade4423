/** The body of a webhook: the whole state of the conversion behind one entry, so that no order of arrival matters, as far as the receiver's owner sees it. */
import { SUB_ID_COUNT } from "../click/sub-ids.ts";
import type { OutgoingDelivery, OwnerType } from "./template-macros.ts";
import { writeAmount } from "./told-amounts.ts";
import type { WebhookPayload } from "./webhook-schema.ts";

/** Of which type it is, its destination says. */
type Told = Omit<WebhookPayload, "type"> & Pick<OutgoingDelivery, "type">;

/** The body as it is signed and sent. The notice is one that its owner may know (`noticeSeenBy`); what it does not see is not named either. */
export function writeWebhook(delivery: OutgoingDelivery, owner: OwnerType): string {
  return JSON.stringify(webhookOf(delivery, owner));
}

function webhookOf({ id, type, notice, names }: OutgoingDelivery, owner: OwnerType): Told {
  const { click = {}, total, delta, currency, original } = notice;
  const sum = (micros: number) => writeAmount(micros, currency);
  const [seesPayout, seesRevenue] = [owner !== "advertiser", owner !== "affiliate"];
  return {
    type,
    timestamp: iso(notice.receivedAtMs),
    data: {
      delivery_id: id,
      conversion_id: notice.conversionId,
      sequence: notice.seq,
      event: notice.event,
      status: notice.status,
      from_status: notice.fromStatus,
      original_status: notice.originalStatus ?? null,
      held: notice.held === true,
      ...(owner === "advertiser" ? {} : { reason: notice.reason ?? null }),
      test: notice.test === true,
      currency,
      amount: sum(total.amountMicros),
      amount_delta: sum(delta.amountMicros),
      original_amount: original ? writeAmount(original.amountMicros, original.currency) : null,
      original_currency: original?.currency ?? null,
      rate: original?.rate ?? null,
      ...(seesPayout ? { payout: sum(total.payoutMicros), payout_delta: sum(delta.payoutMicros) } : {}),
      ...(seesRevenue ? { revenue: sum(total.revenueMicros), revenue_delta: sum(delta.revenueMicros) } : {}),
      txid: notice.txid ?? null,
      refund_id: notice.refundId ?? null,
      offer: names.offer,
      // Whoever is not told who affiliates are has no name for either.
      ...(names.link === "" ? {} : { link: names.link }),
      ...(names.affiliate === "" ? {} : { affiliate: names.affiliate }),
      ...(seesRevenue ? { advertiser: names.advertiser } : {}),
      click_id: notice.clickId ?? null,
      ...(seesPayout
        ? { external_id: click.externalId ?? null, external_kind: click.externalKind ?? null, subs: subsOf(click.subs) }
        : {}),
      country: click.country ?? null,
      device: click.device ?? null,
      os: click.os ?? null,
      browser: click.browser ?? null,
      coupon: notice.coupon ?? null,
      customer: notice.customer ?? null,
      meta: notice.meta ?? {},
      clicked_at: iso(notice.clickedAtMs),
      occurred_at: iso(notice.occurredAtMs),
      received_at: iso(notice.receivedAtMs),
    },
  };
}

/** Those that say something, by name. */
function subsOf(subs: readonly string[] = []): Record<string, string> {
  const pairs = subs.slice(0, SUB_ID_COUNT).map((text, index) => [`sub${index + 1}`, text] as const);
  return Object.fromEntries(pairs.filter(([, text]) => text !== undefined && text !== null && text !== ""));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
