/** Claims, newest first: what came by the pixel, and what became of it. */
import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { claims } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { type Column, column, objectOf } from "../tables/column.ts";
import type { ExportTable } from "../tables/export-table.ts";
import type { RowOwner } from "../tables/listed-rows.ts";
import { columnsFor, ownerOf, ownership, queryFlag, queryText, readFilters } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";

/** What is too many was never heard; the postback log has it. */
export const STATES = claims.state.enumValues.filter((state) => state !== "too_many");
const HEARD: SqlCondition = { sql: "k.state <> 'too_many'", values: [] };

export const CURSOR = /^(\d{1,15})-([0-9a-hjkmnp-tv-z]{26})$/;

/** What replaced an affiliate's claim may be another's sale: that there is one is all that it is told. */
const OWN_CONVERSION =
  "(SELECT c.conversion_id FROM conversions AS c WHERE c.conversion_id = k.conversion_id AND +c.affiliate = k.affiliate)";

const COLUMNS: readonly Column[] = [
  column("plain", "receipt", "k.receipt", EVERYONE),
  column("advertiser", "advertiser", "k.advertiser", EVERYONE),
  column("offer", "offer", "k.offer", EVERYONE),
  column("affiliate", "affiliate", "k.affiliate", EVERYONE),
  column("link", "link", "k.link", EVERYONE),
  column("text", "event", "k.event", EVERYONE),
  column("text", "txid", "k.txid", EVERYONE),
  column("plain", "click_id", "k.click_id", EVERYONE),
  column("plain", "state", "k.state", EVERYONE),
  column("plain", "currency", "k.currency", EVERYONE),
  column("decimal", "amount", "k.amount", EVERYONE),
  column("time", "received_at", "k.received_at", EVERYONE),
  column("time", "settled_at", "k.settled_at", EVERYONE),
  { ...column("plain", "conversion_id", "k.conversion_id", EVERYONE), sqlFor: { affiliate: OWN_CONVERSION } },
  column("flag", "test", "k.test", EVERYONE),
];

export const CLAIMS = "claims AS k";
const TABLE: Pick<ExportTable, "filters" | "owners"> = {
  filters: {
    advertiser: "k.advertiser",
    offer: "k.offer",
    affiliate: "k.affiliate",
    link: "k.link",
    event: "k.event",
    click_id: "k.click_id",
    txid: "k.txid",
    test: "k.test",
  },
  owners: { advertiser: "k.advertiser", affiliate: "k.affiliate" },
};

const texts = ["advertiser", "offer", "affiliate", "link", "event", "click_id", "txid"] as const;

export const claimFilters = {
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
  ...v.entriesFromList(texts, v.exactOptional(queryText)),
};

export const claimList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(CURSOR)),
  ...claimFilters,
  state: v.exactOptional(v.picklist(STATES)),
  test: v.exactOptional(queryFlag),
});
export type ClaimList = v.InferOutput<typeof claimList>;

const text = v.nullable(v.string());

/** Affiliates and links go by the names that the caller knows them by. */
export const claimAnswer = v.object({
  receipt: v.string(),
  advertiser: v.string(),
  offer: v.string(),
  affiliate: v.string(),
  link: v.string(),
  event: v.string(),
  txid: text,
  click_id: v.string(),
  state: v.picklist(STATES),
  currency: v.string(),
  amount: text,
  received_at: v.string(),
  settled_at: v.string(),
  conversion_id: text,
  test: v.boolean(),
});

/** Where the caller's claims lie: in an index of owners, of whoever sees only what is theirs, and where one owner's are asked for. */
function whose({ scope }: Caller, filters: readonly SqlCondition[]): { from: string; conditions: SqlCondition[] } {
  const owner = scope === "everything" ? askedOwner(filters) : ownerOf(scope);
  if (owner === null) return { from: CLAIMS, conditions: [] };
  const { kind, number } = owner;
  return {
    from: `${CLAIMS} INDEXED BY claims_of_${kind}`,
    conditions: [{ sql: `k.${kind} = ?`, values: [number] }],
  };
}

function askedOwner(filters: readonly SqlCondition[]): RowOwner | null {
  for (const kind of ["affiliate", "advertiser"] as const) {
    const asked = filters.find(({ compares }) => compares?.what === TABLE.owners[kind])?.compares;
    if (asked) return { kind, number: asked.value };
  }
  return null;
}

/** A page of claims. */
export async function listClaims(
  env: Env,
  caller: Caller,
  query: ClaimList,
): Promise<Result<ListPage<Record<string, unknown>>, Problem>> {
  const conditions = await conditionsFor(env, caller, query);
  if (!conditions.ok) return conditions;
  const [, receivedAt, receipt] = CURSOR.exec(query.cursor ?? "") ?? [];
  const below =
    receivedAt === undefined || receipt === undefined
      ? []
      : [{ sql: "(k.received_at, k.receipt) < (?, ?)", values: [Number(receivedAt), receipt] }];
  const state = query.state === undefined ? [] : [{ sql: "+k.state = ?", values: [query.state] }];
  const rows = await rowsOf(
    env,
    whose(caller, conditions.value).from,
    whereOf([...below, ...conditions.value, ...state]),
    `ORDER BY k.received_at DESC, k.receipt DESC LIMIT ${rowsToRead(query)}`,
    caller,
  );
  const { page, last } = cutPage(rows, query);
  return accept({
    items: page.map(({ shown }) => shown),
    next: last ? `${last.receivedAtMs}-${last.receipt}` : null,
  });
}

/** One claim, by its receipt, when the caller may see it. */
export async function readClaim(
  env: Env,
  caller: Caller,
  key: string,
): Promise<Result<Record<string, unknown>, Problem>> {
  const one = { sql: "k.receipt = ?", values: [key.toLowerCase()] };
  const [row] = await rowsOf(env, CLAIMS, whereOf([one, HEARD, ...ownership(TABLE, caller)]), "", caller);
  return row ? accept(row.shown) : refuse(notFound("claim", key));
}

/** What a query asks for, within what the caller may see. */
export async function conditionsFor(
  env: Pick<Env, "DB">,
  caller: Caller,
  query: Omit<ClaimList, "limit" | "cursor" | "state">,
): Promise<Result<SqlCondition[], Problem>> {
  const filters = await readFilters(env, TABLE, query, caller);
  if (!filters.ok) return filters;
  const range = [
    ...(query.from === undefined ? [] : [{ sql: "k.received_at >= ?", values: [query.from] }]),
    ...(query.to === undefined ? [] : [{ sql: "+k.received_at < ?", values: [query.to] }]),
  ];
  return accept([HEARD, ...range, ...filters.value, ...whose(caller, filters.value).conditions]);
}

interface ListedClaim {
  receipt: string;
  receivedAtMs: number;
  shown: Record<string, unknown>;
}

/** The claims that fit, from the table or by an index of it, as the caller may see them. */
export async function rowsOf(
  env: Env,
  from: string,
  where: SqlCondition,
  order: string,
  caller: Caller,
): Promise<ListedClaim[]> {
  const columns = columnsFor(COLUMNS, caller);
  const session = env.DB.withSession("first-primary");
  const query = `SELECT ${columns.map(({ sql }) => sql).join(", ")}, k.receipt, k.received_at FROM ${from} ${where.sql} ${order}`;
  const rows = await session
    .prepare(query)
    .bind(...where.values)
    .raw<Cell[]>();
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, rows, pseudonymsFor(caller));
  return rows.map((cells) => ({
    receipt: String(cells.at(-2)),
    receivedAtMs: Number(cells.at(-1)),
    shown: objectOf(columns, cells, slugs),
  }));
}
