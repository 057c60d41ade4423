/** Messages read back from where they were kept: R2 holds the whole of one, the postback log its content. */
import * as v from "valibot";
import type {
  AdoptedClick,
  AdoptionMessage,
  ClicksMessage,
  HistoryContent,
  LoggedClick,
  PostbackContent,
  PostbackMessage,
  RefusalMessage,
  RepairMessage,
  RidingFacts,
} from "../../../schema/messages.ts";
import { isRecord } from "../../core/is-record.ts";
import { SENT_STATUSES } from "../../core/postback/sent-status.ts";
import { keptFacts } from "../../core/riding-facts.ts";
import { readAttempts } from "./logged-attempts.ts";

const number = v.pipe(v.number(), v.safeInteger());
const text = v.exactOptional(v.string());
const whole = v.exactOptional(number);
const yes = v.exactOptional(v.literal(true));

const texts = v.record(v.string(), v.string());

// Every field of a message stands here, or these do not compile: what is forgotten would be lost on the way.

const history = {
  link: number,
  payoutMicros: number,
  clickedAtMs: number,
  receivedAtMs: number,
  externalId: text,
  country: text,
  subs: v.exactOptional(v.array(v.string())),
} satisfies Record<keyof HistoryContent, unknown>;

const decisive = v.object({
  clickId: text,
  event: text,
  txid: text,
  alsoTxid: text,
  status: v.exactOptional(v.picklist(SENT_STATUSES)),
  refundId: text,
  refundedTotalMicros: whole,
  amountMicros: whole,
  revenueMicros: whole,
  currency: text,
  occurredAtMs: whole,
  occurredAtSent: text,
  test: yes,
  unread: v.exactOptional(texts),
  notes: v.exactOptional(texts),
  history: v.exactOptional(v.object(history)),
} satisfies Record<Exclude<keyof PostbackContent, keyof RidingFacts>, unknown>);

const facts = v.pipe(
  v.looseObject({}),
  v.rawTransform<Record<string, unknown>, RidingFacts>(({ dataset, addIssue, NEVER }) => {
    const kept = keptFacts(dataset.value);
    if (kept) return kept;
    addIssue({ message: "a riding fact is not as it is read" });
    return NEVER;
  }),
);

const content = v.intersect([decisive, facts]);

const channel = v.union([
  v.picklist(["get", "form", "json", "batch", "import", "pixel", "console"]),
  v.custom<`webhook:${string}` | `tracker:${string}`>(
    (said) => typeof said === "string" && /^(?:webhook|tracker):/.test(said),
  ),
]);

const correction = {
  by: v.string(),
  note: v.string(),
  conversion: v.string(),
  restate: yes,
  act: v.exactOptional(v.picklist(["hold", "release", "undo"])),
  undoes: text,
  reason: text,
} satisfies Record<keyof NonNullable<PostbackMessage["correction"]>, unknown>;

const ruling = { by: v.string(), note: v.string(), claim: v.string(), dismiss: yes } satisfies Record<
  keyof NonNullable<PostbackMessage["ruling"]>,
  unknown
>;

const amendment = {
  by: v.string(),
  note: v.string(),
  whatIf: number,
  seen: v.string(),
  patches: v.string(),
} satisfies Record<keyof NonNullable<PostbackMessage["amendment"]>, unknown>;

const tracker = v.exactOptional(
  v.object({ number, clickId: text, target: text, unproven: yes } satisfies Record<
    keyof NonNullable<PostbackMessage["tracker"]>,
    unknown
  >),
);

const postback = v.object({
  kind: v.literal("postback"),
  receipt: v.string(),
  named: yes,
  advertiser: number,
  receivedAtMs: number,
  row: whole,
  channel,
  tracker,
  credentialVersion: whole,
  addressHash: text,
  content,
  correction: v.exactOptional(v.object(correction)),
  ruling: v.exactOptional(v.object(ruling)),
  amendment: v.exactOptional(v.object(amendment)),
  replay: yes,
} satisfies Record<Exclude<keyof PostbackMessage, "waits">, unknown>);

const refusal = v.object({
  kind: v.literal("refusal"),
  receipt: v.string(),
  advertiser: number,
  receivedAtMs: number,
  channel,
  reason: v.string(),
  credentialVersion: whole,
  addressHash: text,
  parameter: text,
  clickId: text,
  event: text,
  txid: text,
  test: yes,
  stranger: yes,
  times: whole,
  params: texts,
} satisfies Record<keyof RefusalMessage, unknown>);

const click = v.object({
  clickId: v.string(),
  offer: number,
  affiliate: number,
  advertiser: number,
  provisional: yes,
  embedded: yes,
  bot: yes,
  country: text,
  device: text,
  os: text,
  userAgent: text,
  referrer: text,
  externalId: text,
  externalKind: text,
  adConsent: text,
  subs: v.exactOptional(v.array(v.string())),
  visitor: text,
} satisfies Record<keyof LoggedClick, unknown>);

const clicks = v.object({
  kind: v.literal("clicks"),
  clicks: v.array(click),
} satisfies Record<keyof ClicksMessage, unknown>);

const repair = v.object({
  kind: v.literal("repair"),
  advertiser: number,
  receipts: v.array(v.string()),
  conversions: v.array(v.string()),
} satisfies Record<keyof RepairMessage, unknown>);

const adopted = v.object({
  foreignId: v.string(),
  link: number,
  clickedAtMs: number,
  country: text,
  device: text,
  os: text,
  browser: text,
  referrer: text,
  externalId: text,
  subs: v.exactOptional(v.array(v.string())),
} satisfies Record<keyof AdoptedClick, unknown>);

const adoption = v.object({
  kind: v.literal("adoption"),
  tracker: number,
  clicks: v.array(adopted),
} satisfies Record<keyof AdoptionMessage, unknown>);

const message = v.variant("kind", [postback, refusal, clicks, repair, adoption]);

/** What a queue brought to the ledger in vain. */
export type FailedMessage = PostbackMessage | RefusalMessage | ClicksMessage | RepairMessage | AdoptionMessage;

/** A message as R2 holds it; a postback's waiting begins anew. Null when it is none that is known. */
export function readMessage(json: string): FailedMessage | null {
  const read = v.safeParse(message, parse(json));
  return read.success ? read.output : null;
}

/** A row of the postback log that took no key, or was refused since it named nothing. */
export interface LoggedMessage {
  receipt: string;
  advertiser: number;
  received_at: number;
  status: string;
  channel: string;
  params: string | null;
  credential_version: number | null;
  address_hash: string | null;
  /** As JSON. */
  attempts: string | null;
}

const logged = v.object({ content, channel, tracker });

/**
 * The message that a row of the log was made from, once for each of its attempts, since the earliest that takes a key now is the one that counts. None where it
 * cannot be told: a correction's row does not say whose correction it is.
 */
export function rebuildMessages(row: LoggedMessage): PostbackMessage[] {
  const said = parse(row.params ?? "");
  // Of a click that was unknown, the row has what its tracker calls it.
  const by = isRecord(said) && said.tracker !== undefined ? { tracker: said.tracker } : {};
  const read = v.safeParse(logged, { content: said, channel: row.channel, ...by });
  if (!read.success || read.output.channel === "console") return [];
  const { receipt, advertiser } = row;
  const whole = { kind: "postback", receipt, advertiser, replay: true, ...read.output } as const;
  const only = {
    receivedAtMs: row.received_at,
    row: 0,
    credentialVersion: row.credential_version,
    addressHash: row.address_hash,
  };
  return (readAttempts(row.attempts) ?? [only]).map(({ receivedAtMs, row: place, credentialVersion, addressHash }) => {
    const message: PostbackMessage = { ...whole, receivedAtMs };
    if (place > 0) message.row = place;
    if (credentialVersion !== null) message.credentialVersion = credentialVersion;
    if (addressHash !== null) message.addressHash = addressHash;
    return message;
  });
}

/** The message that a refused row was made from, of which nothing is read yet. */
export function rebuildRefused(row: LoggedMessage): PostbackMessage[] {
  return rebuildMessages({ ...row, params: JSON.stringify({ unread: parse(row.params ?? "") }) });
}

/** The content of a message as the log keeps it; null when it is none. */
export function readContent(json: string): PostbackContent | null {
  const read = v.safeParse(content, parse(json));
  return read.success ? read.output : null;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
