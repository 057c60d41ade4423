/** What nobody read of a message, read anew once its sender's mapping has words for it. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { plainClickId } from "../click-id-hex.ts";
import { RIDING_FACTS } from "../riding-facts.ts";
import { hasClickShape } from "../table-file/click-shape.ts";
import type { Dialect } from "./dialect.ts";
import { isKeptAsSent } from "./logged-parameters.ts";
import { understand } from "./parameter-meanings.ts";
import { readFields, readsAsTotal, trimBlanks } from "./postback-reader.ts";
import { boundUnread } from "./unread.ts";

/**
 * The content with what `dialect` reads of its unread names; what the message itself says stands before that. A click ID is taken by its shape, since only the ledger has
 * the keys. Where something is wrong with what is read, or it does not go with the rest, the content stays as it was.
 */
export function reread(content: PostbackContent, dialect: Dialect): PostbackContent {
  const kept = Object.entries(content.unread ?? {});
  const parameters = kept.filter(([, text]) => isKeptAsSent(text)).map(([name, text]) => ({ name, text }));
  const fields = understand(dialect, [], parameters);
  const named = new Map(fields.named);
  const click = named.get("click_id");
  named.delete("click_id");
  // A status goes with the sender's own word for it.
  if (content.status !== undefined) named.delete("status");
  const read = readFields({ ...fields, named }, dialect);
  const clickId = click && trimBlanks(click.text ?? "");
  if (!read.ok || (clickId !== undefined && !hasClickShape(clickId))) return content;
  const { notes = {}, meta = {}, ...found } = read.value.content;
  const readNames = new Set(
    [...fields.named.values()].map(({ name }) => name).filter((name) => !Object.hasOwn(notes, name)),
  );
  const whole: PostbackContent = { ...(clickId && { clickId: plainClickId(clickId) }), ...found, ...content };
  if (!readsAsTotal(whole)) return content;
  const { unread, notes: before = {}, meta: own = {}, ...rest } = whole;
  const noted = Object.entries(before).filter(([name]) => !readNames.has(name));
  const left = kept.filter(([name]) => !readNames.has(name));
  const metas = new Map([
    ...Object.entries(own),
    ...Object.entries(meta).filter(([name]) => !Object.hasOwn(own, name)),
  ]);
  return {
    ...rest,
    ...filled("meta", [...metas].slice(0, RIDING_FACTS.meta.form.most)),
    ...filled("unread", boundUnread(left)),
    ...filled("notes", [...noted, ...Object.entries(notes)]),
  };
}

/** No record where there is nothing in it. */
function filled(name: "meta" | "unread" | "notes", pairs: readonly (readonly [string, string])[]): PostbackContent {
  return pairs.length === 0 ? {} : { [name]: Object.fromEntries(pairs) };
}
