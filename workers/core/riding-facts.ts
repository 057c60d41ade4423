/**
 * The facts that ride along on a conversion, and decide nothing: what each is, said once. The reader of postbacks, the books and their rows, replay, the postback
 * log, exports, pages and the sender's flags take them from here. The message's type and the table are written in schema, and do not compile without an entry.
 */
import type { SqlRow } from "../../schema/columns.ts";
import type { RidingFacts } from "../../schema/messages.ts";
import type { conversions, offers } from "../../schema/tables.ts";
import { isRecord } from "./is-record.ts";
import { isPlainText } from "./postback/plain-text.ts";
import { EVERYONE, type SeenBy } from "./roles.ts";

type Value<Name extends keyof RidingFacts> = NonNullable<RidingFacts[Name]>;
/** Those that are one text; the others are texts by name. */
type TextName = { [Name in keyof RidingFacts]-?: Value<Name> extends string ? Name : never }[keyof RidingFacts];

/** How one text is read and bounded. */
interface TextForm<Text extends string> {
  kind: "text";
  /** What a parameter's text says; null where it is not of this form. */
  read(text: string): Text | null;
  /** True for what was kept of it. */
  is(kept: unknown): kept is Text;
}

/** How texts by name are: a row holds them as JSON. */
interface TextsForm {
  kind: "json";
  most: number;
  each: TextForm<string>;
  is(kept: unknown): kept is Record<string, string>;
}

interface AnyFact {
  /** In `conversions`, in exports and in the postback log; and the name of its parameter, if it comes as one. */
  column: keyof SqlRow<typeof conversions>;
  /** As pages call it. */
  label: string;
  seenBy: SeenBy;
  /** The column of its offer that says whether affiliates see it; where this is not said, they do if `seenBy` has them. */
  affiliatesWhere?: keyof SqlRow<typeof offers>;
}

/** `said` is how it comes: as a parameter, which has these other names too; or in the word that a mapping translated to the status, with which it changes. */
interface TextFact<Text extends string> extends AnyFact {
  form: TextForm<Text>;
  said: { aliases: readonly string[] } | "with the status";
}

/** It comes as parameters, one for each name, which stands behind the column and a dot. */
interface TextsFact extends AnyFact {
  form: TextsForm;
  said: "by names";
}

type TextTable = { [Name in TextName]: TextFact<Value<Name>> };
type Table = TextTable & { [Name in Exclude<keyof RidingFacts, TextName>]: TextsFact };

/** In the order of the table's columns. */
export const RIDING_FACTS = {
  coupon: {
    column: "coupon",
    label: "Coupon",
    said: { aliases: ["vc", "promo_code", "voucher"] },
    form: text(256),
    seenBy: EVERYONE,
  },
  customer: {
    column: "customer",
    label: "Customer",
    said: { aliases: [] },
    form: oneOf("new", "returning"),
    seenBy: EVERYONE,
  },
  meta: {
    column: "meta",
    label: "meta",
    said: "by names",
    form: texts(10, 256),
    seenBy: EVERYONE,
    affiliatesWhere: "share_meta",
  },
  originalStatus: {
    column: "original_status",
    label: "Status, in the sender’s word",
    said: "with the status",
    // As long as the mapping's word.
    form: text(Number.POSITIVE_INFINITY),
    seenBy: EVERYONE,
  },
} as const satisfies Table;

type RidingTable = typeof RIDING_FACTS;
export type FactName = keyof RidingTable;
/** Those that come as a parameter of one value. */
type ParameterFactName = {
  [Name in TextName & FactName]: RidingTable[Name]["said"] extends object ? Name : never;
}[TextName & FactName];
export type FactColumn = RidingTable[FactName]["column"];
export type FactCells = Record<FactColumn, string | null>;

export const FACT_NAMES = Object.keys(RIDING_FACTS).filter(isFactName);
export const PARAMETER_FACTS = FACT_NAMES.filter(comesAsParameter);
/** Those that change with the status, and those that do not. */
export const STATUS_FACTS = FACT_NAMES.filter((name) => RIDING_FACTS[name].said === "with the status");
export const SALE_FACTS = FACT_NAMES.filter((name) => !STATUS_FACTS.includes(name));

/** The facts among what a message or a conversion says, in the order of the table. */
export function factsOf(said: RidingFacts): RidingFacts {
  const facts: RidingFacts = {};
  for (const name of FACT_NAMES) carry(said, facts, name);
  return facts;
}

/** The facts of a conversion, `held` so far, behind a message that says `said` and changes the status. */
export function factsAfterStatus(held: RidingFacts, said: RidingFacts): RidingFacts {
  const next = { ...held };
  for (const name of STATUS_FACTS) carry(said, next, name);
  return factsOf(next);
}

/** Puts what the text of a fact's parameter says into `facts`; false where it is not of its form. */
export function readFact<Name extends ParameterFactName>(facts: RidingFacts, name: Name, text: string): boolean {
  const table: TextTable = RIDING_FACTS;
  const value = table[name].form.read(text);
  if (value === null) return false;
  facts[name] = value;
  return true;
}

/** The facts in what was kept of a message; null where one is none that was ever read. */
export function keptFacts(kept: Readonly<Record<string, unknown>>): RidingFacts | null {
  const facts: RidingFacts = {};
  return FACT_NAMES.every((name) => kept[name] === undefined || keep(kept[name], facts, name)) ? facts : null;
}

/** As a row of `conversions` holds them. */
export function factCells(facts: RidingFacts): FactCells {
  const cells: Partial<FactCells> = {};
  for (const name of FACT_NAMES) cells[RIDING_FACTS[name].column] = cellOf(facts[name]);
  if (!isWhole(cells)) throw new Error("a riding fact has no cell");
  return cells;
}

/** What is said of a fact, in words: its one text under `name`, or each of its texts behind it. Nothing where nothing was said. */
export function factTexts(name: string, said: unknown): [name: string, text: string][] {
  if (isRecord(said)) return Object.entries(said).map(([own, value]) => [`${name}.${own}`, String(value)]);
  return said === undefined || said === null ? [] : [[name, String(said)]];
}

function cellOf(said: string | Record<string, string> | undefined): string | null {
  if (said === undefined) return null;
  return typeof said === "string" ? said : JSON.stringify(said);
}

function isWhole(cells: Partial<FactCells>): cells is FactCells {
  return FACT_NAMES.every((name) => RIDING_FACTS[name].column in cells);
}

function carry<Name extends FactName>(from: RidingFacts, to: RidingFacts, name: Name): void {
  const value = from[name];
  if (value !== undefined) to[name] = value;
}

function keep<Name extends FactName>(kept: unknown, facts: RidingFacts, name: Name): boolean {
  const table: { [One in FactName]: { form: { is(kept: unknown): kept is Value<One> } } } = RIDING_FACTS;
  if (!table[name].form.is(kept)) return false;
  facts[name] = kept;
  return true;
}

function isFactName(name: string): name is FactName {
  return Object.hasOwn(RIDING_FACTS, name);
}

function comesAsParameter(name: FactName): name is ParameterFactName {
  return typeof RIDING_FACTS[name].said === "object";
}

function text(maxLength: number): TextForm<string> {
  return {
    kind: "text",
    read: (said) => (isPlainText(said, maxLength) ? said : null),
    is: (kept) => typeof kept === "string",
  };
}

/** One of these words, whatever its case. */
function oneOf<Word extends string>(...words: Word[]): TextForm<Word> {
  const find = (said: unknown) => words.find((word) => word === said);
  return {
    kind: "text",
    read: (said) => find(said.toLowerCase()) ?? null,
    is: (kept): kept is Word => find(kept) !== undefined,
  };
}

/** At most so many texts, each of at most so many characters. */
function texts(most: number, maxLength: number): TextsForm {
  const each = text(maxLength);
  return {
    kind: "json",
    most,
    each,
    is: (kept): kept is Record<string, string> => isRecord(kept) && Object.values(kept).every(each.is),
  };
}
