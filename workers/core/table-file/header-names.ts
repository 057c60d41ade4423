/** What a column's header means where no layout says it: the sender's mapping first, our own name, an alias, then the words that people write above columns. */
import { type Dialect, UNREAD } from "../postback/dialect.ts";
import { ALIASES, type PARAMETER_NAMES, type ParameterName, PERHAPS_CLICK_ID } from "../postback/parameter-names.ts";
import { currenciesOf } from "./currency-signs.ts";
import { plainName } from "./plain-name.ts";
import { TABLE_FIELDS, type TableField } from "./table-layout.ts";

/** In the order in which they are preferred, behind our own names and aliases. */
const PEOPLES_NAMES: Partial<Record<TableField, readonly string[]>> = {
  click_id: ["click ref", "click reference", "tracking click id"],
  txid: [
    ...["order number", "order no", "order", "order ref", "order reference", "reference", "ref", "sale id"],
    ...["booking id", "invoice number", "conversion id", "id"],
  ],
  event: ["event type", "conversion type"],
  status: ["state", "order status", "transaction status", "validation", "validation status"],
  amount: [
    ...["order amount", "order value", "order total", "transaction amount", "sale value", "sales amount"],
    ...["net amount", "net value", "net", "basket value", "turnover"],
  ],
  currency: ["currency code", "order currency"],
};

/** What a header means: a field, how surely (the less the surer), `click or order` where vendors differ, or `unread` where the mapping says so. */
export type HeaderMeaning = { field: TableField | `meta.${string}`; rank: number } | "click or order" | "unread";

/** A currency that stands in a header: `Amount (USD)`. */
export function currencyOfHeader(header: string): string | null {
  const code = /[([]\s*([A-Za-z]{3})\s*[)\]]\s*$/.exec(header)?.[1];
  const [currency = null] = code === undefined ? [] : (currenciesOf(code) ?? []);
  return currency;
}

/** Reads headers in a sender's dialect. Null for one that means nothing that we know. */
export function headerReader(dialect: Dialect): (header: string) => HeaderMeaning | null {
  const names = new Map<string, HeaderMeaning>();
  const learn = (name: string, meaning: HeaderMeaning): void => {
    const plain = plainName(name);
    if (plain !== "" && !names.has(plain)) names.set(plain, meaning);
  };
  for (const [name, { parameter, rank }] of dialect.names)
    if (rank === 0) learn(name, fieldOf(parameter, 0) ?? "unread");
  for (const name of dialect.unread) learn(name, "unread");
  let rank = 1;
  for (const field of TABLE_FIELDS) learn(field, { field, rank });
  for (const field of TABLE_FIELDS) for (const name of aliasesOf(field)) learn(name, { field, rank: ++rank });
  for (const name of PERHAPS_CLICK_ID) learn(name, "click or order");
  for (const field of TABLE_FIELDS) for (const name of PEOPLES_NAMES[field] ?? []) learn(name, { field, rank: ++rank });
  return (header) => {
    const meta = /^meta\.(.+)$/i.exec(header.trim())?.[1];
    const named = names.get(plainName(header));
    if (meta !== undefined && named === undefined) return { field: `meta.${meta}`, rank: 1 };
    return named ?? (currencyOfHeader(header) ? (names.get(plainName(withoutBrackets(header))) ?? null) : null);
  };
}

/** What somebody chose for a column by hand; null for what is no field, `unread` for `-`. */
export function chosenMeaning(target: string): HeaderMeaning | null {
  return target === UNREAD ? "unread" : fieldOf(target, -1);
}

function fieldOf(parameter: ParameterName | string, rank: number): HeaderMeaning | null {
  const field = TABLE_FIELDS.find((name) => name === parameter);
  if (field) return { field, rank };
  const meta = /^meta\.(.+)$/.exec(parameter)?.[1];
  return meta === undefined ? null : { field: `meta.${meta}`, rank };
}

function aliasesOf(field: TableField): readonly string[] {
  const aliases: Partial<Record<(typeof PARAMETER_NAMES)[number], readonly string[]>> = ALIASES;
  return aliases[field] ?? [];
}

function withoutBrackets(header: string): string {
  return header.replace(/[([][^)\]]*[)\]]\s*$/, "");
}
