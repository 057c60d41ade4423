/** The entries that stand before others in their conversions, out of the books: whoever is told of a later one is told of these first, also where their notices are lost or come later. */
import type { Notice } from "../../schema/messages.ts";
import type { EntryName } from "../core/books/notice-rows.ts";
import { DAY_MS } from "../core/time-units.ts";

/** What was booked before has been told or compared, and outboxes begin to forget it some time later: it is not told again. */
export const REACH_MS = 15 * DAY_MS;
/** So many before each: a conversion of thousands of entries is not read whole for every one of them. */
const BEFORE_EACH = 20;

/** Those that were booked within reach, in no order, without `notices` themselves. A notice is made only of an entry whose earlier ones are all written. Throws where the books do not answer. */
export async function readEarlier(
  readNamed: (names: readonly EntryName[]) => Promise<Notice[]>,
  notices: readonly Notice[],
  nowMs: number,
): Promise<Notice[]> {
  const given = new Set(notices.map(({ conversionId, seq }) => nameOf(conversionId, seq)));
  const names = new Map<string, EntryName>();
  for (const { conversionId, seq } of notices)
    for (let before = Math.max(1, seq - BEFORE_EACH); before < seq; before++) {
      const name = nameOf(conversionId, before);
      if (!given.has(name)) names.set(name, [conversionId, before]);
    }
  if (names.size === 0) return [];
  const earlier = await readNamed([...names.values()]);
  return earlier.filter(({ bookedAtMs }) => bookedAtMs >= nowMs - REACH_MS);
}

function nameOf(conversionId: string, seq: number): string {
  return `${conversionId} ${seq}`;
}
