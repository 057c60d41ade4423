/** Tells of statements: what became of them since the last look, out of the books, handed to the destinations that hear of it. Wherever this dies, the next minute repeats it and changes nothing. */
import { isOwnersNotice } from "../core/courier/destination-filters.ts";
import { type StatementNewsRow, statementNotice, statementTypeHeard } from "../core/courier/statement-notice.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";
import type { MatchedNotice } from "./take-notices.ts";

export interface TellingParts {
  DB: D1Database;
  COURIER: D1Database;
  destinations: () => Promise<readonly DestinationSetUp[]>;
  /** Hands a destination's object its share; done once that is on disk. */
  accept: (destination: number, matched: MatchedNotice[]) => Promise<unknown>;
}

/** Looked at in one go: a month end of hundreds is told within minutes. */
const PAGE = 200;
const MOST_PAGES = 10;

/** News are numbered by the transaction that wrote them, one at a time, so none comes in behind a later one. */
const NEWS = `
  SELECT n.id, n.statement, n.state, n.at, n.paid_on, n.reference, (SELECT count(*) FROM statement_news e WHERE e.statement = n.statement AND e.id <= n.id) AS turn,
    s.owner_type, s.owner, coalesce(f.slug, a.slug, '') AS slug, s.number, s.currency, s.line_count, s.amount_units, s.amount_rest, s.due_units, s.due_rest,
    s.until, s.time_zone, s.created_at, s.finalized_at, s.due_on
  FROM statement_news n JOIN statements s ON s.id = n.statement
  LEFT JOIN affiliates f ON s.owner_type = 'affiliate' AND f.number = s.owner
  LEFT JOIN advertisers a ON s.owner_type = 'advertiser' AND a.number = s.owner
  WHERE n.id > ? ORDER BY n.id LIMIT ${PAGE}`;
const SAY =
  "INSERT INTO told_statements (one, news) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET news = excluded.news";

/** Says how many deliveries it handed over. Throws where books, objects or `COURIER` do not answer. */
export async function tellStatements({ DB, COURIER, destinations, accept }: TellingParts): Promise<number> {
  let after = (await COURIER.prepare("SELECT news FROM told_statements").first<number>("news")) ?? 0;
  let handed = 0;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { results } = await DB.prepare(NEWS).bind(after).all<StatementNewsRow>();
    const last = results.at(-1);
    if (last === undefined) break;
    for (const setUp of await destinations()) {
      const matched = results.flatMap((row) => matchedNews(setUp, row) ?? []);
      if (matched.length > 0) await accept(setUp.settings.number, matched);
      handed += matched.length;
    }
    await COURIER.prepare(SAY).bind(last.id).run();
    after = last.id;
  }
  return handed;
}

/** A webhook hears of its owner's own statements; one of a single offer of none, and nobody of what was before it. */
function matchedNews(
  { settings, status, createdAtMs, offer }: DestinationSetUp,
  row: StatementNewsRow,
): MatchedNotice | null {
  const notice = statementNotice(row);
  const isTheirs = settings.kind === "webhook" && offer === null && isOwnersNotice(settings.owner, notice);
  if (!isTheirs || status === "ended" || notice.statement === undefined || row.at < createdAtMs) return null;
  const type = statementTypeHeard(notice.statement, settings.filters.types);
  return type === null ? null : { notice, type, origin: "notice", deadlineAtMs: null };
}
