/** The header of a batch in CSV: which of the first lines it is, and what its columns are called at the door. */
import { headerReader } from "../table-file/header-names.ts";
import { plainName } from "../table-file/plain-name.ts";
import { type Dialect, mayHoldClickId, meaningOf, nameFor } from "./dialect.ts";
import { CREDENTIAL_NAMES, type ParameterName, PERHAPS_CLICK_ID } from "./parameter-names.ts";

/** Names that are ours, but say nothing of a conversion: a row of these alone is empty. */
const NO_CONTENT: ReadonlySet<string> = new Set([...CREDENTIAL_NAMES, "return", "idempotency_key"]);
const NAMES_ORDER: ReadonlySet<string> = new Set(["click_id", "txid"]);

/** A header's names, each as the sender's dialect understands it, and how many records stand ahead of the rows: titles, and the header. `sure`: it names an order or a click. */
export interface CsvHeader {
  names: readonly string[];
  ahead: number;
  sure: boolean;
}

/**
 * The header among the first records of a file: the first that names an order or a click, else the first of all where it names anything of a conversion. Null where none
 * does: a file without a header would be read as rows that say nothing.
 */
export function findCsvHeader(dialect: Dialect, records: readonly (readonly string[])[]): CsvHeader | null {
  const headers = records.map((cells) => understoodNames(dialect, cells));
  const at = headers.findIndex((names) => names.some((name) => namesOrder(dialect, name)));
  const [first] = headers;
  if (at >= 0) return { names: headers[at] ?? [], ahead: at + 1, sure: true };
  return first?.some((name) => saysContent(dialect, name)) ? { names: first, ahead: 1, sure: false } : null;
}

/** `Order ID` as `order_id`: what the dialect does not know as it stands is compared without blanks, punctuation and case. */
function understoodNames(dialect: Dialect, cells: readonly string[]): string[] {
  const plain = new Map<string, string>();
  const byRank = [...dialect.names].sort(([, left], [, right]) => left.rank - right.rank).map(([name]) => name);
  for (const name of [...dialect.unread, ...byRank, ...PERHAPS_CLICK_ID])
    if (!plain.has(plainName(name))) plain.set(plainName(name), name);
  const read = headerReader(dialect);
  const said = new Set<ParameterName>();
  const names = cells.map((cell) => {
    const name = cell.trim();
    const known = isKnown(dialect, name) ? name : (plain.get(plainName(name)) ?? name);
    const meaning = meaningOf(dialect, known);
    if (meaning) said.add(meaning.parameter);
    return known;
  });
  // What people call it counts where nothing else says it, once.
  return names.map((name) => {
    if (isKnown(dialect, name)) return name;
    const meaning = read(name);
    if (meaning === null || typeof meaning === "string" || said.has(meaning.field)) return name;
    const own = nameFor(dialect, meaning.field);
    if (own !== null) said.add(meaning.field);
    return own ?? name;
  });
}

function isKnown(dialect: Dialect, name: string): boolean {
  return (
    meaningOf(dialect, name) !== undefined || mayHoldClickId(dialect, name) || dialect.unread.has(name.toLowerCase())
  );
}

function namesOrder(dialect: Dialect, name: string): boolean {
  const meaning = meaningOf(dialect, name);
  return meaning ? NAMES_ORDER.has(meaning.parameter) : mayHoldClickId(dialect, name);
}

function saysContent(dialect: Dialect, name: string): boolean {
  const meaning = meaningOf(dialect, name);
  return meaning ? !NO_CONTENT.has(meaning.parameter) : mayHoldClickId(dialect, name);
}
