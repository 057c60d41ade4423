/** The door's decision on another tracker's postback or pixel: whose click it names, whether its sender is believed, and what the books are to be told, or why nothing. */
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { readClickId } from "../click-id.ts";
import type { KeyRing } from "../key-ring.ts";
import type { Parameter } from "../postback/parameter.ts";
import { type UnderstoodParameters, understand } from "../postback/parameter-meanings.ts";
import { isPlainText } from "../postback/plain-text.ts";
import type { Circumstances, Refused, Taken } from "../postback/postback.ts";
import { namesNothing, type Reading, readFields, readPostback, trimBlanks } from "../postback/postback-reader.ts";
import { mayComeFrom } from "../postback/proof.ts";
import { type Refusal, refuseFor } from "../postback/refusal.ts";
import { type DoorRequest, readParameters } from "../postback/request-parameters.ts";
import type { Sender } from "../postback/sender.ts";
import { isInRanges } from "../postback/sender-address.ts";
import { cutStrangersWords } from "../postback/strangers-words.ts";
import { SENDERS_UNREAD, STRANGERS_UNREAD, withUnread } from "../postback/unread.ts";
import type { RefusalReason } from "../reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import { readForeignClick } from "./foreign-click.ts";
import { orderOfClick } from "./order-of-click.ts";
import type { PreparedTracker } from "./prepare-tracker.ts";
import { RELAYED_HEADER, relayTarget } from "./relay-target.ts";
import { lowerCased, spokenDialect } from "./tracker-dialect.ts";
import { isSecret, secretParameter, sentSecrets } from "./tracker-secret.ts";
import { type SpokenFields, speak } from "./tracker-words.ts";

const MAX_TXID_LENGTH = 128;
const MAX_META = 10;
/** Of what the old tracker is told as it came. Postback URLs are shorter; a longer one is not told there. */
const MAX_RELAYED_LENGTH = 4_096;
const META_KEY = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** What is sold without a number of its own is the click's first. */
const FIRST_OF_CLICK = "1";

/** What a request brings, before it is known whose it is. `fault` says why it could not be read. */
export interface TrackedRequest {
  role: "postback" | "pixel";
  /** As sent, without what is a person's. */
  parameters: readonly Parameter[];
  fields: UnderstoodParameters;
  segments: Readonly<Record<string, string>>;
  headers: Headers;
  fault?: RefusalReason;
  /** The link of the click that it names, where the click is ours. */
  link: number | null;
  /** A click ID of the tracker's own. */
  foreign: string | null;
  /** Path and query as the old tracker would have had them, with what was posted in the query. */
  target: string;
}

/** What is refused; `returnText` where its sender wants to read that, since nothing was wrong. */
export interface TrackerRefused extends Refused {
  returnText?: string;
}

export type TrackerDecision = Result<Taken, TrackerRefused>;

/** Reads what came at a place of the tracker's, as far as it can be read without its advertiser. */
export function readTracked(
  { table, dialect, secrets }: PreparedTracker,
  request: DoorRequest,
  { role, segments }: Pick<TrackedRequest, "role" | "segments">,
  clickKeys: KeyRing,
): TrackedRequest {
  const sent = readParameters(request, false);
  const isKept = ({ name }: Parameter) => !table.words.forgotten.includes(name.toLowerCase());
  const [query, body] = [sent.query.filter(isKept), sent.body.filter(isKept)];
  const fields = understand(dialect, query, body);
  const clickId = trimBlanks(fields.named.get("click_id")?.text ?? "");
  const click = readClickId(clickKeys, clickId);
  const fault = request.bodyFault ?? sent.fault;
  return {
    role,
    parameters: [...query, ...body],
    fields,
    segments,
    headers: request.headers,
    ...(fault === undefined ? {} : { fault }),
    link: click.ok ? click.value.link : null,
    foreign: click.ok ? null : readForeignClick(table, clickId),
    target: relayTarget(
      request.target,
      sent.body,
      secrets !== null && table.secret === null ? secretParameter(table) : null,
    ),
  };
}

/** Decides, in the order: proof, address, whether the tracker takes anything, form, content. `sender` is the advertiser whose click it names, or who keeps what names none that is known. */
export function decideTracked(
  tracker: PreparedTracker,
  sender: Sender,
  request: TrackedRequest,
  told: Circumstances,
): TrackerDecision {
  const { parameters, fields, role } = request;
  const channel = role === "pixel" ? role : (`tracker:${tracker.record.slug}` as const);
  const seen = { channel, parameters, fields } as const;
  const proof = role === "pixel" ? provePixel(sender) : proveTracked(tracker, sender, request);
  if (!proof.ok) return refuse({ ...seen, proven: false, refusal: proof.refusal });
  const { proven } = proof.value;
  if (tracker.record.closed) return refuse({ ...seen, proven, refusal: { reason: "unknown_path" } });
  if (request.fault) return refuse({ ...seen, proven, refusal: { reason: request.fault } });
  const spoken = speakFor(tracker, sender, request);
  if (spoken.isForNobody)
    return refuse({ ...seen, proven, refusal: { reason: "passed_over" }, ...wantedAnswer(spoken) });
  const reading = readSpoken(tracker, spoken, request, told.clickKeys);
  if (!reading.ok) return refuse({ ...seen, proven, refusal: reading.refusal });
  const { content, returnText } = reading.value;
  const taken: Taken = {
    channel,
    content,
    name: null,
    tracker: trackerOf(tracker, request, { proven, nowMs: told.nowMs }),
  };
  if (role === "pixel") return takeClaim(taken, seen);
  if (returnText !== undefined) taken.returnText = returnText;
  return accept(taken);
}

function speakFor({ table, dialect, record }: PreparedTracker, sender: Sender, request: TrackedRequest): SpokenFields {
  const told = spokenDialect(dialect, sender.dialect, record.mapping);
  return speak(table.words, told, request.fields, request.parameters);
}

/** What else it says is not looked at: senders try out whether somebody answers. */
function wantedAnswer({ fields, dialect }: SpokenFields): { returnText?: string } {
  const wanted = fields.named.get("return");
  const reading = readFields({ ...fields, named: new Map(wanted && [["return", wanted]]) }, dialect);
  return reading.ok && reading.value.returnText !== undefined ? { returnText: reading.value.returnText } : {};
}

/** Anyone may call a pixel, so it is a claim whatever status it says; one that takes something back is none. */
function takeClaim(taken: Taken, seen: Omit<Refused, "proven" | "refusal">): TrackerDecision {
  const { status = "pending", ...content } = taken.content;
  if (status !== "pending" && status !== "approved")
    return refuse({ ...seen, proven: false, refusal: { reason: "bad_status", parameter: "status" } });
  return accept({ ...taken, content: cutStrangersWords(content) });
}

function provePixel({ pixel }: Sender): Result<{ proven: boolean }, Refusal> {
  return pixel ? accept({ proven: false }) : refuseFor("pixel_off");
}

/** By the tracker's secret and its addresses, both where both are set; without either it is believed as far as the advertiser's open mode goes. */
function proveTracked(
  { table, secrets, addresses }: PreparedTracker,
  sender: Sender,
  { segments, parameters, headers }: TrackedRequest,
): Result<{ proven: boolean }, Refusal> {
  if (secrets !== null) {
    const sent = sentSecrets(table, segments, parameters);
    if (!isSecret(secrets, sent)) return refuseFor(sent.length === 0 ? "missing_token" : "bad_token");
  }
  if (addresses !== null && !isInRanges(addresses, headers.get("CF-Connecting-IP")))
    return refuseFor("address_not_allowed");
  if (secrets !== null || addresses !== null) return accept({ proven: true });
  if (sender.auth !== "open") return refuseFor("missing_token");
  return mayComeFrom(sender, headers) ? accept({ proven: false }) : refuseFor("address_not_allowed");
}

function readSpoken(
  tracker: PreparedTracker,
  { fields, dialect }: SpokenFields,
  { foreign, role }: TrackedRequest,
  clickKeys: KeyRing,
): Result<Reading, Refusal> {
  const reading = foreign === null ? readPostback(fields, dialect, clickKeys) : readFields(fields, dialect);
  if (!reading.ok) return reading;
  const { content } = reading.value;
  const scoped = scopeTxid(tracker, content, foreign ?? content.clickId, fields);
  if (!scoped.ok) return scoped;
  if (foreign === null && namesNothing(scoped.value)) return refuseFor("names_nothing");
  const room = role === "pixel" ? STRANGERS_UNREAD : SENDERS_UNREAD;
  const whole = withUnread(scoped.value, dialect, fields, room);
  return accept({ ...reading.value, content: tracker.record.test ? { ...whole, test: true } : whole });
}

/** The order's number behind its click's ID, where it counts within the click; as it was sent it stands in `meta`, where there is room. */
function scopeTxid(
  { table, record }: PreparedTracker,
  content: PostbackContent,
  clickId: string | undefined,
  fields: UnderstoodParameters,
): Result<PostbackContent, Refusal> {
  const field = fields.named.get("txid");
  const isMapped = lowerCased(record.mapping?.names).some(([, target]) => target === "txid");
  if (!table.words.txidOfClick || isMapped) return accept(content);
  const { txid, ...rest } = content;
  if (clickId === undefined) return accept(rest);
  if (txid === undefined)
    return accept(takesBack(content) ? rest : { ...rest, txid: orderOfClick(clickId, FIRST_OF_CLICK) });
  const whole = orderOfClick(clickId, txid);
  if (!isPlainText(whole, MAX_TXID_LENGTH)) return refuseFor("malformed_parameter", field?.name);
  return accept({ ...rest, txid: whole, ...withMeta(rest.meta, field?.name.toLowerCase() ?? "txid", txid) });
}

/** What takes back without a number is about whatever its click led to. */
function takesBack({ status }: PostbackContent): boolean {
  return status === "rejected" || status === "reversed" || status === "reinstated";
}

function withMeta(meta: Record<string, string> = {}, key: string, text: string): { meta?: Record<string, string> } {
  const hasRoom = Object.keys(meta).length < MAX_META && META_KEY.test(key) && !Object.hasOwn(meta, key);
  const whole = hasRoom ? { ...meta, [key]: text } : meta;
  return Object.keys(whole).length === 0 ? {} : { meta: whole };
}

/** What the ledger needs to know of how it came: whose the old tracker's click is turns out there, and so does who has to believe it. The old tracker is told as long as set-up says so. */
function trackerOf(
  { record }: PreparedTracker,
  { foreign, role, target, headers }: TrackedRequest,
  { proven, nowMs }: { proven: boolean; nowMs: number },
): NonNullable<PostbackMessage["tracker"]> {
  if (foreign === null) return { number: record.tracker };
  const { tracker: number, oldOrigin, relayUntilMs = 0, test } = record;
  const isRelayed = role === "postback" && oldOrigin !== undefined && nowMs < relayUntilMs && !test;
  const isTold = isRelayed && !headers.has(RELAYED_HEADER);
  return {
    ...{ number, clickId: foreign },
    ...(isTold && target.length <= MAX_RELAYED_LENGTH && { target }),
    ...(!proven && { unproven: true }),
  };
}
