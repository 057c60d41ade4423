// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so some sources write their click token.
/**
 * Ready templates of traffic sources, and of the trackers that affiliates count with: data, one entry each. What an account has of its own stands as `<name>` in the address and
 * is asked for; nothing is invented, and what is not sure says so. Found in November 2026; `source` says where.
 */
import type { AnswerRules } from "./receivers-answer.ts";
import type { Template } from "./template.ts";

/** What an account has of its own. A secret one is sealed, and is `{secret.name}` in the template. */
export interface LibraryField {
  name: string;
  label: string;
  secret?: true;
}

export interface LibraryEntry {
  name: string;
  kind: "source" | "tracker";
  url: string;
  fields: LibraryField[];
  /** The token that stands in the link there, as the value of `external_id`; null where it is not known, and the source's own list tells. */
  clickToken: string | null;
  /** Hears of a refund, by a status of its own. The others are told of approvals alone: a refund would look like another sale. */
  hearsRefunds?: true;
  answers?: Partial<AnswerRules>;
  /** It counts one click ID once (or one order), so that what is in doubt may be sent again. */
  deduplicates?: true;
  /** So long after the click an event is taken. */
  windowHours?: number;
  /** What is not sure, or is to be known. */
  note?: string;
  source: LibrarySource;
}

/** Where an entry was found; the first two are the vendor's own word. */
export type LibrarySource =
  | "vendor's documentation"
  | "vendor's server-side tag"
  | "Keitaro's templates of sources"
  | "Binom's templates of sources"
  | "public integrations";

const VENDOR = "vendor's documentation";
const TAG = "vendor's server-side tag";
const KEITARO = "Keitaro's templates of sources";
const BINOM = "Binom's templates of sources";
const PUBLIC = "public integrations";

const GOAL = { name: "goal", label: "Goal" };
const EVENT = { name: "event", label: "The conversion's name there, letter for letter" };
const HOST = { name: "host", label: "The tracker's own domain" };
const ADVERTISER = { name: "advertiser", label: "Advertiser ID" };
const AID = { name: "aid", label: "Account ID (aid)" };
const UNSURE = "Found in older integrations: compare it with the address that your account shows.";
const OWN_ADDRESS = "The address is the account's own: compare it with the one that it shows.";

const SOURCES: Omit<LibraryEntry, "kind">[] = [
  {
    name: "PropellerAds / Monetag",
    url: "https://ad.propellerads.com/conversion.php?aid=<aid>&pid=&tid=<tid>&visitor_id={external_id}&payout={payout}",
    fields: [AID, { name: "tid", label: "Tracker ID (tid)" }],
    clickToken: "${SUBID}",
    deduplicates: true,
    note: "pid stays empty. One click ID is one conversion there.",
    source: PUBLIC,
  },
  {
    name: "Taboola",
    url: "https://trc.taboola.com/actions-handler/log/3/s2s-action?click-id={external_id}&name=<event>&revenue={payout}&currency={currency}&orderid={txid}",
    fields: [EVENT],
    clickToken: "{click_id}",
    note: "The conversion's name distinguishes case; an answer is 204.",
    source: VENDOR,
  },
  {
    name: "Outbrain",
    url: "https://tr.outbrain.com/unifiedPixel?ob_click_id={external_id}&name=<event>&orderValue={payout}&orderId={txid}&currency={currency}",
    fields: [EVENT],
    clickToken: "{{ob_click_id}}",
    note: "The conversion's name distinguishes case.",
    source: PUBLIC,
  },
  {
    name: "Zemanta",
    url: "https://p1.zemanta.com/v2/p/s2s/<advertiser>/<event>/?postbackid={external_id}",
    fields: [ADVERTISER, EVENT],
    clickToken: null,
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "MGID",
    url: "https://a.mgid.com/postback/<client>?c={external_id}&e=<event>&r={payout}",
    fields: [{ name: "client", label: "Client ID", secret: true }, EVENT],
    clickToken: "{click_id}",
    note: OWN_ADDRESS,
    source: TAG,
  },
  {
    name: "AdsKeeper",
    url: "https://a.adskeeper.co.uk/postback?c={external_id}&e=<event>",
    fields: [EVENT],
    clickToken: "{click_id}",
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "Revcontent",
    url: "https://trends.revcontent.com/api/v1/conversion.php?api_key=<key>&rc_uuid={external_id}&amount={payout:0}",
    fields: [{ name: "key", label: "API key", secret: true }],
    clickToken: "{{widget_clickid}}",
    note: "Takes whole amounts above zero. Its pixel and this must not count the same conversion.",
    source: TAG,
  },
  {
    name: "NewsBreak",
    url: "https://business.newsbreak.com/tracking/attribute?callback={external_id}&event_type=<event>&nb_value={payout}",
    fields: [EVENT],
    clickToken: "__CALLBACK_PARAM__",
    note: "An event that it does not know is taken in silence.",
    source: PUBLIC,
  },
  {
    name: "ExoClick",
    url: "https://s.magsrv.com/tag.php?goal=<goal>&tag={external_id}&value={payout}",
    fields: [GOAL],
    clickToken: "{conversions_tracking}",
    answers: { bodyContains: "OK" },
    note: "Answers 200 in any case; the body says whether it counted.",
    source: VENDOR,
  },
  {
    name: "TrafficStars",
    url: "https://tsyndicate.com/api/v1/cpa/action?key=<key>&clickid={external_id}&goalid=<goal>&value={payout}&lead_code={txid}",
    fields: [
      { name: "key", label: "Postback key", secret: true },
      { ...GOAL, label: "Goal, 0 for the first" },
    ],
    clickToken: "{click_id}",
    source: VENDOR,
  },
  {
    name: "TrafficJunky",
    url: "https://ads.trafficjunky.net/ct?a=<tracker>&member_id=<member>&cb={random}&cti={txid}&ctv={payout}&aclid={external_id}",
    fields: [
      { name: "tracker", label: "Tracker ID (a)" },
      { name: "member", label: "Member ID" },
    ],
    clickToken: "{ACLID}",
    source: PUBLIC,
  },
  {
    name: "TrafficForce",
    url: "https://delivery.trafficforce.com/conv.php?click_id={external_id}",
    fields: [],
    clickToken: "{CLICK_ID}",
    note: UNSURE,
    source: BINOM,
  },
  {
    name: "EroAdvertising",
    url: "https://tracker.ero-advertising.com/tracking/conv.php?cid={external_id}",
    fields: [],
    clickToken: "[tracking]",
    note: UNSURE,
    source: BINOM,
  },
  {
    name: "Adsterra",
    url: "https://www.pbterra.com/name/<login>/at?subid_short={external_id}&atpay={payout}",
    fields: [{ name: "login", label: "Login" }],
    clickToken: "##SUB_ID_SHORT(action)##",
    source: KEITARO,
  },
  {
    name: "Kadam",
    url: "https://kdtrk.net/ru/postback/?data={external_id}&cost={payout}&status={status:pending=hold approved=approved rejected=rejected reversed=rejected}",
    fields: [],
    clickToken: "[data]",
    hearsRefunds: true,
    note: "Its words for statuses are seen as hold and approved; rejected is not sure.",
    source: KEITARO,
  },
  {
    name: "RichAds",
    url: "https://xml.auxml.com/log?action=<goal>&key={external_id}&price={payout}",
    fields: [{ ...GOAL, label: "Goal: conversion, or what the account shows" }],
    clickToken: "[CLICK_ID]",
    answers: { bodyLacks: "Required url parameters are not present" },
    note: "The host differs by account (us.ahows.co is another).",
    source: KEITARO,
  },
  {
    name: "Zeropark",
    url: "http://postback.zeroredirect1.com/zppostback/<account>?cid={external_id}&payout={payout}",
    fields: [{ name: "account", label: "Account's UUID" }],
    clickToken: "{cid}",
    note: OWN_ADDRESS,
    source: BINOM,
  },
  {
    name: "HilltopAds",
    url: "https://trackhta.com/close/?token={external_id}&price={payout}&currency={currency}&advertiserid=<advertiser>",
    fields: [ADVERTISER],
    clickToken: "{{ctoken}}",
    note: `${OWN_ADDRESS} postback.hilltopads.com is another host of it.`,
    source: PUBLIC,
  },
  {
    name: "EvaDav",
    url: "https://evadav.com/phpb?click_id={external_id}&payout={payout}",
    fields: [],
    clickToken: "{CLICKID}",
    answers: { bodyLacks: '"status":"error"' },
    source: VENDOR,
  },
  {
    name: "AdMaven",
    url: "https://pixel-maven.com/pixel?info=<key>&unique_req={external_id}&value={payout}",
    fields: [{ name: "key", label: "Advertiser's key (info)", secret: true }],
    clickToken: "{:click_id}",
    note: "Answers 200 to anything, and counts US dollars.",
    source: PUBLIC,
  },
  {
    name: "PopAds",
    url: "https://serve.popads.net/cpixel.php?s2s=1&aid=<aid>&id={external_id}&value={payout}",
    fields: [{ ...AID, secret: true }],
    clickToken: "[IMPRESSIONID]",
    windowHours: 48,
    note: "Forgets an impression after 48 hours; counts US dollars.",
    source: PUBLIC,
  },
  {
    name: "PopCash",
    url: "https://ct.popcash.net/click?aid=<aid>&clickid={external_id}&payout={payout}",
    fields: [AID],
    clickToken: "[clickid]",
    source: PUBLIC,
  },
  {
    name: "Clickadu",
    url: "https://sconvtrk.com/conversion/<token>/?visitor_id={external_id}&aid=<aid>&payout={payout}",
    fields: [{ name: "token", label: "Token in the path", secret: true }, AID],
    clickToken: "${SUBID}",
    note: OWN_ADDRESS,
    source: PUBLIC,
  },
  {
    name: "RollerAds",
    url: "https://eu.rollerads.com/conversion/{external_id}/aid/<aid>/<token>",
    fields: [AID, { name: "token", label: "Token in the path", secret: true }],
    clickToken: null,
    note: OWN_ADDRESS,
    source: PUBLIC,
  },
  {
    name: "OnClickA",
    url: "https://tracking.onclicka.com/in/postbacks/?token=<token>&click_id={external_id}",
    fields: [{ name: "token", label: "Token", secret: true }],
    clickToken: null,
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "Galaksion",
    url: "http://postback.info/postback.php?cid=<cid>&click_id={external_id}",
    fields: [{ name: "cid", label: "Account ID (cid)" }],
    clickToken: null,
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "AdCash",
    url: "https://www.imcounting.com/et/event.php?advertiser=<advertiser>&cid={external_id}&id=<event>",
    fields: [ADVERTISER, { name: "event", label: "Event's ID" }],
    clickToken: "[clickid]",
    source: PUBLIC,
  },
  {
    name: "AdRight",
    url: "https://xml.fstsrv9.com/conversion?c={external_id}&count=1&value={payout}",
    fields: [],
    clickToken: null,
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "PusHub",
    url: "https://xml.pushub.net/conversion?c={external_id}",
    fields: [],
    clickToken: null,
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "HasTraffic",
    url: "https://postback.hastraffic.com/?clickid={external_id}&revenue={payout}&aid=<aid>",
    fields: [AID],
    clickToken: "{clickId}",
    note: UNSURE,
    source: PUBLIC,
  },
  {
    name: "BidVertiser",
    url: "https://secure.bidvertiser.com/performance/pc.dbm?ver=1.0&AID=<aid>&CLICKID={external_id}&revenue={payout}",
    fields: [AID],
    clickToken: "{BV_CLICKID}",
    source: VENDOR,
  },
  {
    name: "Advertizer",
    url: "https://postback.advertizer.com/pb.php?clickid={external_id}&txn_id={txid}&amount={payout}&advertiser_id=<advertiser>&key=<key>",
    fields: [ADVERTISER, { name: "key", label: "Key", secret: true }],
    clickToken: "[[subid]]",
    source: PUBLIC,
  },
  {
    name: "SelfAdvertiser",
    url: "http://clkpback3.com/adServe/ssapixel?subid={external_id}&price={payout}",
    fields: [],
    clickToken: "@@CLICK-ID@@",
    note: UNSURE,
    source: BINOM,
  },
  {
    name: "SiteScout",
    url: "http://clickserv2.sitescout.com/conv/<pixel>?pb={external_id}",
    fields: [{ name: "pixel", label: "Conversion pixel's ID" }],
    clickToken: "{postbackId}",
    note: UNSURE,
    source: BINOM,
  },
  {
    name: "Go2mobi",
    url: "https://pb.g2trk.com/pb/?api_key=<key>&clickid={external_id}&payout={payout}",
    fields: [{ name: "key", label: "API key", secret: true }],
    clickToken: "{clickid}",
    note: `${UNSURE} Seen by http alone, by which no key is sent.`,
    source: BINOM,
  },
];

const STATUSES_OF_KEITARO = "{status:pending=lead approved=sale rejected=rejected reversed=rejected}";

const TRACKERS: Omit<LibraryEntry, "kind">[] = [
  {
    name: "Voluum",
    url: "https://<host>/postback?cid={external_id}&payout={payout}&txid={txid}&currency={currency}",
    fields: [HOST],
    clickToken: "{clickid}",
    deduplicates: true,
    note: "Counts one conversion for each cid and txid.",
    source: VENDOR,
  },
  {
    name: "Binom",
    url: "https://<host>/click.php?cnv_id={external_id}&payout={payout}&cnv_status={status}&cnv_currency={currency}",
    fields: [HOST],
    clickToken: "{clickid}",
    hearsRefunds: true,
    note: "From version 2 on the path is /click.",
    source: VENDOR,
  },
  {
    name: "Keitaro",
    url: `https://<host>/<key>/postback?subid={external_id}&status=${STATUSES_OF_KEITARO}&payout={payout}&currency={currency}&tid={txid}&return=OK`,
    fields: [HOST, { name: "key", label: "Postback key", secret: true }],
    clickToken: "{subid}",
    hearsRefunds: true,
    deduplicates: true,
    answers: { bodyContains: "OK" },
    source: VENDOR,
  },
  {
    name: "RedTrack",
    url: "https://<host>/postback?clickid={external_id}&sum={payout}&status={status}",
    fields: [HOST],
    clickToken: "{clickid}",
    hearsRefunds: true,
    note: "Types of conversions distinguish case; add &type= where you use them.",
    source: VENDOR,
  },
  {
    name: "BeMob",
    url: "https://<host>/postback?cid={external_id}&payout={payout}&txid={txid}&status={status}",
    fields: [HOST],
    clickToken: "{clickId}",
    hearsRefunds: true,
    source: VENDOR,
  },
  {
    name: "FunnelFlux",
    url: "https://<host>/pb/?hit={external_id}&tx={txid}&rev={payout}",
    fields: [HOST],
    clickToken: "{hit}",
    source: VENDOR,
  },
  {
    name: "Everflow",
    url: "https://<host>/?nid=<nid>&transaction_id={external_id}&amount={payout}",
    fields: [HOST, { name: "nid", label: "Network ID (nid)" }],
    clickToken: "{transaction_id}",
    source: VENDOR,
  },
  {
    name: "TUNE / HasOffers",
    url: "https://<host>/aff_lsr?transaction_id={external_id}&amount={payout}&adv_sub={txid}",
    fields: [HOST],
    clickToken: "{transaction_id}",
    answers: { bodyContains: "success=true" },
    note: "Answers 200 to wrong clicks, too; the body says whether it counted.",
    source: VENDOR,
  },
  {
    name: "Affise",
    url: "https://<host>/postback?clickid={external_id}&action_id={conversion_id}&sum={payout}&status={status:approved=1 pending=2 rejected=3 reversed=3}",
    fields: [HOST],
    clickToken: "{clickid}",
    hearsRefunds: true,
    deduplicates: true,
    note: "Always answers 200 at once; what came of it stands in its log.",
    source: VENDOR,
  },
  {
    name: "Prosper202",
    url: "https://<host>/tracking202/static/gpb.php?subid={external_id}&amount={payout}&txid={txid}",
    fields: [HOST],
    clickToken: "[[subid]]",
    note: "Without an order's number every repeat counts anew there. The path is the usual one of an installation.",
    source: VENDOR,
  },
];

/** All entries, by name. */
export const TEMPLATE_LIBRARY: readonly LibraryEntry[] = [
  ...SOURCES.map((entry) => ({ ...entry, kind: "source" as const })),
  ...TRACKERS.map((entry) => ({ ...entry, kind: "tracker" as const })),
];

const PLACE = /<([a-z]+)>/g;
/** Of a host's name, which may have nothing of an address in it. */
const HOST_NAME = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/** The entry's template with the account's values in it; null while one that is asked for is missing, or a host is no name. */
export function templateFrom(entry: LibraryEntry, values: Readonly<Record<string, string>>): Template | null {
  const filled = entry.fields.map(({ name, secret }) => [name, valueIn(name, secret === true, values)] as const);
  if (filled.some(([, value]) => value === null)) return null;
  const places = new Map(filled);
  const url = entry.url.replace(PLACE, (place, name: string) => places.get(name) ?? place);
  return { method: "GET", url, headers: [], basic: null, body: null, needs: [] };
}

function valueIn(name: string, isSecret: boolean, values: Readonly<Record<string, string>>): string | null {
  if (isSecret) return `{secret.${name}}`;
  const value = values[name]?.trim() ?? "";
  if (value === "" || (name === HOST.name && !HOST_NAME.test(value))) return null;
  return name === HOST.name ? value : encodeURIComponent(value);
}
