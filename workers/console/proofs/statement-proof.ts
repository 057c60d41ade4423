/** The proof of a statement: of every entry that it lists the fields that its owner sees, and the ways from them to the newest checkpoint. It is written piece by piece, however long it is. */
import { objectName } from "../../core/books/stored.ts";
import { type OpenedLeaf, openEntry } from "../../core/journal/opening.ts";
import { PARTY_FIELDS } from "../../core/journal/party-fields.ts";
import { formatMicros } from "../../core/money.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { findStatement, readStatement } from "../statements/read-statements.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { PROOF_FORMAT, type ProofEnd, proofEnd, provedStretches } from "./proof-parts.ts";

/** A conversion may have a thousand entries, and a row two hundred leaves. */
const LINES = 50;
const ROWS_AT_ONCE = 200;

const PAGE = `
  SELECT l.conversion_id, c.advertiser, l.from_seq, l.seq, CAST(l.amount AS TEXT) AS amount, CAST(l.due AS TEXT) AS due,
    l.owner = iif(l.owner_type = 'affiliate', c.affiliate, c.advertiser) AND l.currency = c.currency AS is_own
  FROM statement_lines l CROSS JOIN conversions c ON c.conversion_id = l.conversion_id
  WHERE l.statement = ?1 AND l.conversion_id > ?2 ORDER BY l.conversion_id LIMIT ${LINES}`;

interface Line {
  conversion_id: string;
  advertiser: number;
  from_seq: number;
  seq: number;
  amount: string;
  due: string;
  /** 0 where the conversion became another owner's, or another currency's, since: what it is now is not the owner's to see. */
  is_own: number;
}

/** Which rows of which journals are shown, by advertiser, and the entries in them; journals are numbered as they come. */
type ShownRows = Map<number, { journal: number; rows: Map<number, string[]> }>;

export async function statementProof(env: Env, caller: Caller, number: string): Promise<Result<Response, Problem>> {
  const [found, read] = [await findStatement(env, caller, number), await readStatement(env, caller, number)];
  if (!found.ok) return found;
  if (!read.ok) return read;
  const { of, owner, currency, until, amount, due, adjustments } = read.value;
  const head = { format: PROOF_FORMAT, statement: { number, of, owner, currency, until, amount, due, adjustments } };
  const pieces = piecesOf(env, { id: found.value.number, of, head });
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  const disposition = `attachment; filename="statement-${number}-proof.json"`;
  return accept(
    new Response(body, { headers: { "content-type": "application/json", "content-disposition": disposition } }),
  );
}

interface ProvedStatement {
  id: number;
  of: "affiliate" | "advertiser";
  head: object;
}

/** One JSON object, a line for each line of the statement, leaf and stretch. */
async function* piecesOf(env: Env, { id, of, head }: ProvedStatement): AsyncGenerator<string> {
  const end = await proofEnd(env);
  const shown: ShownRows = new Map();
  const unproved: string[] = [];
  yield `${JSON.stringify(head).slice(0, -1)},\n"pages":[`;
  for (let after = "", isFirst = true; ; isFirst = false) {
    const { results: lines } = await env.DB.prepare(PAGE).bind(id, after).all<Line>();
    const last = lines.at(-1);
    if (!last) break;
    after = last.conversion_id;
    const { leaves, missing } = await leavesOf(env, { lines, of, shown });
    unproved.push(...missing);
    const written = lines.map(({ conversion_id, from_seq, seq, amount, due }) => {
      return { conversion_id, from_seq, seq, amount: formatMicros(amount), due: formatMicros(due) };
    });
    yield `${isFirst ? "" : ","}\n${JSON.stringify({ lines: written, leaves })}`;
  }
  yield '],\n"stretches":[';
  yield* stretchesOf(env, end, shown);
  // What no stretch reached is under no checkpoint yet.
  for (const { rows } of shown.values()) unproved.push(...[...rows.values()].flat());
  yield `],\n${JSON.stringify({ unproved, checkpoint: end?.checkpoint ?? null, keys: end?.keys ?? [] }).slice(1)}\n`;
}

/** The entries that a line comes to, behind the one and up to the other: of one that takes back what was listed before, all of that. */
function entriesOf({ from_seq: from, seq }: Line): { from: number; to: number } {
  return seq === 0 ? { from: 0, to: from } : { from, to: seq };
}

async function leavesOf(
  env: Env,
  { lines, of, shown }: { lines: readonly Line[]; of: ProvedStatement["of"]; shown: ShownRows },
): Promise<{ leaves: OpenedLeaf[]; missing: string[] }> {
  const leaves: OpenedLeaf[] = [];
  const missing: string[] = [];
  for (const [advertiser, own] of Map.groupBy(lines, (line) => line.advertiser)) {
    const object = env.CONVERSIONS.getByName(objectName(advertiser));
    const ids = own.map(({ conversion_id: conversion }) => conversion);
    const held = new Map((await object.find([], ids)).conversions.map((stored) => [stored.conversion.id, stored]));
    const named = own.flatMap((line) => {
      const { from, to } = entriesOf(line);
      return (held.get(line.conversion_id)?.salting?.at ?? []).slice(from, Math.max(from, to));
    });
    const rows = new Map((await object.journalRows([...new Set(named)])).map((row) => [row.seq, row]));
    const { journal, rows: shownRows } = shown.get(advertiser) ?? {
      journal: shown.size + 1,
      rows: new Map<number, string[]>(),
    };
    shown.set(advertiser, { journal, rows: shownRows });
    for (const line of own) {
      const { conversion_id: id } = line;
      const { from, to } = entriesOf(line);
      for (let seq = from + 1; seq <= to; seq++) {
        const stored = held.get(id);
        const leaf =
          stored && openEntry(stored, seq, rows, { journal, shown: PARTY_FIELDS[of], stateIsShown: line.is_own === 1 });
        if (!leaf) missing.push(`${id}/${seq}`);
        else {
          shownRows.set(leaf.row, [...(shownRows.get(leaf.row) ?? []), `${id}/${seq}`]);
          leaves.push(leaf);
        }
      }
    }
  }
  return { leaves, missing };
}

async function* stretchesOf(env: Env, end: ProofEnd | null, shown: ShownRows): AsyncGenerator<string> {
  let isFirst = true;
  if (!end) return;
  for (const [advertiser, { journal, rows }] of shown) {
    const all = [...rows.keys()].sort((one, other) => one - other);
    for (let from = 0; from < all.length; from += ROWS_AT_ONCE) {
      const some = all.slice(from, from + ROWS_AT_ONCE);
      for (const stretch of await provedStretches(env, end, { advertiser, journal, rows: some })) {
        yield `${isFirst ? "" : ","}\n${JSON.stringify(stretch)}`;
        isFirst = false;
        for (const [seq] of stretch.rows) rows.delete(seq);
      }
    }
  }
}
