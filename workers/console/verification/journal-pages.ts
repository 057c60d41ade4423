/** Holds an advertiser's books against their journal, a page at a time: the journal's rows against what is held, and what is held against the journal. */
import { objectName, type StoredBooks } from "../../core/books/stored.ts";
import { checkHeld, checkRows, type JournalFinding, rowsNamed } from "../../core/journal/check.ts";
import type { Env } from "../env.ts";

/** What is walked through: the journal, and what is in the books. */
export const JOURNAL_WALKS = ["rows", "messages", "conversions"] as const;
export type JournalWalk = (typeof JOURNAL_WALKS)[number];

export interface CheckedJournal {
  checked: number;
  findings: JournalFinding[];
  /** Where the walk goes on; null at its end. */
  next: string | null;
}

/** A row has some two hundred leaves where postbacks come in full batches. */
const ROWS = 20;
const HELD = 500;

type Books = DurableObjectStub<StoredBooks>;

/** One page of a walk: behind row `after` of the journal, or behind the message or conversion of that name; from the beginning where it is empty. */
export async function checkJournalPage(
  env: Pick<Env, "CONVERSIONS">,
  advertiser: number,
  walk: JournalWalk,
  after: string,
): Promise<CheckedJournal> {
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  if (walk === "rows") return checkRowsAfter(object, Number(after));
  return walk === "messages" ? checkMessages(object, after) : checkConversions(object, after);
}

async function checkRowsAfter(object: Books, after: number): Promise<CheckedJournal> {
  // The row before was looked at with the page before.
  const found = await object.journal(Math.max(0, after - 1), after === 0 ? ROWS : ROWS + 1);
  const isBefore = after > 0 && found[0]?.seq === after;
  const rows = isBefore ? found.slice(1) : found;
  const leaves = rows.flatMap((row) => row.leaves);
  const named = (wanted: string) => [...new Set(leaves.flatMap(({ kind, name }) => (kind === wanted ? [name] : [])))];
  const { messages, conversions } = await object.find(named("m"), named("c"));
  const held = {
    messages: new Map(messages.map((message) => [message.command.receipt, message])),
    conversions: new Map(conversions.map((stored) => [stored.conversion.id, stored])),
  };
  const last = rows.length < ROWS ? undefined : rows.at(-1);
  return {
    checked: rows.length,
    findings: checkRows(isBefore ? (found[0] ?? null) : null, rows, held),
    next: last ? String(last.seq) : null,
  };
}

async function checkMessages(object: Books, after: string): Promise<CheckedJournal> {
  const messages = await object.messages(after, HELD);
  const rows = await object.journalRows(rowsNamed(messages, []));
  const last = messages.length < HELD ? undefined : messages.at(-1);
  const findings = checkHeld(messages, [], rows);
  return { checked: messages.length, findings, next: last?.command.receipt ?? null };
}

async function checkConversions(object: Books, after: string): Promise<CheckedJournal> {
  const conversions = await object.conversions(after, HELD);
  const rows = await object.journalRows(rowsNamed([], conversions));
  const last = conversions.length < HELD ? undefined : conversions.at(-1);
  return { checked: conversions.length, findings: checkHeld([], conversions, rows), next: last?.conversion.id ?? null };
}
