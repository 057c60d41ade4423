/** What is kept of what anybody said by the pixel: little, whatever it says, since claims stay in the books and nobody proves to be asked for them. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { SALE_FACTS } from "../riding-facts.ts";
import { fill } from "./unread.ts";

/** Characters of the facts that ride along, and of the names that are the sender's own. */
const STRANGERS_FACTS = 512;
/** Characters of the notes on fields that could not be read. */
const STRANGERS_NOTES = 256;

/** The content with as much of what decides nothing as there is room for: facts of one text first, then the sender's own, in their order. */
export function cutStrangersWords({ meta, notes, ...rest }: PostbackContent): PostbackContent {
  const content: PostbackContent = { ...rest };
  let left = STRANGERS_FACTS;
  for (const name of SALE_FACTS) {
    const said = content[name];
    if (typeof said !== "string") continue;
    if (said.length > left) delete content[name];
    else left -= said.length;
  }
  const kept = fill(Object.entries(meta ?? {}), left);
  if (kept.length > 0) content.meta = Object.fromEntries(kept);
  const told = fill(Object.entries(notes ?? {}), STRANGERS_NOTES);
  if (told.length > 0) content.notes = Object.fromEntries(told);
  return content;
}
