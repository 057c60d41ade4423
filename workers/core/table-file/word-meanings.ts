/** What the words of a table's columns are read as: by hand, by the layout, by the sender's dialect, or as ours. */
import { UNREAD } from "../postback/dialect.ts";
import { readSentStatus } from "../postback/sent-status.ts";
import { chosenMeanings, type WordField } from "./chosen-words.ts";
import { eventReader } from "./event-words.ts";
import { layoutWords } from "./row-reader.ts";
import type { TablePlan } from "./table-plan.ts";

/** `means` is null for a word that nobody knows, and `-` for one whose rows are passed over. */
export interface WordMeaning {
  field: WordField;
  word: string;
  rows: number;
  means: string | null;
  byHand: boolean;
}

/** Every word that was counted, those first that nobody knows. `usual`: what a reader besides takes a status for. */
export function wordMeanings(plan: TablePlan, usual: (word: string) => string | null = () => null): WordMeaning[] {
  const chosen = chosenMeanings(plan.chosen);
  const eventOf = eventReader(plan);
  const layout = layoutWords(plan);
  const ours = plan.layout?.ours === true;

  function statusOf(word: string): string | null {
    const lower = word.toLowerCase();
    const mapped = ours ? undefined : plan.dialect.statuses.get(lower);
    return mapped ?? layout.statusOf(word) ?? readSentStatus(lower) ?? usual(word);
  }

  const meanings = [...plan.seen].flatMap(([field, words]) =>
    [...words].map(([word, rows]): WordMeaning => {
      const hand = chosen(field, word);
      const found = field === "status" ? statusOf(word) : layout.eventOf(word) === null ? UNREAD : eventOf(word);
      return { field, word, rows, means: hand ?? found, byHand: hand !== undefined };
    }),
  );
  return meanings.sort((left, right) => Number(left.means !== null) - Number(right.means !== null));
}
