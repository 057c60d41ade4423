/** What is held of a person, wherever it lies: asked for by a click ID, or by an order of an advertiser's. */
import * as v from "valibot";
import { type Cell, columnsOf } from "../../../schema/columns.ts";
import type { HistoryContent, PostbackContent } from "../../../schema/messages.ts";
import { adoptedClicks } from "../../../schema/tables.ts";
import { DAY_PIECE, pieceName } from "../../core/archive-piece.ts";
import { piecesPrefix } from "../../core/books/command-piece.ts";
import { oldClickId } from "../../core/books/imported.ts";
import { objectName, type PersonalBooks } from "../../core/books/stored.ts";
import { peekClickId } from "../../core/click-id.ts";
import { plainClickId } from "../../core/click-id-hex.ts";
import { askParts, clickDayName, placesOf, shardsOf } from "../../core/click-log/click-days.ts";
import { type ClickCells, factPlace } from "../../core/click-log/click-facts.ts";
import { rowsOf } from "../../core/click-log/click-pack.ts";
import { isErasedClickId, isErasedText, type PersonNames } from "../../core/erasure/erased-names.ts";
import { PERSONAL_CLICK_COLUMNS } from "../../core/erasure/personal-columns.ts";
import { isRecord } from "../../core/is-record.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { factTexts, RIDING_FACTS, SALE_FACTS } from "../../core/riding-facts.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { readDayPlan } from "../click-log/stretches.ts";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

const MAX_LENGTH = 128;
/** Objects that are asked at once. */
const OBJECTS_AT_ONCE = 20;
/** Dead letters that are looked at; more of them are an outage to mend first. */
const LETTERS = 300;

/** As other trackers write click IDs; ours are of that form, too. */
const FOREIGN = /^[\w.~-]{4,128}$/;

/** A click ID, ours or another tracker's, or an order with the slug of its advertiser. */
export const personQuery = v.pipe(
  parameters({
    click_id: v.exactOptional(
      v.pipe(
        v.string(),
        v.trim(),
        v.regex(FOREIGN, "Write a click ID: 36 letters and digits, or what another tracker calls the click."),
        v.transform((id) => (peekClickId(id) !== null || isErasedClickId(id) ? plainClickId(id) : id)),
      ),
    ),
    txid: v.exactOptional(v.pipe(v.string(), v.nonEmpty("Write the order’s number."), v.maxLength(MAX_LENGTH))),
    advertiser: v.exactOptional(v.string()),
  }),
  v.check(({ click_id, txid }) => (click_id === undefined) !== (txid === undefined), "Say either click_id or txid."),
  v.check(
    ({ txid, advertiser }) => (txid === undefined) === (advertiser === undefined),
    "Say advertiser with txid, and only with it.",
  ),
);
export type PersonQuery = v.InferOutput<typeof personQuery>;

const place = v.object({
  /** The store, and the table or folder in it. */
  store: v.string(),
  /** Which row or object. */
  key: v.string(),
  /** What is personal in it, by name. */
  values: v.record(v.string(), v.string()),
});
export type HeldPlace = v.InferOutput<typeof place>;

export const personAnswer = v.object({
  /** True where the name that was asked for is erased. */
  erased: v.boolean(),
  /** All names that are known to be the same person's; what is erased, in the form of what replaced it. */
  click_ids: v.array(v.string()),
  txids: v.array(v.string()),
  held: v.array(place),
  /** True where more claims say one of the names than stand in `held`; anybody can make them, and erasing takes them all. */
  more_claims: v.boolean(),
});
export type PersonView = v.InferOutput<typeof personAnswer>;

/** An advertiser whose books know the person. */
export interface PersonAt {
  advertiser: number;
  /** True for the one whose click or order it is. */
  owns: boolean;
  books: PersonalBooks;
}

/** Who knows the person; a click may be named to any advertiser, its own among them. */
export async function findPerson(env: Env, query: PersonQuery): Promise<Result<PersonAt[], Problem>> {
  const { advertiser: slug } = query;
  const asked = await namesAsked(env, query);
  if (!asked.ok) return asked;
  const names = asked.value;
  const [clickId] = names.clickIds;
  const all = await env.DB.prepare("SELECT number, slug FROM advertisers ORDER BY number").all<{
    number: number;
    slug: string;
  }>();
  const heard = slug === undefined ? all.results : all.results.filter((one) => one.slug === slug);
  if (heard.length === 0) return refuse({ name: "not_found", detail: `There is no advertiser "${slug}".` });
  const owner = clickId === undefined ? heard[0]?.number : await ownerOf(env, clickId, heard[0]?.number);
  const found: PersonAt[] = [];
  for (let from = 0; from < heard.length; from += OBJECTS_AT_ONCE)
    found.push(
      ...(await Promise.all(
        heard.slice(from, from + OBJECTS_AT_ONCE).map(async ({ number }): Promise<PersonAt> => {
          const books = await env.CONVERSIONS.getByName(objectName(number)).personal(number, names);
          return { advertiser: number, owns: number === owner, books: structuredClone(books) };
        }),
      )),
    );
  const tooMany = found.some(({ books }) => books.tooMany);
  const detail =
    "More messages are named like this than one person can have sent: a number that a sender gives to all orders, most likely.";
  return tooMany ? refuse({ name: "too_large", detail }) : accept(found);
}

const FIND_ADOPTED = `
  SELECT a.click_id FROM trackers AS t CROSS JOIN adopted_clicks AS a ON a.tracker = t.number AND a.foreign_id = ?`;

/** The names that are asked by. What another tracker calls a click is ours as well where it was adopted; where two trackers call one so, somebody has to say which. */
export async function namesAsked({ DB }: Pick<Env, "DB">, query: PersonQuery): Promise<Result<PersonNames, Problem>> {
  const { click_id: clickId, txid } = query;
  if (clickId === undefined) return accept({ clickIds: [], txids: txid === undefined ? [] : [txid] });
  if (peekClickId(clickId) !== null || isErasedClickId(clickId)) return accept({ clickIds: [clickId], txids: [] });
  const { results } = await DB.prepare(FIND_ADOPTED).bind(clickId).all<{ click_id: string }>();
  const own = results.map(({ click_id }) => click_id);
  if (own.length <= 1) return accept({ clickIds: [...own, clickId], txids: [] });
  const detail = `Several trackers call a click so: say which is meant by our click ID, ${own.join(" or ")}.`;
  return refuse({ name: "invalid_query", detail });
}

/** The advertiser of the click's link; `first` where the link is unknown, since somebody must look everywhere. */
async function ownerOf({ DB }: Env, clickId: string, first: number | undefined): Promise<number | undefined> {
  const link = peekClickId(clickId)?.link ?? null;
  const query = "SELECT o.advertiser FROM links AS l JOIN offers AS o ON o.number = l.offer WHERE l.number = ?";
  const row = await DB.prepare(query).bind(link).first<{ advertiser: number }>();
  return row?.advertiser ?? first;
}

/** Everything that is held of the person. */
export async function personalData(env: Env, query: PersonQuery): Promise<Result<PersonView, Problem>> {
  const found = await findPerson(env, query);
  if (!found.ok) return found;
  const books = found.value.map((one) => one.books);
  const clickIds = [...new Set(books.flatMap(({ names }) => names.clickIds))];
  const txids = [...new Set(books.flatMap(({ names }) => names.txids))];
  const logged = await inLog(env, found.value, clickIds);
  const held = [
    ...books.flatMap(inObject),
    ...(await inBooks(env, books)),
    ...(await inNotes(env, books, logged)),
    ...logged,
    ...(await inClicks(env, clickIds)),
    ...(await inAdopted(env, clickIds)),
    ...(await inLetters(env, [...clickIds, ...txids].filter(isClear))),
  ];
  const archived = held.length > 0 ? await inArchive(env, books, clickIds) : [];
  const commands = await inCommands(env, found.value);
  const owner = books.find((_, index) => found.value[index]?.owns) ?? books[0];
  return accept({
    erased: owner?.erased ?? false,
    click_ids: shown(clickIds),
    txids: shown(txids),
    held: [...held, ...archived, ...commands],
    more_claims: books.some(({ moreClaims }) => moreClaims),
  });
}

/** Names that were not erased; where all were, what replaced them. */
function shown(names: readonly string[]): string[] {
  const clear = names.filter(isClear);
  return clear.length > 0 ? clear : [...names];
}

/** What stands where another tracker's row names no click of ours says of nobody who it is, nor does what is erased. */
function isClear(name: string): boolean {
  return !isErasedText(name) && !isErasedClickId(name) && oldClickId(name) !== null;
}

function inObject({ messages, conversions }: PersonalBooks): HeldPlace[] {
  return [
    ...messages.map(({ command }) => ({
      store: "object/messages",
      key: command.receipt,
      values: { ...saidIn(command.content), ...clearOnes([["old_click_id", command.oldClickId]]) },
    })),
    ...conversions.map(({ conversion }) => ({
      store: "object/conversions",
      key: conversion.id,
      values: clearOnes([
        ["click_id", conversion.click.clickId],
        ["txid", conversion.txid],
        ...SALE_FACTS.flatMap((name) => factTexts(RIDING_FACTS[name].column, conversion.facts[name])),
        ...historyTexts(conversion.imported),
      ]),
    })),
  ].filter(holds);
}

/** What another tracker's row says of the visitor. */
function historyTexts(history: HistoryContent | null | undefined): [string, string | undefined][] {
  const { externalId, subs = [] } = history ?? {};
  return [["external_id", externalId], ...subs.map((text, place): [string, string] => [`sub${place + 1}`, text])];
}

function saidIn(content: PostbackContent): Record<string, string> {
  return clearOnes([
    ["click_id", content.clickId],
    ["txid", content.txid],
    ["also_txid", content.alsoTxid],
    ["refund_id", content.refundId],
    ...factTexts("unread", content.unread),
    ...factTexts("notes", content.notes),
    ...SALE_FACTS.flatMap((name) => factTexts(RIDING_FACTS[name].column, content[name])),
    ...historyTexts(content.history),
  ]);
}

const PERSONAL_COLUMNS = [
  "click_id",
  "txid",
  "old_click_id",
  ...SALE_FACTS.map((name) => RIDING_FACTS[name].column),
  ...PERSONAL_CLICK_COLUMNS,
];
const FIND_CONVERSIONS = `SELECT conversion_id AS key, ${PERSONAL_COLUMNS.join(", ")} FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))`;
const FIND_NOTES = `
  SELECT conversion_id || '-' || seq AS key, note FROM all_entries
  WHERE note <> 'erased' AND conversion_id IN (SELECT value FROM json_each(?))`;

const FIND_OPERATORS_NOTES = `
  SELECT CAST(number AS TEXT) AS key, words FROM notes
  WHERE kind IN ('conversion', 'postback', 'claim') AND words <> 'erased' AND subject IN (SELECT value FROM json_each(?))`;

const FIND_CLAIMS =
  "SELECT receipt AS key, click_id, txid FROM claims WHERE receipt IN (SELECT value FROM json_each(?))";

type Row = { key: string } & Record<string, string | null>;

async function inBooks({ DB }: Env, books: readonly PersonalBooks[]): Promise<HeldPlace[]> {
  const ids = JSON.stringify(books.flatMap(({ conversions }) => conversions.map(({ conversion }) => conversion.id)));
  const receipts = JSON.stringify(books.flatMap(({ messages }) => messages.map(({ command }) => command.receipt)));
  const [conversions, notes, claims] = await DB.batch<Row>([
    DB.prepare(FIND_CONVERSIONS).bind(ids),
    DB.prepare(FIND_NOTES).bind(ids),
    DB.prepare(FIND_CLAIMS).bind(receipts),
  ]);
  return [
    ...heldPlaces("DB/conversions", conversions?.results),
    ...heldPlaces("DB/entries", notes?.results),
    ...heldPlaces("DB/claims", claims?.results),
  ];
}

/** What operators noted on conversions, and on messages and claims by their receipts. */
async function inNotes(
  { DB }: Env,
  books: readonly PersonalBooks[],
  logged: readonly HeldPlace[],
): Promise<HeldPlace[]> {
  const subjects = [
    ...books.flatMap(({ conversions }) => conversions.map(({ conversion }) => conversion.id)),
    ...books.flatMap(({ messages }) => messages.map(({ command }) => command.receipt)),
    ...logged.map(({ key }) => key),
  ];
  const { results } = await DB.prepare(FIND_OPERATORS_NOTES).bind(JSON.stringify(subjects)).all<Row>();
  return heldPlaces("DB/notes", results);
}

const FIND_LOGGED = `
  SELECT receipt AS key, click_id, txid, params FROM postbacks WHERE stage > 0 AND receipt IN (SELECT value FROM json_each(?1))`;
/** Refused ones, which no object knows: by the click whoever sent it, by the order where its advertiser did. */
const FIND_REFUSED = `
  SELECT receipt AS key, click_id, txid, params FROM postbacks
  WHERE stage = 0 AND (click_id IN (SELECT value FROM json_each(?1)) OR advertiser = ?2 AND txid IN (SELECT value FROM json_each(?3)))`;

async function inLog({ LOG }: Env, found: readonly PersonAt[], clickIds: readonly string[]): Promise<HeldPlace[]> {
  const receipts = found.flatMap(({ books }) => books.messages.map(({ command }) => command.receipt));
  const owner = found.find(({ owns }) => owns);
  const [settled, refused] = await LOG.batch<Row>([
    LOG.prepare(FIND_LOGGED).bind(JSON.stringify(receipts)),
    LOG.prepare(FIND_REFUSED).bind(
      JSON.stringify(clickIds),
      owner?.advertiser ?? 0,
      JSON.stringify(owner?.books.names.txids ?? []),
    ),
  ]);
  const rows = [
    ...(settled?.results ?? []).map(({ params, ...row }) => ({ ...row, ...saidIn(read(params)) })),
    ...(refused?.results ?? []).map(({ params, ...row }) => ({ ...row, ...textsIn(read(params)) })),
  ];
  return heldPlaces("LOG/postbacks", rows);
}

function read(params: string | null | undefined): PostbackContent & Record<string, unknown> {
  return JSON.parse(params ?? "{}");
}

/** Of what no object knows, all that was said; what lies deeper, as what nobody understood, under the names that lead there. */
function textsIn(said: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, value]): [string, string][] => {
      if (typeof value === "string") return [[name, value]];
      return isRecord(value)
        ? Object.entries(textsIn(value)).map(([inner, text]): [string, string] => [`${name}.${inner}`, text])
        : [];
    }),
  );
}

const ADOPTED = PERSONAL_CLICK_COLUMNS.filter((column) => columnsOf(adoptedClicks).includes(column));

async function inAdopted({ DB }: Env, clickIds: readonly string[]): Promise<HeldPlace[]> {
  const query = `SELECT click_id AS key, click_id, foreign_id, ${ADOPTED.join(", ")} FROM adopted_clicks WHERE click_id IN (SELECT value FROM json_each(?))`;
  const { results } = await DB.prepare(query).bind(JSON.stringify(clickIds)).all<Row>();
  return heldPlaces("DB/adopted_clicks", results);
}

/** In the objects of their days; what has left them is in the archive's files. */
async function inClicks(env: Env, clickIds: readonly string[]): Promise<HeldPlace[]> {
  const { shards } = await readDayPlan(env);
  const rows: Row[] = [];
  for (const clickId of clickIds) {
    const packs = await Promise.all(
      placesOf(shards, clickId).map((place) =>
        askParts((part) =>
          env.CLICK_DAYS.getByName(clickDayName(place, shardsOf(shards, place.day), part)).find([clickId]),
        ),
      ),
    );
    const found = packs
      .flat(2)
      .flatMap(rowsOf)
      .find((row) => row[factPlace("click_id")] === clickId);
    if (found) rows.push(personalRow(clickId, found));
  }
  return heldPlaces("CLICK_DAYS/packs", rows);
}

function personalRow(clickId: string, click: ClickCells): Row {
  const personal = PERSONAL_CLICK_COLUMNS.map((name) => [name, textOf(click[factPlace(name)] ?? null)]);
  return { key: clickId, click_id: clickId, ...Object.fromEntries(personal) };
}

function textOf(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}

async function inLetters({ ARCHIVE }: Env, names: readonly string[]): Promise<HeldPlace[]> {
  const { objects } = await ARCHIVE.list({ prefix: "failed/", limit: LETTERS });
  const letters: HeldPlace[] = [];
  for (const { key } of objects) {
    const text = (await (await ARCHIVE.get(key))?.text()) ?? "";
    const said = names.filter((name) => text.includes(JSON.stringify(name)));
    if (said.length > 0) letters.push({ store: "ARCHIVE/failed", key, values: { names: said.join(", ") } });
  }
  return letters;
}

/** A whole day's file stands under its first hour. */
const FIND_PIECES = `
  SELECT log, hour, piece FROM archive_pieces WHERE log = ?1 AND (
    hour IN (SELECT value FROM json_each(?2)) OR (piece = ${DAY_PIECE} AND hour IN (SELECT value / 24 * 24 FROM json_each(?2)))
  ) ORDER BY hour, piece`;

/** The archive's files of the hours in which something was clicked, received or booked: a file says what its hour's rows say. */
async function inArchive(env: Env, books: readonly PersonalBooks[], clickIds: readonly string[]): Promise<HeldPlace[]> {
  const hours = (times: readonly number[]) =>
    JSON.stringify([...new Set(times.map((atMs) => Math.floor(atMs / HOUR_MS)))]);
  const clicked = clickIds.flatMap((id) => (isClear(id) ? (peekClickId(id)?.issuedAtMs ?? []) : []));
  const received = books.flatMap(({ messages }) => messages.map(({ command }) => command.receivedAtMs));
  const logs = [
    [env.DB, "clicks", hours(clicked)],
    [env.LOG, "postbacks", hours(received)],
  ] as const;
  const found = await Promise.all(
    logs.map(([db, log, spans]) =>
      db.prepare(FIND_PIECES).bind(log, spans).all<{ log: "clicks" | "postbacks"; hour: number; piece: number }>(),
    ),
  );
  return found.flatMap(({ results }) =>
    results.map((piece) => ({
      store: `ARCHIVE/${piece.log}`,
      key: pieceName(piece),
      values: { rows: "of this hour" },
    })),
  );
}

/** The archive of commands of those whose objects know the person; which pieces name them is looked at where they are erased. */
async function inCommands({ ARCHIVE }: Env, found: readonly PersonAt[]): Promise<HeldPlace[]> {
  const knowing = found.filter(({ books }) => inObject(books).length > 0);
  const places = await Promise.all(
    knowing.map(async ({ advertiser }) => {
      const prefix = piecesPrefix(advertiser);
      const { objects } = await ARCHIVE.list({ prefix, limit: 1 });
      const values = { rows: "of these messages and conversions" };
      return objects.length > 0 ? [{ store: "ARCHIVE/commands", key: prefix, values }] : [];
    }),
  );
  return places.flat();
}

function heldPlaces(store: string, rows: readonly Row[] = []): HeldPlace[] {
  return rows.map(({ key, ...row }) => ({ store, key, values: clearOnes(Object.entries(row)) })).filter(holds);
}

/** What says something that is not erased. */
function clearOnes(said: readonly (readonly [string, string | null | undefined])[]): Record<string, string> {
  return Object.fromEntries(
    said.flatMap(([name, text]): [string, string][] =>
      text === null || text === undefined || !isClear(text) ? [] : [[name, text]],
    ),
  );
}

function holds({ values }: HeldPlace): boolean {
  return Object.keys(values).length > 0;
}
