/** Rows of the log with what their conversions, as the object has them, tell of whose they are. */
import { type OwnedRow, ownedRow } from "../core/books/rows.ts";
import type { StoredBooks, StoredMessage } from "../core/books/stored.ts";

type Find = StoredBooks["find"];
export type AskBooks = (...asked: Parameters<Find>) => Promise<ReturnType<Find>>;

/** The rows of `messages` as they are now; asks the object for their conversions. */
export async function tellPlaces(find: AskBooks, messages: readonly StoredMessage[]): Promise<OwnedRow[]> {
  const ids = [...new Set(messages.flatMap(({ outcome }) => outcome.conversion ?? []))];
  const { conversions } = ids.length === 0 ? { conversions: [] } : await find([], ids);
  const byId = new Map(conversions.map(({ conversion }) => [conversion.id, conversion]));
  return messages.map((message) => ownedRow(message, byId.get(message.outcome.conversion ?? "")));
}
