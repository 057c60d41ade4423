/** What stands under a call's root: a message at a stage, or a conversion at an entry, by what was committed to of its fields. docs/proofs.md lists them. */
import type { Conversion } from "../books/conversion.ts";
import type { StoredConversion, StoredMessage } from "../books/stored.ts";
import { hashBytes } from "../hmac-sha256.ts";
import { must } from "../must.ts";
import { type CommittedFields, hashFields, type Salting, writeText } from "./commitments.ts";
import { HASH_BYTES, LEAF_PREFIX } from "./merkle.ts";

/** Where leaves are written: nothing stays in it from one call to the next. What is longer has room of its own. */
const ROOM = 256;
const leaf = new Uint8Array(ROOM);

/** A leaf by its name, with its hash. */
export type Leaf = MessageLeaf | ConversionLeaf;

export interface MessageLeaf {
  receipt: string;
  stage: number;
  hash: Uint8Array;
}

/** `state` is the hash over what the conversion was then, which later entries may change: with it the leaf can be made again from its entry alone. */
export interface ConversionLeaf {
  conversion: string;
  seq: number;
  hash: Uint8Array;
  state: Uint8Array;
}

/**
 * The fields of a message's leaf: `said`, all that came from outside with it, and `became`, its outcome. Nobody is shown less of one of them than the whole: a sender learns of its own
 * message what it said and what became of it.
 */
export function messageFields({ command, outcome, attempts, settledAtMs }: StoredMessage): CommittedFields {
  const { receivedAtMs, row, channel, credentialVersion, addressHash, content, test } = command;
  const { status, reason, duplicateOf, conversion } = outcome;
  const said: Record<string, unknown> = { received_at: receivedAtMs, channel, content };
  if (row !== 0) said.row = row;
  if (credentialVersion !== null) said.credential_version = credentialVersion;
  if (addressHash !== null) said.address_hash = addressHash;
  if (test) said.test = test;
  const became: Record<string, unknown> = { status, settled_at: settledAtMs };
  if (reason !== null) became.reason = reason;
  if (duplicateOf !== null) became.duplicate_of = duplicateOf;
  if (conversion !== null) became.conversion = conversion;
  const earlier = attempts?.flatMap((attempt) => attempt.became ?? []) ?? [];
  if (earlier.length > 0) became.earlier = earlier;
  return [
    ["said", JSON.stringify(said), 0],
    ["became", JSON.stringify(became), 1],
  ];
}

/**
 * The fields that all leaves of a conversion share. What everybody who sees the conversion sees is one field, and what is not for all, or may be erased, one each: `whose` for the affiliate,
 * `txid` for the advertiser. Its sums are its entries'.
 */
export function conversionFields({ conversion }: Pick<StoredConversion, "conversion">): CommittedFields {
  const { click, facts, exchange, imported, event, test } = conversion;
  const about = {
    offer: click.offer,
    event,
    currency: click.currency,
    clicked_at: click.clickedAtMs,
    occurred_at: conversion.occurredAtMs,
    received_at: imported?.receivedAtMs ?? conversion.base.receivedAtMs,
    attributed_by: conversion.attributedBy,
    ...(test ? { test } : {}),
  };
  return saying([
    ["about", JSON.stringify(about), 0],
    ["whose", JSON.stringify({ affiliate: click.affiliate, link: click.link }), 1],
    // Without a click of its own it has a name in the place of one, which says nothing.
    ["click_id", imported || conversion.attributedBy === "coupon" ? null : click.clickId, 2],
    ["txid", conversion.txid, 3],
    ["facts", isEmpty(facts) ? null : JSON.stringify(facts), 4],
    ["original", exchange && JSON.stringify(exchange), 5],
    ["imported", imported && JSON.stringify(imported), 6],
  ]);
}

/** The fields of one entry: `booked` for everybody, each sum for whom it is, and what brought it and why for operators and senders. */
export function entryFields(conversion: Conversion, seq: number): CommittedFields {
  const entry = must(conversion.entries[seq - 1], `entry ${seq} of conversion`, conversion.id);
  const { kind, status, receivedAtMs, amount, revenue, payout, receipt, rule, note } = entry;
  return saying([
    ["booked", JSON.stringify({ kind, status, received_at: receivedAtMs }), 0],
    ["amount", amount, 1],
    ["revenue", revenue, 2],
    ["payout", payout, 3],
    ["receipt", receipt, 4],
    ["rule", rule, 5],
    ["note", note, 6],
  ]);
}

export function messageLeaf(message: StoredMessage, salting: Salting): MessageLeaf {
  const { receipt } = message.command;
  const hash = hashFields(messageFields(message), salting);
  return { receipt, stage: message.stage, hash: leafHash("message", receipt, message.stage, hash) };
}

/** The leaves of a conversion's entries `seqs`, over what it is as it is stored; or over another hash of that, as it stood when the leaf was made. */
export function conversionLeaves(
  stored: StoredConversion,
  salting: Salting,
  seqs: readonly number[],
  state: Uint8Array = conversionState(stored, salting),
): ConversionLeaf[] {
  const { conversion } = stored;
  return seqs.map((seq) => {
    const entry = hashFields(entryFields(conversion, seq), salting, seq);
    const hash = leafHash("conversion", conversion.id, seq, state, entry);
    return { conversion: conversion.id, seq, hash, state };
  });
}

/** The hash over what a conversion is. */
export function conversionState(stored: StoredConversion, salting: Salting): Uint8Array {
  return hashFields(conversionFields(stored), salting);
}

/** Of a leaf: over a zero, kind, name and number, each a line, and the hashes of its groups of fields. */
function leafHash(kind: "message" | "conversion", name: string, number: number, ...groups: Uint8Array[]): Uint8Array {
  const head = `${kind}\n${name}\n${number}\n`;
  const most = 1 + 3 * head.length + groups.length * HASH_BYTES;
  const room = most <= ROOM ? leaf : new Uint8Array(most);
  room[0] = LEAF_PREFIX;
  let end = writeText(room, 1, head);
  for (const hash of groups) {
    room.set(hash, end);
    end += HASH_BYTES;
  }
  return hashBytes(room, end).slice();
}

function saying(fields: CommittedFields): CommittedFields {
  return fields.filter(([, value]) => value !== null);
}

function isEmpty(facts: object): boolean {
  for (const _ in facts) return false;
  return true;
}
