/** What a message says under another mapping: its event and status in the sender's own words as far as they are kept, and what nobody read of it. */
import type { PostbackContent } from "../../../schema/messages.ts";
import type { Dialect } from "../postback/dialect.ts";
import { reread } from "../postback/reread.ts";
import { readSentStatus } from "../postback/sent-status.ts";

/** The content as `dialect` has it. What an earlier mapping has translated is the sender's own word only of statuses; what was read under another name stays read. */
export function readAgain(content: PostbackContent, dialect: Dialect): PostbackContent {
  const { event } = content;
  const named = event === undefined ? content : { ...content, event: dialect.events.get(event) ?? event };
  return reread(statusAgain(named, dialect), dialect);
}

/** A status that is no status of ours under that mapping would have been refused: it stays. */
function statusAgain(content: PostbackContent, dialect: Dialect): PostbackContent {
  const { originalStatus, ...rest } = content;
  const said = originalStatus ?? content.status;
  if (said === undefined) return content;
  const word = said.toLowerCase();
  const mapped = dialect.statuses.get(word);
  const status = readSentStatus(mapped ?? word);
  if (!status) return content;
  const isOwn = mapped === undefined || mapped === word;
  return { ...rest, status, ...(isOwn ? {} : { originalStatus: said }) };
}
