/**
 * How trackers' reports of clicks name what an adopted click is made of: their exports, and the answers of their APIs. Names are compared without case and punctuation, and the
 * first that a row says something under counts. Behind a dialect's own names stand ours, which every file may use. What is not certain stands here all the same: a name
 * that no report has costs nothing.
 */
import { SUB_NAMES, type SubName, subIdNames } from "../click/sub-ids.ts";

/** What a report says of a click besides its sub-ids. */
const FACTS = [
  ...(["click_id", "clicked_at", "link", "alias", "country"] as const),
  ...(["device", "os", "browser", "referrer", "external_id"] as const),
] as const;
type Fact = (typeof FACTS)[number];
export type ReportField = Fact | SubName;

export interface ClickReport {
  columns: Partial<Record<ReportField, readonly string[]>>;
  /** The placed link's alias where a report says its parts: names in braces are looked for as columns are, each by the first of `parts` that says something. */
  alias?: { form: string; parts: Readonly<Record<string, readonly string[]>> };
  /** Aliases are in lower case. */
  lower?: true;
}

/** Our own names, and those that mean the same everywhere. */
const OWN: Record<Fact, readonly string[]> = {
  click_id: ["click_id", "clickid"],
  clicked_at: ["clicked_at", "click_time", "click_date", "time", "datetime"],
  link: ["link"],
  alias: ["alias"],
  country: ["country_code", "country"],
  device: ["device", "device_type"],
  os: ["os", "os_name"],
  browser: ["browser", "browser_name"],
  referrer: ["referrer", "referer"],
  external_id: ["external_id"],
};

/** By dialect. Keitaro: `clicks/log` of its Admin API, and the click log's export. */
export const CLICK_REPORTS: Readonly<Record<string, ClickReport>> = {
  keitaro: {
    columns: {
      click_id: ["sub_id", "subid", "Sub ID"],
      clicked_at: ["datetime", "click_datetime", "Date and time"],
      alias: ["campaign_alias", "alias", "campaign_id", "campaign"],
    },
  },
  /** `visitTimestamp` and `customVariable1` of `/report/conversions` and the export of a report's visits. */
  voluum: {
    columns: {
      click_id: ["clickId"],
      clicked_at: ["visitTimestamp", "clickTimestamp"],
      alias: ["campaignId", "Campaign ID"],
      external_id: ["externalId"],
      device: ["deviceType", "device"],
      referrer: ["referrerDomain", "referrer"],
      ...numbered("customVariable"),
    },
    lower: true,
  },
  binom: {
    columns: {
      click_id: ["Clickid", "uclick"],
      clicked_at: ["Time click", "click time", "time"],
      alias: ["campaign_key", "key", "campaign_id", "campaign"],
      country: ["GEO", "country_code", "country"],
      ...numbered("token", "t"),
    },
  },
  redtrack: {
    columns: {
      click_id: ["clickid", "click_id", "id"],
      clicked_at: ["created_at", "track_time", "click_time", "time"],
      alias: ["campaign_id", "campaign"],
      external_id: ["ref_id"],
    },
    lower: true,
  },
  /** `Report::getConversions` and the conversion report call the affiliate's values `affiliate_info`. */
  tune: {
    columns: {
      click_id: ["Stat.ad_id", "ad_id", "transaction_id", "Transaction ID"],
      clicked_at: ["Stat.session_datetime", "session_datetime", "Stat.datetime", "click_datetime", "Session Date"],
      ...numbered("Stat.affiliate_info", "affiliate_info", "Affiliate Info"),
    },
    alias: {
      form: "{offer_id}/{aff_id}",
      parts: {
        offer_id: ["Stat.offer_id", "offer_id", "Offer ID"],
        aff_id: ["Stat.affiliate_id", "affiliate_id", "aff_id", "Affiliate ID"],
      },
    },
  },
  /** `networks/reporting/clicks/stream`. A report has numbers of partner and offer, and a placed link their codes: aliases of the numbers are set besides. */
  everflow: {
    columns: {
      click_id: ["transaction_id", "Transaction ID"],
      clicked_at: ["unix_timestamp", "click_unix_timestamp", "Click Date", "Date"],
      external_id: ["source_id"],
    },
    alias: {
      form: "{affiliate}/{offer}",
      parts: {
        affiliate: [
          "relationship.affiliate.network_affiliate_id",
          "network_affiliate_id",
          "affiliate_id",
          "Partner ID",
        ],
        offer: ["relationship.offer.network_offer_id", "network_offer_id", "offer_id", "Offer ID"],
      },
    },
  },
  /** `/3.0/stats/clicks`, and its export. */
  affise: {
    columns: {
      click_id: ["clickid", "click_id", "cbid", "id"],
      clicked_at: ["created_at", "click_time", "Date"],
      external_id: ["ref_id"],
      referrer: ["referrer", "referer"],
    },
    alias: {
      form: "{offer_id}/{pid}",
      parts: {
        offer_id: ["offer_id", "offer.offer_id", "offer.id", "Offer ID"],
        pid: ["pid", "partner_id", "partner.id", "affiliate_id", "Affiliate ID"],
      },
    },
  },
  bemob: {
    columns: {
      click_id: ["clickId", "Click ID"],
      clicked_at: ["visitTimestamp", "clickTimestamp", "Visit timestamp"],
      alias: ["campaignId", "Campaign ID"],
      external_id: ["externalId"],
      ...numbered("customVariable"),
    },
    lower: true,
  },
  trackier: {
    columns: {
      click_id: ["click_id", "Click ID"],
      clicked_at: ["created", "created_at", "click_time"],
      ...numbered("p"),
    },
    alias: {
      form: "{campaign_id}/{pub_id}",
      parts: { campaign_id: ["campaign_id", "Campaign ID"], pub_id: ["pub_id", "publisher_id", "Publisher ID"] },
    },
  },
  scaleo: {
    columns: { click_id: ["click_id", "Click ID"], clicked_at: ["added_timestamp", "created_at", "click_time"] },
    alias: {
      form: "{o}/{a}",
      parts: { o: ["offer_id", "Offer ID"], a: ["affiliate_id", "Affiliate ID"] },
    },
  },
  offer18: {
    columns: { click_id: ["tid", "click_id"], clicked_at: ["click_time", "datetime"] },
    alias: { form: "{o}/{a}", parts: { o: ["offerid", "offer_id"], a: ["affid", "affiliate_id"] } },
  },
  /** Whole numbers, which every installation counts for itself. */
  prosper202: {
    columns: { click_id: ["click_id", "subid"], clicked_at: ["click_time"], alias: ["tracker_id_public", "t202id"] },
  },
};

/** The names under which a field is looked for in this dialect's report; of one that is not listed, ours. */
export function reportNames(dialect: string): Map<ReportField, readonly string[]> {
  const { columns = {} } = CLICK_REPORTS[dialect] ?? {};
  const names = new Map<ReportField, readonly string[]>();
  for (const field of FACTS) names.set(field, [...(columns[field] ?? []), ...OWN[field]]);
  for (const [index, field] of SUB_NAMES.entries())
    names.set(field, [...(columns[field] ?? []), ...subIdNames(index + 1)]);
  return names;
}

/** `customVariable1` and on as sub-ids. */
function numbered(...prefixes: string[]): Partial<Record<SubName, readonly string[]>> {
  return Object.fromEntries(
    SUB_NAMES.map((field, index) => [field, prefixes.map((prefix) => `${prefix}${index + 1}`)]),
  );
}
