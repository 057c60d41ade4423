/** The door of other trackers: what comes to a host of theirs that is no click, answered as they would. */
import { advertiserKey, type TrackerRecord } from "../../../schema/records.ts";
import { readBody } from "../../core/bounded-body.ts";
import type { UnderstoodParameters } from "../../core/postback/parameter-meanings.ts";
import type { Refusal } from "../../core/postback/refusal.ts";
import type { Sender } from "../../core/postback/sender.ts";
import { REFUSALS } from "../../core/reasons.ts";
import type { EdgeReader } from "../../core/record-memory.ts";
import { decideTracked, readTracked, type TrackedRequest } from "../../core/trackers/decide-tracker.ts";
import { placeOnOldHost } from "../../core/trackers/old-host.ts";
import type { PreparedTracker } from "../../core/trackers/prepare-tracker.ts";
import { saidToSenders, trackersAnswer } from "../../core/trackers/tracker-answers.ts";
import { roleOf, type TrackerRole } from "../../core/trackers/tracker-role.ts";
import { answer, type DoorAnswer, headersFor, SECURED } from "../answers.ts";
import { refuseStranger } from "../receipt-names.ts";
import { type Reception, takeIn, turnAway } from "../reception.ts";
import type { TrackerEntrance, Trackers } from "../trackers.ts";
import { answerGif } from "./pixel.ts";

const MAX_BODY_BYTES = 65_536;
const TOO_MANY = 429;
const NO_FIELDS: UnderstoodParameters = { named: new Map(), perhapsClickIds: [], unread: [] };

/** What is at hand at this door: all but the sender, who is found by what the request names. */
export interface TrackerReception extends Omit<Reception, "sender"> {
  trackers: Trackers;
  reader: EdgeReader;
  findSender(key: string): Promise<Sender | null>;
}

export async function takeTracked(
  reception: TrackerReception,
  entrance: TrackerEntrance,
  request: Request,
): Promise<Response> {
  const { tracker, path, query } = entrance;
  const role = roleOf(tracker.table, { method: request.method, path, query });
  const isMessage = role.role === "postback" || role.role === "pixel";
  if (tracker.record.closed && !isMessage)
    return answer(inItsWords(refuseStranger(reception.receiptKey, "unknown_path")));
  if (role.role === "listed" && role.answer === "image") return answerGif();
  if (role.role !== "postback" && role.role !== "pixel") return sendOn(reception, entrance, request, role);
  const method = request.method === "POST" ? "POST" : "GET";
  const body = await readBody(request, MAX_BODY_BYTES);
  const door = { method, target: `${path}${query}`, headers: request.headers, ...body } as const;
  const tracked = readTracked(tracker, door, role, reception.clickKeys);
  const sender = await senderOf(reception, tracker, tracked);
  const decision = decideTracked(tracker, sender, tracked, reception);
  const isPixel = role.role === "pixel";
  // What is a secret is said by the tracker's names; and a pixel is called by visitors, whose addresses are not kept.
  const speaker = { ...sender, dialect: tracker.dialect };
  const received = { ...reception, sender: speaker, address: isPixel ? null : reception.address };
  const said = await (decision.ok ? takeIn(received, decision.value) : turnAway(received, decision.refusal));
  if (isPixel) return answerGif();
  const returnText = decision.ok ? undefined : decision.refusal.returnText;
  // A tracker that is closed does not speak: its senders are to see that nothing was taken.
  const spoken = tracker.record.closed ? null : tracked;
  return answerAs(tracker, spoken, returnText === undefined ? said : asAccepted(said, returnText));
}

/** The advertiser whose click it names, where the click is ours; else the one that keeps what names no click that is known here. */
async function senderOf(
  { trackers, reader, findSender, nowMs }: TrackerReception,
  { record }: PreparedTracker,
  { link }: TrackedRequest,
): Promise<Sender> {
  const owner = link === null ? null : await trackers.ownerOf(reader, link, nowMs);
  const sender = owner === null ? null : await findSender(advertiserKey(owner));
  return sender ?? keeperOf(record, findSender);
}

/** The advertiser that keeps what names no click that is known here. Nothing is taken while its record is missing: a message must not be nobody's. */
async function keeperOf(
  { slug, advertiser }: TrackerRecord,
  findSender: TrackerReception["findSender"],
): Promise<Sender> {
  const keeper = await findSender(advertiserKey(advertiser));
  if (!keeper) throw new Error(`the advertiser of the tracker ${slug} is not published`);
  return keeper;
}

/** What is not spoken here, and links that nobody imported: to the old tracker, if it is still there, else nowhere; the log has a row of what somebody has to do something about. */
async function sendOn(
  reception: TrackerReception,
  { tracker, path, query }: TrackerEntrance,
  request: Request,
  role: Exclude<TrackerRole, { segments: unknown }>,
): Promise<Response> {
  const place = placeOnOldHost(tracker.record, request.url, `${path}${query}`);
  if (place !== null && role.role !== "click") return redirectTo(place, request.method);
  if (role.role === "listed" && role.answer === "nothing") return new Response(null, { status: 404, headers: SECURED });
  const sender = await keeperOf(tracker.record, reception.findSender);
  const said = await turnAway(
    { ...reception, sender, address: null },
    {
      channel: `tracker:${tracker.record.slug}`,
      refusal: { reason: role.role === "click" ? "unknown_alias" : "not_spoken" },
      proven: false,
      parameters: [
        ...(role.role === "click" ? [{ name: "alias", text: role.alias }] : []),
        ...(role.role === "listed" ? [{ name: "what", text: role.what }] : []),
        { name: "path", text: withoutSecrets(tracker, path) },
      ],
      fields: NO_FIELDS,
    },
  );
  return place === null ? answerAs(tracker, null, said) : redirectTo(place, request.method);
}

function redirectTo(place: string, method: string): Response {
  // 302 would turn a POST into a GET without its body.
  const status = method === "GET" || method === "HEAD" ? 302 : 307;
  return new Response(null, { status, headers: { ...Object.fromEntries(headersFor("text/plain")), Location: place } });
}

/** In whatever place of a path they stand. */
function withoutSecrets({ secrets }: PreparedTracker, path: string): string {
  return (secrets ?? []).reduce((shown, secret) => shown.replaceAll(secret, "(hidden)"), path);
}

/** What its sender does not want is taken from it as if it were. */
function asAccepted(said: DoorAnswer, returnText: string): DoorAnswer {
  if (said.status === "accepted" || said.refusal.reason !== "passed_over") return said;
  return { status: "accepted", receipt: said.receipt ?? "", returnText };
}

function answerAs(tracker: PreparedTracker, tracked: TrackedRequest | null, said: DoorAnswer): Response {
  const refusal: Refusal | null = said.status === "accepted" ? null : said.refusal;
  const own = tracked && trackersAnswer(tracker.table, refusal, textIn(tracked), clickIdIn(tracked));
  if (own) return new Response(own.body, { status: own.status, headers: headersFor(own.type) });
  const response = answer(inItsWords(said));
  if (refusal === null || REFUSALS[refusal.reason].status !== TOO_MANY) return response;
  return new Response(response.body, { status: 503, headers: response.headers });
}

/** Whoever is refused here is told so as a sender of the tracker’s, of whom it has its URL. */
function inItsWords(said: DoorAnswer): DoorAnswer {
  return said.status === "accepted" ? said : { ...said, message: saidToSenders(said.refusal.reason) };
}

function textIn({ parameters }: TrackedRequest): (name: string) => string {
  return (name) => parameters.find((parameter) => parameter.name.toLowerCase() === name)?.text ?? "";
}

function clickIdIn({ fields }: TrackedRequest): string {
  return fields.named.get("click_id")?.text ?? "";
}
