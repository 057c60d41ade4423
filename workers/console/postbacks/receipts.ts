/** What became of a message, by its receipt: told to who sent it, to admins and to analysts. */
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { Mapping } from "../../../schema/records.ts";
import { advertisers, postbacks } from "../../../schema/tables.ts";
import { type PostbackRow, postbackRow } from "../../core/books/rows.ts";
import { objectName } from "../../core/books/stored.ts";
import { deriveReceiptKeys, deriveToken } from "../../core/credentials.ts";
import { equalText } from "../../core/equal.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";
import { formatInstant } from "../../core/instant.ts";
import { isRecord } from "../../core/is-record.ts";
import type { KeyRing } from "../../core/key-ring.ts";
import { makeDialect } from "../../core/postback/dialect.ts";
import { understand } from "../../core/postback/parameter-meanings.ts";
import { type Remarks, remarksOn, unreadNames } from "../../core/postback/unread.ts";
import { isOfRefused, isReceiptOf, RECEIPT_LENGTH } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { validCredentials } from "../advertisers/credentials.ts";
import type { Env } from "../env.ts";
import { type Proved, provedAnswer, provedOf } from "../proofs/proved.ts";
import { findBearer } from "../web/bearer.ts";
import { bearerToken, type Caller } from "../web/caller.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import { budgetOf, budgetOfSender, rememberCaller } from "../web/within-budget.ts";
import { attemptAnswer, attemptViews, readAttempts } from "./logged-attempts.ts";
import { adviceOn } from "./reasons.ts";
import { readContent } from "./stored-message.ts";

const POSTBACK_TOKEN = /^cbt_[0-9a-hjkmnp-tv-z]{32}$/;

export const receiptAnswer = v.object({
  receipt: v.string(),
  status: v.picklist(["queued", ...postbacks.status.enumValues]),
  reason: v.nullable(v.string()),
  /** What the sender should change. */
  message: v.nullable(v.string()),
  duplicate_of: v.nullable(v.string()),
  conversion: v.nullable(v.string()),
  received_at: v.nullable(v.string()),
  settled_at: v.nullable(v.string()),
  /** Under which checkpoint of the signed log it stands as it is; null until it does. */
  proved: v.nullable(provedAnswer),
  /** Each time that it came and was decided; none before it was. */
  attempts: v.array(attemptAnswer),
  /** Names that nobody read; those of them that are perhaps ours, misspelled; and optional fields that could not be read, with why. */
  unread: v.exactOptional(v.array(v.string())),
  perhaps: v.exactOptional(v.record(v.string(), v.string())),
  notes: v.exactOptional(v.record(v.string(), v.string())),
});
type ReceiptView = v.InferOutput<typeof receiptAnswer>;

type Holder = Pick<typeof advertisers.$inferSelect, "number" | "credentials" | "mapping">;

/**
 * Looks a receipt up for who asks. An advertiser's token says nothing of whose it is, and trying every advertiser's would cost a
 * derivation each; so the receipt says whose it is, by its row or by its tag, and only that advertiser's tokens are derived.
 * Whoever's token that is not learns what a stranger learns: there is no such receipt.
 */
export async function readReceipt(
  env: Env,
  request: Request,
  text: string,
  nowMs: number,
): Promise<Result<ReceiptView, Problem>> {
  const token = bearerToken(request);
  if (token === null)
    return refuse({ name: "not_signed_in", detail: "Send your postback token as Authorization: Bearer." });
  const receipt = text.toLowerCase();
  // A postback token has 160 bits, and many an advertiser's sender may share an address: theirs are not counted.
  const found = POSTBACK_TOKEN.test(token) ? accept(null) : await findBearer(env, request, token, nowMs);
  if (!found.ok) return found;
  if (found.value) rememberCaller(token, budgetOf(found.value));
  const caller = found.value;
  const row = (await findLogged(env, [receipt])).get(receipt);
  const ring = await advertiserKeys(env);
  const candidates = await drizzle(env.DB)
    .select({ number: advertisers.number, credentials: advertisers.credentials, mapping: advertisers.mapping })
    .from(advertisers)
    .where(row ? eq(advertisers.number, row.advertiser) : undefined);
  const keys = await deriveReceiptKeys(ring);
  const owner = row ? candidates[0] : ownerOf(keys, candidates, receipt);
  if (!owner || !(await mayRead(ring, caller, token, owner, nowMs))) return refuse(unknownReceipt(text));
  if (caller === null) rememberCaller(token, budgetOfSender(owner.number));
  const known = row ?? (await findHeld(env, owner.number, [receipt])).get(receipt);
  // A receipt carries no time, so one that nothing knows of is `queued`, however old it is; one that is known beyond this is gone.
  if (!known) return accept(unseenView(receipt, isOfRefused(keys, owner.number, receipt)));
  if (known.received_at < nowMs - POSTBACKS_KEPT_MS)
    return refuse({ name: "no_longer_kept", detail: `Receipts are kept for ${POSTBACKS_KEPT_MS / DAY_MS} days.` });
  const proved = await provedOf(env, owner.number, { receipts: [receipt] });
  return accept(receiptView(receipt, known, owner.mapping, proved.get(receipt)));
}

export const MAX_RECEIPTS = 1_000;

/**
 * Looks up many receipts of one advertiser's at once, in the order asked. They are let in by the first of them; what is not that advertiser's is left out, as if there
 * were none such. Of who sees everything, all that the log knows are told.
 */
export async function readReceipts(
  env: Env,
  request: Request,
  texts: readonly string[],
  nowMs: number,
): Promise<Result<{ receipts: ReceiptView[] }, Problem>> {
  const token = bearerToken(request);
  if (token === null)
    return refuse({ name: "not_signed_in", detail: "Send your postback token as Authorization: Bearer." });
  const found = POSTBACK_TOKEN.test(token) ? accept(null) : await findBearer(env, request, token, nowMs);
  if (!found.ok) return found;
  if (found.value) rememberCaller(token, budgetOf(found.value));
  const receipts = texts.map((text) => text.toLowerCase());
  const [first = ""] = receipts;
  const ring = await advertiserKeys(env);
  const keys = await deriveReceiptKeys(ring);
  const seesAll = found.value?.scope === "everything";
  const holders = await drizzle(env.DB)
    .select({ number: advertisers.number, credentials: advertisers.credentials, mapping: advertisers.mapping })
    .from(advertisers);
  // Of the others nothing is looked up before the first has let the caller in.
  const number = (await findLogged(env, [first])).get(first)?.advertiser ?? ownerOf(keys, holders, first)?.number;
  const owner = holders.find((holder) => holder.number === number);
  if (!seesAll && !(owner && (await mayRead(ring, found.value, token, owner, nowMs))))
    return refuse(unknownReceipt(first));
  if (!found.value && owner) rememberCaller(token, budgetOfSender(owner.number));
  const logged = await findLogged(env, receipts);
  const isOwners = (receipt: string) => owner !== undefined && isReceiptOf(keys, owner.number, receipt);
  const missing = receipts.filter((receipt) => !logged.has(receipt) && isOwners(receipt));
  const rows = new Map([...logged, ...(owner ? await findHeld(env, owner.number, missing) : [])]);
  const proved = owner ? await provedOf(env, owner.number, { receipts: [...rows.keys()] }) : new Map<string, Proved>();
  const isTheirs = (receipt: string): boolean => {
    const row = rows.get(receipt);
    if (seesAll || !owner) return true;
    return row ? row.advertiser === owner.number : isOwners(receipt);
  };
  const view = (receipt: string): ReceiptView => {
    const row = rows.get(receipt);
    if (row)
      return receiptView(
        receipt,
        row,
        holders.find(({ number }) => number === row.advertiser)?.mapping ?? null,
        proved.get(receipt),
      );
    const isRefused = owner !== undefined && isOfRefused(keys, owner.number, receipt);
    return unseenView(receipt, isRefused);
  };
  return accept({ receipts: receipts.filter(isTheirs).map(view) });
}

/** What a receipt's row says, as far as it is told. */
type ToldRow = Pick<
  PostbackRow,
  | "advertiser"
  | "received_at"
  | "settled_at"
  | "reason"
  | "duplicate_of"
  | "conversion_id"
  | "credential_version"
  | "address_hash"
  | "attempts"
  | "params"
> &
  Pick<typeof postbacks.$inferSelect, "status">;

export type SettledRow = Pick<ToldRow, "status" | "reason" | "duplicate_of" | "conversion_id">;

type FoundRow = ToldRow & Pick<PostbackRow, "receipt">;

const FIND =
  "SELECT receipt, advertiser, received_at, settled_at, status, reason, duplicate_of, conversion_id, credential_version, address_hash, attempts, params FROM postbacks WHERE receipt IN (SELECT value FROM json_each(?))";

/** The receipts' rows in the log, or in what an older install had of it; none where there are none, or the log does not answer. */
async function findLogged({ LOG, DB }: Env, receipts: readonly string[]): Promise<Map<string, ToldRow>> {
  const ask = async (database: D1Database) =>
    (await database.prepare(FIND).bind(JSON.stringify(receipts)).all<FoundRow>()).results;
  const logged = await ask(LOG).catch((error: unknown) => {
    console.error({ event: "log_unreadable", error: String(error) });
    return [];
  });
  const rest = logged.length < receipts.length ? await ask(DB) : [];
  return new Map([...rest, ...logged].map(({ receipt, ...row }) => [receipt, row]));
}

/** What the advertiser's object holds of receipts whose rows the log does not have, or no longer, or not yet. */
async function findHeld(env: Env, advertiser: number, receipts: string[]): Promise<Map<string, ToldRow>> {
  if (receipts.length === 0) return new Map();
  const { messages } = await env.CONVERSIONS.getByName(objectName(advertiser)).find(receipts, []);
  return new Map(
    messages.map((message) => {
      const row = postbackRow(message, message.stage, message.settledAtMs);
      return [row.receipt, { ...row, status: message.outcome.status }];
    }),
  );
}

/** What became of messages of one advertiser's, by receipt, at most `MAX_RECEIPTS` at once: from the log, and from its object where the log is behind. What nothing knows of is absent. */
export async function readSettled(
  env: Env,
  advertiser: number,
  receipts: readonly string[],
): Promise<Map<string, SettledRow>> {
  const logged = await findLogged(env, receipts);
  const missing = receipts.filter((receipt) => !logged.has(receipt));
  return new Map([...logged, ...(await findHeld(env, advertiser, missing))]);
}

/** Whose receipt this is, by its tag. */
function ownerOf(keys: readonly HmacKey[], candidates: readonly Holder[], receipt: string): Holder | undefined {
  if (receipt.length !== RECEIPT_LENGTH) return undefined;
  return candidates.find(({ number }) => isReceiptOf(keys, number, receipt));
}

/** `caller` is null for whoever brings a postback token. */
async function mayRead(
  ring: KeyRing,
  caller: Caller | null,
  token: string,
  owner: Holder,
  nowMs: number,
): Promise<boolean> {
  if (caller !== null) {
    if (caller.scope === "everything") return true;
    return "advertiser" in caller.scope && caller.scope.advertiser === owner.number;
  }
  for (const { version, key } of validCredentials(owner.credentials, nowMs)) {
    const own = await deriveToken(ring, owner.number, version, key);
    if (own !== null && equalText(own, token)) return true;
  }
  return false;
}

/** Of what named nothing the log has all that it said: what nobody reads of it is told as its sender was told at the door. */
function remarksOf({ status, reason, params }: ToldRow, mapping: Mapping | null): Remarks {
  if (params === null) return {};
  if (status === "refused") return reason === "names_nothing" ? remarksOn({ unread: unreadOf(params, mapping) }) : {};
  const content = readContent(params);
  return content ? remarksOn(content) : {};
}

function unreadOf(params: string, mapping: Mapping | null): Record<string, string> {
  const dialect = makeDialect(mapping ?? undefined);
  const said: unknown = JSON.parse(params);
  const parameters = Object.entries(isRecord(said) ? said : {}).map(([name, text]) => ({ name, text: String(text) }));
  return unreadNames(dialect, understand(dialect, [], parameters).unread);
}

function unknownReceipt(text: string): Problem {
  return { name: "not_found", detail: `"${text}" is no receipt of yours: check it, and the token that you send.` };
}

/** What is said of a receipt of which nothing is known but its name. */
const NOTHING = {
  reason: null,
  message: null,
  duplicate_of: null,
  conversion: null,
  received_at: null,
  settled_at: null,
  proved: null,
  attempts: [],
};
const NOT_KEPT = { status: "refused", reason: "not_kept", message: adviceOn("not_kept") } as const;

function unseenView(receipt: string, isRefused: boolean): ReceiptView {
  return { receipt, status: "queued", ...NOTHING, ...(isRefused ? NOT_KEPT : {}) };
}

function receiptView(
  receipt: string,
  row: ToldRow,
  mapping: Mapping | null,
  proved: Proved | null = null,
): ReceiptView {
  return {
    receipt,
    status: row.status,
    reason: row.reason,
    message: adviceOn(row.reason),
    duplicate_of: row.duplicate_of,
    conversion: row.conversion_id,
    received_at: formatInstant(row.received_at),
    settled_at: formatInstant(row.settled_at),
    proved,
    attempts: attemptViews(readAttempts(row.attempts), {
      receivedAtMs: row.received_at,
      credentialVersion: row.credential_version,
      addressHash: row.address_hash,
      status: row.status,
      reason: row.reason,
    }),
    ...remarksOf(row, mapping),
  };
}
