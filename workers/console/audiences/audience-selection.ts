/** Which rows an audience has for a caller: what was asked for, read against the books. */
import * as v from "valibot";
import type { Result } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Readable } from "../env.ts";
import { partParameters } from "../exports/part.ts";
import { queryText, type Selection, select } from "../tables/selection.ts";
import type { Caller } from "../web/caller.ts";
import { instant, wholeNumberText } from "../web/field-schemas.ts";
import { parameters, type Schema } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { audienceTable, memberConditions } from "./audience-table.ts";
import type { Audience } from "./audiences.ts";

const MAX_DAYS = 365;
const DAYS_ADVICE = `Write a whole number of days from 1 to ${MAX_DAYS}.`;

const { after, limit, offer, event, link, affiliate, advertiser, test } = partParameters(audienceTable).entries;
const COMMON = {
  since: v.exactOptional(v.pipe(instant, v.description("only who belongs to it since then"))),
  after,
  limit,
  offer,
  event,
  link,
  affiliate,
  advertiser,
  test,
  format: v.exactOptional(v.picklist(["csv", "ndjson"])),
};
const days = v.exactOptional(wholeNumberText(1, MAX_DAYS, DAYS_ADVICE));
const next_event = v.exactOptional(
  v.pipe(queryText, v.description("the event that was waited for; unless said, any other one than the conversion's")),
);

const waiting = parameters({ ...COMMON, days, next_event });
export type AudienceQuery = v.InferOutput<typeof waiting>;

/** What an audience can be asked. */
export function audienceParameters({ without }: Audience): Schema<AudienceQuery> {
  if (!without) return parameters(COMMON);
  return without.follower === "another event" ? waiting : parameters({ ...COMMON, days });
}

/** Its members that the caller may know, as far as `query` asks for them. Refuses what an export refuses. */
export async function selectAudience(
  env: Readable,
  audience: Audience,
  query: AudienceQuery,
  { caller, nowMs }: { caller: Caller; nowMs: number },
): Promise<Result<Selection, Problem>> {
  const { since, format: _, limit: __, days: waited, next_event: next = null, ...asked } = query;
  const waitedMs = (waited ?? audience.without?.days ?? 0) * DAY_MS;
  const range = {
    ...(since === undefined ? {} : { from: since - waitedMs }),
    // Whose days are not over may still do it.
    ...(audience.without ? { to: nowMs - waitedMs } : {}),
  };
  const selection = await select(env, audienceTable, { test: 0, ...asked, ...range }, caller);
  if (!selection.ok) return selection;
  const conditions = [...selection.value.conditions, ...memberConditions(audience, next)];
  return { ...selection, value: { ...selection.value, conditions } };
}
