/**
 * Forgets in an advertiser's object what came by the pixel, days after nothing of it is heard any more: for every message that it takes some old ones go, so that
 * what lies there is bounded by what its days may bring. What a message looks at stays, and what moved the books: a claim that was confirmed, or that an order asked for.
 */
import { emptyIndex, enter } from "../core/books/books-index.ts";
import { placeKeys } from "../core/books/claim-places.ts";
import { isClaim, isLookedAt } from "../core/books/claims.ts";
import type { Command } from "../core/books/command.ts";
import { movedBooks } from "../core/books/moved-books.ts";
import { LEAST_PIXEL_BYTES } from "../core/books/pixel-limits.ts";
import { type Changed, noteChanges } from "./object-changes.ts";
import { forgetPlaces } from "./object-claim-places.ts";
import { loadFamilies } from "./object-families.ts";
import { firstTakenMs, loadForgotten, type OpenPixelDays } from "./object-pixel-days.ts";
import { findMessages, forgetMessages, heldReceipts } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

const PAGE = `
  SELECT receipt, command ->> '$.receivedAtMs' AS received_at FROM messages INDEXED BY messages_by_pixel
  WHERE command ->> '$.channel' = 'pixel' AND command ->> '$.receivedAtMs' >= CAST(?1 AS INTEGER) AND command ->> '$.receivedAtMs' < CAST(?3 AS INTEGER)
    AND (command ->> '$.receivedAtMs' > CAST(?1 AS INTEGER) OR receipt > ?2)
  ORDER BY command ->> '$.receivedAtMs', receipt LIMIT CAST(?4 AS INTEGER)`;

const NOTE = `
  INSERT INTO pixel_forgotten (one, received_at, receipt) VALUES (1, CAST(? AS INTEGER), ?)
  ON CONFLICT DO UPDATE SET received_at = excluded.received_at, receipt = excluded.receipt`;

/** Looks at twice as much as this share took, at least, and gives how many messages it forgot. To be called within the share's transaction, once it is written. */
export function forgetPixel(sql: Sql, days: OpenPixelDays): number {
  if (days.taken === 0) return 0;
  const most = Math.ceil((2 * days.taken) / LEAST_PIXEL_BYTES);
  const { receivedAtMs, receipt } = loadForgotten(sql) ?? { receivedAtMs: 0, receipt: "" };
  const until = String(firstTakenMs(days));
  const page = sql.exec(PAGE, String(receivedAtMs), receipt, until, String(most)).toArray();
  const last = page.at(-1);
  if (!last) return 0;
  const messages = [
    ...findMessages(
      sql,
      page.map((row) => String(row.receipt)),
    ).values(),
  ];
  const claims = messages.map(({ command }) => command).filter(isClaim);
  const lookedAt = claimsLookedAt(sql, claims);
  const gone = messages.filter((message) => !movedBooks(message) && !lookedAt.has(message.command.receipt));
  forgetMessages(sql, gone);
  const keys = gone.map(({ command }) => command).flatMap(placesOf);
  const places = forgetPlaces(sql, keys, firstTakenMs(days), (receipts) => heldReceipts(sql, receipts));
  sql.exec(NOTE, String(last.received_at), String(last.receipt));
  const receipts = gone.map(({ command }): Changed => ["messages", command.receipt]);
  noteChanges(sql, [...receipts, ...places, ["pixel_forgotten", 1]]);
  return gone.length;
}

function placesOf(command: Command): string[] {
  const { claim, click, event } = command;
  return claim && click && event !== null ? placeKeys(command).map(({ key }) => key) : [];
}

/** The receipts of those of these claims that some message looks at. A claim whose family is too large, or broken, counts as one. */
function claimsLookedAt(sql: Sql, claims: readonly Command[]): Set<string> {
  if (claims.length === 0) return new Set();
  try {
    const families = loadFamilies(sql, claims);
    if (families) {
      const index = emptyIndex();
      enter(index, families.messages, families.conversions);
      return new Set(claims.filter((claim) => isLookedAt(index, claim)).map(({ receipt }) => receipt));
    }
  } catch (error) {
    if (claims.length === 1) console.error({ event: "claim_not_forgotten", receipt: claims[0]?.receipt, error });
  }
  if (claims.length === 1) return new Set(claims.map(({ receipt }) => receipt));
  const middle = Math.ceil(claims.length / 2);
  return new Set([claims.slice(0, middle), claims.slice(middle)].flatMap((half) => [...claimsLookedAt(sql, half)]));
}
