/** A minute as it lies in the bucket, with what it is made of. */
import * as v from "valibot";
import { HEAD_KINDS, type LoggedMinute } from "./minute.ts";

const saidBy = v.exactOptional(v.object({ atMs: v.number(), by: v.string() }));

const file = v.object({
  number: v.number(),
  atMs: v.number(),
  heads: v.array(
    v.object({
      kind: v.picklist(HEAD_KINDS),
      name: v.string(),
      number: v.number(),
      head: v.string(),
      advertiser: v.exactOptional(v.number()),
      changes: v.exactOptional(v.number()),
      rebuilt: saidBy,
      restored: saidBy,
    }),
  ),
});

export function readMinute(text: string): LoggedMinute {
  return v.parse(file, JSON.parse(text));
}
