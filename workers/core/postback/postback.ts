/** The door's decision on a postback, whichever way it came: what the books are to be told, or why it is refused. */
import type { Channel, PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import type { KeyRing } from "../key-ring.ts";
import type { RefusalReason } from "../reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import type { Dialect } from "./dialect.ts";
import { type Names, namePostback, nameRow } from "./message-name.ts";
import type { Parameter } from "./parameter.ts";
import { type UnderstoodParameters, understand } from "./parameter-meanings.ts";
import { type ClickIdKeys, namesNothing, type Reading, readPostback } from "./postback-reader.ts";
import { mayComeFrom, type Proof, prove, provesOtherwise, refusalOfStranger, unhide } from "./proof.ts";
import { type Refusal, refuseFor } from "./refusal.ts";
import { type DoorRequest, readParameters } from "./request-parameters.ts";
import type { Sender } from "./sender.ts";
import { isWebhookId } from "./signed-webhook.ts";
import { cutStrangersWords } from "./strangers-words.ts";
import { SENDERS_UNREAD, STRANGERS_UNREAD, withUnread } from "./unread.ts";

/** A postback that may go to the books. `name` are the parts that name it, null when its sender did not; `version` is that of the secrets that vouched. */
export interface Taken {
  channel: Channel;
  content: PostbackContent;
  name: string[] | null;
  version?: number;
  returnText?: string;
  /** The tracker whose postback URL it came by, as the message says it. */
  tracker?: NonNullable<PostbackMessage["tracker"]>;
  /** What became of a signature that was not asked for. */
  signature?: "valid" | RefusalReason;
}

/**
 * A postback that is refused, with what it said as far as that was understood. `said` is what its sender hears, where that may be a stranger who is not told all;
 * `proven`: the sender had proved who it is.
 */
export interface Refused {
  channel: Channel;
  refusal: Refusal;
  said?: Refusal;
  proven: boolean;
  /** Of the credentials that proved it. */
  version?: number | undefined;
  parameters: readonly Parameter[];
  fields: UnderstoodParameters;
}

export type Decision = Result<Taken, Refused>;

/** What a decision is told besides the request. */
export interface Circumstances {
  nowMs: number;
  clickKeys: KeyRing;
}

/** Decides on a single message, in the order: proof, address, form, content. */
export function decidePostback(sender: Sender, request: DoorRequest, told: Circumstances): Decision {
  const sent = readParameters(request, sender.auth === "signed");
  const fields = understand(sender.dialect, sent.query, sent.body);
  const seen = { channel: sent.channel, parameters: [...sent.query, ...sent.body], fields };
  if (request.bodyFault) return refuse({ ...seen, proven: false, refusal: { reason: request.bodyFault } });
  const proof = prove(sender, request, fields, told.nowMs);
  if (!proof.ok) {
    const refusal = unhide(proof.refusal, sent.fault);
    if (proof.refusal.known || provesOtherwise(sender, request, fields, told.nowMs))
      return refuse({ ...seen, proven: false, refusal });
    const asInTokenMode = sender.auth === "signed" ? readParameters(request, false) : sent;
    return refuse({ ...seen, proven: false, refusal, said: refusalOfStranger(request, asInTokenMode, told.nowMs) });
  }
  if (!mayComeFrom(sender, request.headers))
    return refuse({ ...seen, proven: false, refusal: { reason: "address_not_allowed" } });
  const proven = sender.auth !== "open";
  if (sent.fault) return refuse({ ...seen, proven, refusal: { reason: sent.fault } });
  const reading = readWhole(sender.dialect, fields, told.clickKeys, SENDERS_UNREAD);
  const { version, signature } = proof.value;
  if (!reading.ok) return refuse({ ...seen, proven, version, refusal: reading.refusal });
  const { content, returnText, idempotencyKey } = reading.value;
  const name = namePostback(namesOf(request, proof.value, idempotencyKey), content);
  const taken: Taken = { channel: sent.channel, content, name };
  if (version !== undefined) taken.version = version;
  if (signature !== undefined) taken.signature = signature;
  if (returnText !== undefined) taken.returnText = returnText;
  return accept(taken);
}

/** Decides on a pixel: anyone may send it, so it is a claim whatever status it says, and no name of it counts, lest it take the receipt of the real message. */
export function decidePixel(sender: Sender, request: DoorRequest, told: Circumstances): Decision {
  const sent = readParameters(request, false);
  const fields = understand(sender.dialect, sent.query, sent.body);
  const seen = { channel: "pixel", parameters: [...sent.query, ...sent.body], fields, proven: false } as const;
  if (!sender.pixel) return refuse({ ...seen, refusal: { reason: "pixel_off" } });
  const fault = request.bodyFault ?? sent.fault;
  if (fault) return refuse({ ...seen, refusal: { reason: fault } });
  const reading = readWhole(sender.dialect, fields, told.clickKeys, STRANGERS_UNREAD);
  if (!reading.ok) return refuse({ ...seen, refusal: reading.refusal });
  const { status = "pending", ...content } = reading.value.content;
  if (status !== "pending" && status !== "approved")
    return refuse({ ...seen, refusal: { reason: "bad_status", parameter: "status" } });
  return accept({ channel: "pixel", content: cutStrangersWords(content), name: null });
}

/** A batch that was proved, and the name that its sender gave it. */
export interface ProvenBatch {
  version?: number;
  batchName?: string;
}

/** A row of a batch: its parameters, or why there are none. */
export type BatchRow = readonly Parameter[] | "malformed_body" | "too_large";

/** Decides on row `number` (from 1) of a batch. */
export function decideRow(
  sender: Sender,
  batch: ProvenBatch,
  { number, row }: { number: number; row: BatchRow },
  told: Circumstances,
): Decision {
  const parameters = typeof row === "string" ? [] : row;
  const fields = understand(sender.dialect, [], parameters);
  const seen = { channel: "batch", parameters, fields, proven: sender.auth !== "open" } as const;
  if (typeof row === "string") return refuse({ ...seen, refusal: { reason: row } });
  const reading = readWhole(sender.dialect, fields, told.clickKeys, SENDERS_UNREAD);
  if (!reading.ok) return refuse({ ...seen, version: batch.version, refusal: reading.refusal });
  const { content, idempotencyKey } = reading.value;
  const name = nameRow({ idempotencyKey }, number, batch.batchName, content);
  const taken: Taken = { channel: "batch", content, name };
  if (batch.version !== undefined) taken.version = batch.version;
  return accept(taken);
}

/** Decides on row `number` (from 1) of a file called `fileName` that somebody imports who may speak for the sender. Named as the row of a batch is, so that either way it has one receipt. */
export function decideImported(
  dialect: Dialect,
  fileName: string,
  { number, row }: { number: number; row: BatchRow },
): Decision {
  const parameters = typeof row === "string" ? [] : row;
  const fields = understand(dialect, [], parameters);
  const seen = { channel: "import", parameters, fields, proven: true } as const;
  if (typeof row === "string") return refuse({ ...seen, refusal: { reason: row } });
  const reading = readWhole(dialect, fields, "shape", SENDERS_UNREAD);
  if (!reading.ok) return refuse({ ...seen, refusal: reading.refusal });
  const { content, idempotencyKey } = reading.value;
  return accept({ channel: "import", content, name: nameRow({ idempotencyKey }, number, fileName, content) });
}

/** What a message says, with what nobody read of it, for which there is so much room. Refuses what names neither click nor order nor coupon: whether a coupon is known, only the ledger can tell. */
function readWhole(
  dialect: Dialect,
  fields: UnderstoodParameters,
  clickKeys: ClickIdKeys,
  room: number,
): Result<Reading, Refusal> {
  const reading = readPostback(fields, dialect, clickKeys);
  if (!reading.ok) return reading;
  const { content } = reading.value;
  if (namesNothing(content)) return refuseFor("names_nothing");
  return accept({ ...reading.value, content: withUnread(content, dialect, fields, room) });
}

/** The names that a message came with; the header `Idempotency-Key` is read as a parameter. */
function namesOf({ method, headers }: DoorRequest, proof: Proof, idempotencyKey: string | undefined): Names {
  const webhookId = method === "POST" ? headers.get("webhook-id") : null;
  return {
    idempotencyKey,
    webhookId: webhookId !== null && isWebhookId(webhookId) ? webhookId : undefined,
    signedAs: proof.signedAs,
  };
}
