/** What is set of signals, on all offers and on single ones: read, and set by who may review. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { SIGNAL_STATES } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type SetSignal, settingsOf } from "../../core/signals/offer-settings.ts";
import { effectiveState, type Precision, precisionOf } from "../../core/signals/precision.ts";
import type { Signal } from "../../core/signals/signal.ts";
import { isSignalName, SIGNAL_NAMES, type SignalName, signalOf } from "../../core/signals/signals.ts";
import { THRESHOLD_NAMES, THRESHOLDS, type ThresholdName } from "../../core/signals/thresholds.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { queryText } from "../tables/selection.ts";
import { noSuchSlug } from "../tables/slugs.ts";
import { fields, parameters } from "../web/input.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { markAllDays } from "./reading.ts";

/** As the table has it: 0 is all offers. */
const ALL = 0;

interface SettingRow {
  signal: string;
  offer: number;
  state: SetSignal["state"];
  thresholds: string;
}

/** All that is set. What this version does not know is left out. */
export async function readSetSignals(db: D1Database): Promise<SetSignal[]> {
  const { results } = await db
    .withSession("first-primary")
    .prepare("SELECT signal, offer, state, thresholds FROM signal_settings")
    .all<SettingRow>();
  return results.flatMap(({ signal, offer, state, thresholds }) =>
    isSignalName(signal)
      ? [{ signal, offer: offer === ALL ? null : offer, state, thresholds: JSON.parse(thresholds) }]
      : [],
  );
}

interface PrecisionRow extends Precision {
  signal: string;
  offer: number;
}

/** How often signals were right on an offer, or on all of them, by name. */
export async function readPrecision(db: D1Database, offer: number | null): Promise<ReadonlyMap<string, Precision>> {
  const { results } = await db
    .prepare(
      `SELECT signal, sum(right) AS right, sum(wrong) AS wrong FROM signal_precision ${offer === null ? "" : "WHERE offer = ?"} GROUP BY signal`,
    )
    .bind(...(offer === null ? [] : [offer]))
    .all<PrecisionRow>();
  return new Map(results.map(({ signal, right, wrong }) => [signal, { right, wrong }]));
}

export const settingsQuery = parameters({ offer: v.exactOptional(queryText) });

const thresholdFields = Object.fromEntries(
  THRESHOLD_NAMES.map((name) => {
    const { from, to } = THRESHOLDS[name];
    const advice = `Write a number from ${from} to ${to}, or null for the usual one.`;
    const number = v.pipe(v.number(advice), v.minValue(from, advice), v.maxValue(to, advice));
    return [name, v.exactOptional(v.nullable(number))];
  }),
);

/** Of one signal, on an offer or on all: what is said is set, and null goes back to what holds without it. */
export const settingChange = fields({
  offer: v.exactOptional(v.nullable(v.string())),
  state: v.exactOptional(v.nullable(v.picklist(SIGNAL_STATES))),
  thresholds: v.exactOptional(fields(thresholdFields)),
});
export type SettingChange = v.InferOutput<typeof settingChange>;

export const settingAnswer = v.object({
  signal: v.picklist(SIGNAL_NAMES),
  label: v.string(),
  about: v.picklist(["affiliate", "advertiser"]),
  /** As it is set, here or on all offers; and as it is done, since one that is wrong too often only shows. */
  state: v.picklist(SIGNAL_STATES),
  effective_state: v.picklist(SIGNAL_STATES),
  may_hold: v.boolean(),
  thresholds: v.record(v.string(), v.number()),
  /** What is set here and nowhere else. */
  set_state: v.nullable(v.picklist(SIGNAL_STATES)),
  set_thresholds: v.record(v.string(), v.number()),
  /** Of the rows that it named, decided afterwards as it said, and otherwise. */
  right: v.number(),
  wrong: v.number(),
  precision: v.nullable(v.number()),
});
export type SettingView = v.InferOutput<typeof settingAnswer>;

/** The settings of all signals, as they hold on an offer, or on all that set nothing else. */
export async function listSettings(
  { DB }: Pick<Env, "DB">,
  { offer: slug }: { offer?: string },
): Promise<Result<{ items: SettingView[] }, Problem>> {
  const offer = slug === undefined ? null : await offerNumber(DB, slug);
  if (slug !== undefined && offer === null) return refuse(noSuchSlug("offer", slug));
  const [set, precisions] = await Promise.all([readSetSignals(DB), readPrecision(DB, offer)]);
  return accept({ items: SIGNAL_NAMES.map((name) => settingView(name, { offer, set, precisions })) });
}

interface Standing {
  offer: number | null;
  set: readonly SetSignal[];
  precisions: ReadonlyMap<string, Precision>;
}

function settingView(name: SignalName, { offer, set, precisions }: Standing): SettingView {
  const signal = signalOf(name);
  const { state = "show", thresholds } = settingsOf(set, offer).get(name) ?? {};
  const here = set.find((one) => one.signal === name && one.offer === offer);
  const precision = precisions.get(name) ?? { right: 0, wrong: 0 };
  return {
    signal: name,
    label: signal.label,
    about: signal.about,
    state,
    effective_state: effectiveState(state, signal.mayHold, precision),
    may_hold: signal.mayHold,
    thresholds: Object.fromEntries(thresholdsOf(signal).map((one) => [one, thresholds?.[one] ?? 0])),
    set_state: here?.state ?? null,
    set_thresholds: { ...here?.thresholds },
    ...precision,
    precision: precisionOf(precision),
  };
}

/** The thresholds that a signal looks at. */
export function thresholdsOf({ thresholds }: Pick<Signal, "thresholds">): ThresholdName[] {
  return THRESHOLD_NAMES.filter((name) => thresholds[name] !== undefined);
}

/** Sets a signal, and has all days counted anew by it. */
export async function changeSetting(
  env: Pick<Env, "DB">,
  name: string,
  { offer: slug = null, state, thresholds = {} }: SettingChange,
  change: ChangeStamp,
): Promise<Result<SettingView, Problem>> {
  const { DB } = env;
  if (!isSignalName(name)) return refuse(notFound("signal", name));
  const signal = signalOf(name);
  const offer = slug === null ? ALL : await offerNumber(DB, slug);
  if (offer === null) return refuse(invalid("#/offer", `There is no offer "${slug}".`));
  if (state === "hold" && !signal.mayHold)
    return refuse(invalid("#/state", `${signal.label} holds nothing: show it, or turn it off.`));
  const known = thresholdsOf(signal);
  const strange = Object.keys(thresholds).find((one) => !known.some((threshold) => threshold === one));
  if (strange !== undefined)
    return refuse(invalid(`#/thresholds/${strange}`, `${signal.label} has ${known.join(", ")}.`));
  const before = (await readSetSignals(DB)).find((one) => one.signal === name && (one.offer ?? ALL) === offer);
  const kept = Object.fromEntries(
    Object.entries({ ...before?.thresholds, ...thresholds }).filter(([, value]) => value !== null),
  );
  const after = { state: state === undefined ? (before?.state ?? null) : state, thresholds: kept };
  const subject = slug === null ? name : `${name} on ${slug}`;
  const shown = before ? { state: before.state, thresholds: before.thresholds } : null;
  await write(env, change, { name, offer, subject, before: shown, after });
  return readSetting(env, name, slug === null ? {} : { offer: slug });
}

/** The settings of one signal. */
export async function readSetting(
  env: Pick<Env, "DB">,
  name: string,
  query: { offer?: string },
): Promise<Result<SettingView, Problem>> {
  const listed = await listSettings(env, query);
  if (!listed.ok) return listed;
  const view = listed.value.items.find((one) => one.signal === name);
  return view ? accept(view) : refuse(notFound("signal", name));
}

interface Written {
  name: SignalName;
  offer: number;
  subject: string;
  before: unknown;
  after: { state: SetSignal["state"]; thresholds: Record<string, unknown> };
}

async function write({ DB }: Pick<Env, "DB">, change: ChangeStamp, written: Written): Promise<void> {
  const { name, offer, subject, before, after } = written;
  await logChange(drizzle(DB), change, { action: "change", kind: "signal", subject, before, after });
  await DB.batch([
    DB.prepare(
      `INSERT INTO signal_settings (signal, offer, state, thresholds, set_by, set_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, thresholds = excluded.thresholds, set_by = excluded.set_by, set_at = excluded.set_at`,
    ).bind(name, offer, after.state, JSON.stringify(after.thresholds), change.by.name, change.atMs),
    ...markAllDays(DB),
  ]);
}

function offerNumber(db: D1Database, slug: string): Promise<number | null> {
  return db.prepare("SELECT number FROM offers WHERE slug = ?").bind(slug).first<number>("number");
}
