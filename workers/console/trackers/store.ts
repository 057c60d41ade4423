/** Trackers: other trackers that are spoken here, each with its secret sealed for the postback worker before anything is written. */
import { and, eq } from "drizzle-orm";
import { advertisers, trackers } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { type HostAndOrigin, leadsRound } from "../../core/trackers/old-host.ts";
import { placeOfTracker } from "../../core/trackers/prepare-tracker.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishKeys } from "../publishing/due-keys.ts";
import { keysOfTracker } from "../publishing/keyed-records.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { KEPT_SECRET, saidAnew, sealForPostbacks } from "../set-up/kept-secrets.ts";
import { lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { isTaken } from "../web/saving.ts";
import {
  type NewTracker,
  type ShownTracker,
  type StoredTracker,
  type TrackerChange,
  type TrackerView,
  trackerFields,
  trackerView,
} from "./fields.ts";

/** As long as other trackers take a conversion for a click. */
const MOST_RELAY_DAYS = 90;

const life = lifeOf({
  kind: "tracker",
  one: "a tracker",
  table: trackers,
  fields: trackerFields,
  view: (tracker: ShownTracker, viewer: Viewer) => trackerView(tracker, viewer),
  find: (db, caller, conditions, page): Promise<StoredTracker[]> =>
    db
      .select({ row: trackers, advertiser: advertisers.slug })
      .from(trackers)
      .innerJoin(advertisers, eq(advertisers.number, trackers.advertiser))
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit),
  insert: (db, row: ShownTracker["row"]) => db.insert(trackers).values(row).returning(),
  update: (db, number, columns) => db.update(trackers).set(columns).where(eq(trackers.number, number)),
});

export const findTracker = life.find;
export const readTracker = life.read;
export const listTrackers = life.list;

export async function createTracker(
  env: Env,
  input: NewTracker,
  change: ChangeStamp,
): Promise<Result<TrackerView, Problem>> {
  const advertiser = await findAdvertiser(env, change.by, input.advertiser);
  if (!advertiser.ok)
    return refuse(invalid("#/advertiser", `There is no advertiser "${input.advertiser}": create it first.`));
  if (input.secret === KEPT_SECRET) return refuse(invalid("#/secret", "Write the key itself."));
  const { number: keeper, slug } = advertiser.value.row;
  const columns = newColumns(trackerFields, input);
  const fault = faultOf(env, columns, await othersOf(env, columns), change.atMs);
  if (fault) return refuse(fault);
  const secret = await sealed(env, input.slug, input.secret ?? null);
  const row = { ...columns, ...stampedNow(change.atMs), advertiser: keeper, secret };
  const created = await unlessHostIsTaken(row.host, () => life.create(env, { row, advertiser: slug }, input, change));
  if (!created.ok) return created;
  await publishKeys(env, keysOfTracker(row));
  return accept(created.value.view);
}

/** Changes what is given. A secret that comes back as answers have it stays. */
export async function changeTracker(
  env: Env,
  key: string,
  { secret: given, ...rest }: TrackerChange,
  change: ChangeStamp,
): Promise<Result<TrackerView, Problem>> {
  const found = await findTracker(env, change.by, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const { host = row.host, old_origin: oldOrigin = row.oldOrigin, relay_until: relayUntilMs = row.relayUntilMs } = rest;
  // What stood there before was checked when it was said, and time goes on.
  const isSaidNow = rest.relay_until !== undefined && relayUntilMs !== row.relayUntilMs;
  const joint = { ...row, host, oldOrigin, relayUntilMs };
  // A tracker that stood in a circle before can be paused, and led elsewhere.
  const isLedAnew = host !== row.host || oldOrigin !== row.oldOrigin;
  const fault = faultOf(env, joint, isLedAnew ? await othersOf(env, row) : [], isSaidNow ? change.atMs : null);
  if (fault) return refuse(fault);
  const fresh = saidAnew(given);
  const secret = fresh === undefined ? {} : { secret: await sealed(env, row.slug, fresh) };
  const changed = await unlessHostIsTaken(host, () => life.change(env, key, { ...rest, ...secret }, change));
  if (!changed.ok) return changed;
  const { before, after } = changed.value;
  // A host that it had leads to it no more.
  await publishKeys(env, [...new Set([...keysOfTracker(before.row), ...keysOfTracker(after.row)])]);
  return accept(changed.value.view);
}

async function unlessHostIsTaken<Saved>(
  host: string | null,
  save: () => Promise<Result<Saved, Problem>>,
): Promise<Result<Saved, Problem>> {
  try {
    return await save();
  } catch (error) {
    if (!isTaken(error, "trackers.host")) throw error;
    const detail = `Another tracker has the host ${host}: take it away from that one first.`;
    return refuse({ name: "taken", detail, errors: [{ pointer: "#/host", detail }] });
  }
}

type Joint = Pick<ShownTracker["row"], "dialect" | "host" | "oldOrigin" | "relayUntilMs">;

const OTHERS = "SELECT host, old_origin AS oldOrigin FROM trackers WHERE host IS NOT NULL AND slug <> ?";

/** The other trackers that stand at hosts. */
async function othersOf({ DB }: Env, { slug }: Pick<ShownTracker["row"], "slug">): Promise<HostAndOrigin[]> {
  return (await DB.prepare(OTHERS).bind(slug).all<HostAndOrigin>()).results;
}

/** What does not fit together. `atMs`: when `relayUntilMs` is said; null where it stands already. */
function faultOf(
  env: Env,
  { host, oldOrigin, relayUntilMs }: Joint,
  others: readonly HostAndOrigin[],
  atMs: number | null,
): Problem | null {
  const ours = [env.CLICK_ORIGIN, env.POSTBACK_ORIGIN].map((origin) => new URL(origin).hostname);
  if (host !== null && ours.includes(host))
    return invalid("#/host", "This host is ours already: an old tracker’s links carry another one.");
  const old = oldOrigin === null ? null : new URL(oldOrigin).hostname;
  if ((old !== null && ours.includes(old)) || leadsRound({ host, oldOrigin }, others))
    return invalid(
      "#/old_origin",
      "That leads here, perhaps by the old origin of another tracker: write where the old tracker answers once its host leads here.",
    );
  if (relayUntilMs === null) return null;
  if (oldOrigin === null) return invalid("#/relay_until", "Say where the old tracker still answers (old_origin).");
  if (atMs !== null && relayUntilMs > atMs + MOST_RELAY_DAYS * DAY_MS)
    return invalid("#/relay_until", `It is told for at most ${MOST_RELAY_DAYS} days from now.`);
  return null;
}

async function sealed(env: Env, slug: string, secret: string | null): Promise<string | null> {
  return secret === null ? null : sealForPostbacks(env, placeOfTracker(slug), secret);
}

/** Operators see all of them; nobody else any. */
function visibleTo({ role }: Caller) {
  return OPERATORS.some((operator) => operator === role) ? undefined : eq(trackers.number, 0);
}
