/** The columns that the list of conversions can show: those of the table, each under the name that its export has, and what they come to. */
import { may } from "../../core/rights.ts";
import type { Role } from "../../core/roles.ts";
import { SUBJECTS, type Subject } from "../../core/subjects.ts";
import { Tick } from "../shell/parts/choosing.tsx";
import { Named } from "../shell/parts/named.tsx";
import type { TableColumn } from "../shell/parts/table.tsx";
import { Clipped, Money, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import type { Column } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { columnsFor } from "../tables/selection.ts";
import type { Caller } from "../web/caller.ts";
import { textIn } from "./fields-of.ts";
import { HoldMark, ImportedMark } from "./held.tsx";
import { standOf } from "./stand.ts";

type Row = Record<string, unknown>;

/** What stands there without a choice, which a window of 1,280 points has room for; the others come behind, as they are exported. */
const USUAL: Record<"affiliate" | "advertiser" | "operator", readonly string[]> = {
  affiliate: ["offer", "event", "txid", "status", "means", "amount", "payout"],
  advertiser: ["offer", "event", "affiliate", "txid", "status", "amount", "revenue"],
  operator: ["offer", "event", "affiliate", "txid", "status", "amount", "payout"],
};
/** What the marks of a status say already, and the key, which leads to the page. */
const SAID_ELSEWHERE = ["conversion_id", "test", "hold", "imported", "received_at"];
const SORTED = ["occurred_at", "clicked_at", "event", "status", "amount", "revenue", "payout"];
const NAMES: Record<string, string> = { txid: "Order", os: "OS", ad_consent: "Ad consent", means: "What that means" };

/** Names of the columns of the export that the caller sees. */
export function exportedNames(caller: Caller): string[] {
  return columnsFor(conversionsTable.columns, caller).map(({ name }) => name);
}

export function conversionColumns(caller: Caller): TableColumn<Row>[] {
  const { role } = caller;
  const mayDecide = may(caller, "review");
  const received: TableColumn<Row> = {
    name: "Received",
    sort: "-received_at",
    cell: (row) => (
      <>
        {mayDecide ? (
          <Tick
            value={textIn(row, "conversion_id") ?? ""}
            label={textIn(row, "txid") ?? textIn(row, "conversion_id") ?? ""}
          />
        ) : null}{" "}
        <a href={`/conversions/${textIn(row, "conversion_id")}`}>
          <Time at={textIn(row, "received_at")} />
        </a>
      </>
    ),
  };
  const means: TableColumn<Row> = {
    name: "What that means",
    key: "means",
    cell: (row) => <span class="words">{standOf(row).why}</span>,
  };
  const seen = columnsFor(conversionsTable.columns, caller)
    .filter(({ name }) => !SAID_ELSEWHERE.includes(name))
    .map((column) => columnOf(column, role));
  const all = role === "affiliate" ? [...seen, means] : seen;
  const usual = USUAL[role === "affiliate" || role === "advertiser" ? role : "operator"].flatMap(
    (name) => all.find(({ key }) => key === name) ?? [],
  );
  const more = all.filter((column) => !usual.includes(column)).map((column) => ({ ...column, more: true as const }));
  return [received, ...usual, ...more];
}

function columnOf({ name: key, kind }: Column, role: Role): TableColumn<Row> {
  const sort = SORTED.includes(key) ? (kind === "decimal" || kind === "time" ? `-${key}` : key) : undefined;
  const head = { name: labelOf(key), key, ...(sort === undefined ? {} : { sort }) };
  if (key === "status") return { ...head, cell: (row) => <StatusCell row={row} role={role} /> };
  const subject = SUBJECTS.find((one): one is Subject => one === kind);
  if (subject) return { ...head, cell: (row) => <Named of={subject} slug={textIn(row, key)} /> };
  if (kind === "time") return { ...head, cell: (row) => <Time at={textIn(row, key)} /> };
  if (kind === "decimal")
    return {
      ...head,
      number: true,
      cell: (row) => (
        <Money
          amount={textIn(row, key)}
          currency={textIn(row, key === "original_amount" ? "original_currency" : "currency")}
        />
      ),
    };
  if (kind === "plain" || key === "event") return { ...head, cell: (row) => textIn(row, key) || <Nothing /> };
  return { ...head, cell: (row) => <Clipped text={wordsIn(row, key)} /> };
}

function wordsIn(row: Row, key: string): string | null {
  const value = row[key];
  if (typeof value === "string") return value === "" ? null : value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function StatusCell({ row, role }: { row: Row; role: Role }) {
  return (
    <>
      <Status status={textIn(row, "status") ?? ""} /> <HoldMark row={row} role={role} />{" "}
      {row.test === true ? <TestMark /> : null} <ImportedMark row={row} />
    </>
  );
}

function labelOf(name: string): string {
  const said =
    NAMES[name] ??
    name
      .replaceAll("_", " ")
      .replace(/ at$/, "")
      .replace(/\bid\b/, "ID");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
