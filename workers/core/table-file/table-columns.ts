/** Which columns of a table are read, and as what. */
import type { Dialect } from "../postback/dialect.ts";
import { accept, type Result, refuse } from "../result.ts";
import { chosenMeaning, type HeaderMeaning, headerReader } from "./header-names.ts";
import { plainName } from "./plain-name.ts";
import { type LayoutField, placeIn, TABLE_FIELDS, type TableLayout } from "./table-layout.ts";

/** Columns that somebody chose by hand: the header (or `#` and the column's number) and what it is, `-` for nothing. */
export type ChosenColumns = readonly (readonly [header: string, target: string])[];

/** What is read out of a row. */
export type RowField = LayoutField | `meta.${string}`;

/** The place of each field's column. `open` are columns that hold a click at some vendors and an order at others: their values decide, or somebody. */
export interface TableColumns {
  header: readonly string[];
  fields: ReadonlyMap<RowField, number>;
  open: readonly number[];
}

const LAYOUT_FIELDS: readonly LayoutField[] = [...TABLE_FIELDS, "kind", "meta", "notes"];

/**
 * The columns of a header: those chosen by hand first, then the layout's, and without a layout what the headers mean in the sender's dialect. Refuses, with a sentence,
 * a chosen column that the table lacks, what no column can be, and two columns of one name for one thing.
 */
export function findColumns(
  header: readonly string[],
  chosen: ChosenColumns,
  layout: TableLayout | null,
  dialect: Dialect,
): Result<TableColumns, string> {
  const hand = readChosen(header, chosen);
  if (!hand.ok) return hand;
  const fields = new Map<RowField, number>();
  for (const [place, meaning] of hand.value) if (typeof meaning === "object") fields.set(meaning.field, place);
  if (layout) {
    for (const field of LAYOUT_FIELDS) {
      const place = placeIn(layout, field, header);
      if (place >= 0 && !fields.has(field) && !hand.value.has(place)) fields.set(field, place);
    }
    return accept({ header, fields, open: [] });
  }
  const read = headerReader(dialect);
  const meanings = header.map((name, place) => (hand.value.has(place) ? null : read(name)));
  const found = bestOf(header, meanings);
  if (!found.ok) return found;
  for (const [field, { place }] of found.value) if (!fields.has(field)) fields.set(field, place);
  const open = meanings.flatMap((meaning, place) => (meaning === "click or order" ? [place] : []));
  return accept({ header, fields, open: fields.has("click_id") ? [] : open });
}

/** True when rows of these columns can name an order or a click. */
export function namesOrder({ fields }: TableColumns): boolean {
  return fields.has("txid") || fields.has("click_id");
}

interface Found {
  place: number;
  rank: number;
}

/** For each field the surest header. */
function bestOf(
  header: readonly string[],
  meanings: readonly (HeaderMeaning | null)[],
): Result<Map<RowField, Found>, string> {
  const found = new Map<RowField, Found>();
  for (const [place, meaning] of meanings.entries()) {
    if (meaning === null || typeof meaning === "string") continue;
    const held = found.get(meaning.field);
    if (held && held.rank === meaning.rank)
      return refuse(
        `two columns may be ${meaning.field}, “${header[held.place]}” and “${header[place]}”: choose one by hand`,
      );
    if (!held || meaning.rank < held.rank) found.set(meaning.field, { place, rank: meaning.rank });
  }
  return accept(found);
}

function readChosen(header: readonly string[], chosen: ChosenColumns): Result<Map<number, HeaderMeaning>, string> {
  const places = new Map<number, HeaderMeaning>();
  for (const [name, target] of chosen) {
    const place = placeOf(header, name);
    if (place < 0) return refuse(`there is no column “${name}”: the columns are ${header.join(", ")}`);
    const meaning = chosenMeaning(target);
    if (!meaning) return refuse(`a column can be ${TABLE_FIELDS.join(", ")}, meta.… or -, not “${target}”`);
    places.set(place, meaning);
  }
  return accept(places);
}

function placeOf(header: readonly string[], name: string): number {
  const number = /^#(\d{1,4})$/.exec(name.trim())?.[1];
  if (number !== undefined) return Number(number) <= header.length ? Number(number) - 1 : -1;
  const exact = header.findIndex((text) => text.trim() === name.trim());
  return exact >= 0 ? exact : header.map(plainName).indexOf(plainName(name));
}

/** Reads columns that were chosen by hand in one text, `Order No.=txid,Summe=amount`. Null where a part is no choice. */
export function readChosenColumns(text: string): ChosenColumns | null {
  const parts = text.split(/(?<==[^,=]*),/).filter((part) => part.trim() !== "");
  const chosen = parts.map((part): [string, string] => {
    const at = part.lastIndexOf("=");
    return [part.slice(0, Math.max(0, at)).trim(), at < 0 ? "" : part.slice(at + 1).trim()];
  });
  return chosen.every(([header, target]) => header !== "" && target !== "") ? chosen : null;
}
