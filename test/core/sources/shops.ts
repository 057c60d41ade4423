/** Shops that sign what they send, as the door hears them: what is told to the books, or why nothing. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { must } from "../../../workers/core/must.ts";
import { decideSource, type PreparedSource } from "../../../workers/core/sources/decide-source.ts";
import type { SourceChoices } from "../../../workers/core/sources/read-source.ts";
import { signSource } from "../../../workers/core/sources/source-signing.ts";
import type { SourceTable } from "../../../workers/core/sources/source-table.ts";
import { SOURCE_TABLES } from "../../../workers/core/sources/source-tables.ts";
import { ringOf } from "../keys.ts";

export const NOW_MS = Date.UTC(2026, 10, 23, 8);
export const SECRET = "the shop's own secret";
export const CLICK_KEYS = await ringOf({ 1: 0x11 }, 1);
export const CLICK = await issueClickId(CLICK_KEYS, {
  issuedAtMs: NOW_MS - 3_600_000,
  link: 42,
  counter: 7,
  test: false,
  provisional: false,
});
export const IV = new Uint8Array(16).fill(7);

/** A body is JSON as text or as what is written in it, or a form. */
export interface Sent {
  body: string | object;
  headers?: Record<string, string>;
  choices?: Partial<SourceChoices>;
}

export function tableOf(source: string): SourceTable {
  return must(SOURCE_TABLES.get(source), "the source", source);
}

export function shopOf(table: SourceTable, choices: Partial<SourceChoices> = {}): PreparedSource {
  return { path: "shop", table, secrets: ["an older secret", SECRET], choices: { events: {}, ...choices } };
}

export function bodyOf({ body }: Sent): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** What the door makes of a request that the shop signed: contents, or the reason, with the parameter where one is named. */
export function heard(table: SourceTable, sent: Sent): PostbackContent[] | string {
  const signed = signSource(table.proof, SECRET, bodyOf(sent), { nowMs: NOW_MS, iv: IV });
  return answered(
    shopOf(table, sent.choices),
    `/p/acme/shop${signed.query}`,
    { ...sent.headers, ...signed.headers },
    signed.body,
  );
}

/** The same of a request as it stands. */
export function answered(
  shop: PreparedSource,
  target: string,
  headers: Record<string, string>,
  body: string,
): PostbackContent[] | string {
  const decision = decisionOn(shop, target, headers, body);
  if (decision.ok) return decision.value.map(({ content }) => content);
  const { reason, parameter } = decision.refusal.refusal;
  return parameter === undefined ? reason : `${reason} ${parameter}`;
}

export function decisionOn(shop: PreparedSource, target: string, headers: Record<string, string>, body: string) {
  const request = {
    method: "POST",
    target,
    headers: new Headers(headers),
    body: new TextEncoder().encode(body),
  } as const;
  return decideSource(shop, request, { nowMs: NOW_MS, clickKeys: CLICK_KEYS });
}

/** The names of messages, of which their receipts are made. */
export function namesOf(table: SourceTable, sent: Sent): (readonly string[] | null)[] {
  const signed = signSource(table.proof, SECRET, bodyOf(sent), { nowMs: NOW_MS, iv: IV });
  const headers = { ...sent.headers, ...signed.headers };
  const decision = decisionOn(shopOf(table, sent.choices), `/p/acme/shop${signed.query}`, headers, signed.body);
  if (!decision.ok) throw new Error(decision.refusal.refusal.reason);
  return decision.value.map(({ name }) => name);
}
