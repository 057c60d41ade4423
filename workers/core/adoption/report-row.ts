/** Reads a row of a tracker's report of clicks: which click it is, when it was, on which placed link, and what hung on it. */
import type { AdoptedClick } from "../../../schema/messages.ts";
import { MAX_EXTERNAL_ID_LENGTH } from "../click/external-kind.ts";
import { SUB_NAMES } from "../click/sub-ids.ts";
import { zoneSpans } from "../metrics/time-zone.ts";
import { accept, type Result, refuse } from "../result.ts";
import { plainName } from "../table-file/plain-name.ts";
import { readTableTime } from "../table-file/table-time.ts";
import { DAY_MS, MINUTE_MS } from "../time-units.ts";
import { readForeignClick } from "../trackers/foreign-click.ts";
import type { TrackerTable } from "../trackers/tracker-table.ts";
import { CLICK_REPORTS, type ReportField, reportNames } from "./click-reports.ts";

/** Why a row is not adopted, with what to do. */
export const REPORT_FAULTS = {
  unreadable_row: "This line is no object in JSON.",
  no_click_id: "No column says what the tracker calls the click: name it click_id.",
  not_its_click_id: "This is no click ID as this tracker writes them: is it the report of another one?",
  no_time: "No column says when the click was: name it clicked_at.",
  unreadable_time: "This is no time: write Unix seconds or milliseconds, or 2026-11-23 08:00:00 with its zone.",
  no_time_zone: "The time has no zone: say in which the report is, such as time_zone=Europe/Berlin.",
  in_future: "The click is later than now: is the report in another time zone?",
  too_old: "The click is older than what hangs on clicks here: nothing can be booked on it any more.",
  no_link: "No column says which placed link it was: name it alias, or link for a link's slug.",
  unknown_alias: "No placed link of this name is known: set its alias first.",
  unknown_link: "There is no link of this slug: create it first.",
  said_twice: "The file says this click before, with another link or time.",
  adopted_otherwise: "It was adopted before with another link or time, which stay: something may hang on them.",
} as const satisfies Record<string, string>;
export type ReportFault = keyof typeof REPORT_FAULTS;

export interface FaultyReportRow {
  fault: ReportFault;
  /** The report's own text, where there is one. */
  text: string | null;
}

/** A row, of which the link is not looked up yet: by its slug, or by the first of these aliases that is known. */
export interface ReportedClick extends Omit<AdoptedClick, "link"> {
  placed: { slug: string } | { aliases: string[] };
}

/** By which rows are read. */
export interface ReportTerms {
  dialect: string;
  /** Null of a dialect that is not spoken here. */
  table: TrackerTable | null;
  /** The tracker's parameters of clicks that its customers name → `sub1` … `external_id`. */
  subIds: Readonly<Record<string, string>>;
  /** Of times that have none: a name of the time zone database; null where it was not said. */
  timeZone: string | null;
  nowMs: number;
  /** Clicks are adopted back to this. */
  fromMs: number;
}

/** Cells by their columns' names, as the file has them. */
export type ReportCells = Iterable<readonly [column: string, text: string]>;

/** A clock of a tracker's may be ahead. */
const AHEAD_MS = 10 * MINUTE_MS;
const MAX_TEXT = 256;
const MAX_NAME = 128;
const DEVICES: Readonly<Record<string, string>> = {
  desktop: "desktop",
  computer: "desktop",
  pc: "desktop",
  mobile: "mobile",
  mobilephone: "mobile",
  phone: "mobile",
  smartphone: "mobile",
  tablet: "tablet",
  tv: "tv",
  smarttv: "tv",
};
const SYSTEMS: Readonly<Record<string, string>> = {
  windows: "windows",
  macos: "macos",
  osx: "macos",
  macosx: "macos",
  ios: "ios",
  iphoneos: "ios",
  ipados: "ios",
  android: "android",
  chromeos: "chromeos",
  linux: "linux",
};

/** Makes the reader of a tracker's reports. */
export function reportReader(terms: ReportTerms): (cells: ReportCells) => Result<ReportedClick, FaultyReportRow> {
  const names = new Map([...reportNames(terms.dialect)].map(([field, own]) => [field, own.map(plainName)]));
  const { alias: composed, lower } = CLICK_REPORTS[terms.dialect] ?? {};
  const parts = new Map(Object.entries(composed?.parts ?? {}).map(([part, own]) => [part, own.map(plainName)]));
  const carried = carriedNames(terms);
  // As the door looks it up.
  const foreignOf = (id: string) => (terms.table ? readForeignClick(terms.table, id) : id);

  return (row) => {
    const cells = new Map([...row].map(([name, text]) => [plainName(name), text.trim()]));
    const first = (own: readonly string[]) => own.map((name) => cells.get(name)).find((text) => text);
    const said = (field: ReportField) => first(names.get(field) ?? []);
    const carriedAs = (field: ReportField) => first(carried.get(field) ?? []) ?? said(field);
    const id = said("click_id");
    if (id === undefined) return fault("no_click_id");
    const foreignId = foreignOf(id);
    if (id.length > MAX_NAME || foreignId === null) return fault("not_its_click_id", id);
    const clickedAtMs = timeOf(said("clicked_at"), terms);
    if (!clickedAtMs.ok) return clickedAtMs;
    const slug = said("link");
    const aliases = slug === undefined ? aliasesOf() : [];
    if (slug === undefined && aliases.length === 0) return fault("no_link");
    return accept({
      foreignId,
      clickedAtMs: clickedAtMs.value,
      placed: slug === undefined ? { aliases } : { slug },
      ...told(),
    });

    function aliasesOf(): string[] {
      const whole =
        composed &&
        [...parts].reduce<string | undefined>((form, [part, own]) => {
          const text = first(own);
          return form === undefined || text === undefined ? undefined : form.replaceAll(`{${part}}`, text);
        }, composed.form);
      const each = (names.get("alias") ?? []).flatMap((name) => cells.get(name) || []);
      return [...new Set([...(whole ? [whole] : []), ...each].map((alias) => (lower ? alias.toLowerCase() : alias)))];
    }

    function told(): Partial<AdoptedClick> {
      const country = said("country")?.toUpperCase();
      const device = DEVICES[plainName(said("device") ?? "")];
      const os = SYSTEMS[plainName(said("os") ?? "")];
      const browser = said("browser")?.slice(0, MAX_TEXT);
      const referrer = hostOf(said("referrer"));
      const external = carriedAs("external_id");
      const subs = SUB_NAMES.map((field) => cut(carriedAs(field) ?? "", MAX_TEXT));
      while (subs.at(-1) === "") subs.pop();
      return {
        ...(country !== undefined && /^[A-Z]{2}$/.test(country) && { country }),
        ...(device !== undefined && { device }),
        ...(os !== undefined && { os }),
        ...(browser && { browser }),
        ...(referrer !== undefined && { referrer }),
        ...(external && { externalId: cut(external, MAX_EXTERNAL_ID_LENGTH) }),
        ...(subs.length > 0 && { subs }),
      };
    }
  };
}

/** The columns that are sub-ids or external IDs, by what they are: those that set-up names go before the dialect's. */
function carriedNames({ table, subIds }: ReportTerms): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [name, field] of [...Object.entries(subIds), ...Object.entries(table?.clickNames ?? {})])
    names.set(field, [...(names.get(field) ?? []), plainName(name)]);
  return names;
}

function timeOf(text: string | undefined, { timeZone, nowMs, fromMs }: ReportTerms): Result<number, FaultyReportRow> {
  if (text === undefined) return fault("no_time");
  const zoned = readTableTime(text, false);
  const local = zoned === null ? readTableTime(text, true) : null;
  if (zoned === null && local === null) return fault("unreadable_time", text);
  if (zoned === null && timeZone === null) return fault("no_time_zone", text);
  const atMs = zoned ?? inZone(local ?? 0, timeZone ?? "UTC");
  if (atMs > nowMs + AHEAD_MS) return fault("in_future", text);
  return atMs < fromMs ? fault("too_old", text) : accept(atMs);
}

/** The instant of a local time, as if that were UTC; of an hour that comes twice, its first. */
function inZone(localMs: number, timeZone: string): number {
  const offsetAt = (atMs: number) => zoneSpans(timeZone, atMs, atMs)[0]?.offsetMs ?? 0;
  // No zone changes its offset twice within two days.
  const offsets = [offsetAt(localMs - DAY_MS), offsetAt(localMs + DAY_MS)];
  const found = offsets.map((offsetMs) => ({ atMs: localMs - offsetMs, offsetMs }));
  const right = found.filter(({ atMs, offsetMs }) => offsetAt(atMs) === offsetMs);
  return Math.min(...(right.length > 0 ? right : found).map(({ atMs }) => atMs));
}

function hostOf(text: string | undefined): string | undefined {
  const host = /^(?:https?:\/\/)?([a-z0-9.-]+\.[a-z]{2,})(?:[:/?#]|$)/i.exec(text ?? "")?.[1];
  return host?.toLowerCase();
}

/** At most so many characters, none of them halved. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, 2 * most)].slice(0, most).join("");
}

function fault(name: ReportFault, text: string | null = null): Result<never, FaultyReportRow> {
  return refuse({ fault: name, text });
}
