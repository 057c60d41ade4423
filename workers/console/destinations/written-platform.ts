/** Makes the settings of an ad platform's destination of what its owner wrote, or says beside which field what is wrong with them. */
import { DEFAULT_FILTERS } from "../../core/courier/destination-filters.ts";
import type { DestinationFilters, DestinationOwner } from "../../core/courier/destination-settings.ts";
import type { AdPlatform } from "../../core/platforms/ad-platform.ts";
import { type SettingsFault, settingsFaults } from "../../core/platforms/platform-settings.ts";
import { PLATFORM_NAMES, type PlatformSettings, type PlatformTarget } from "../../core/platforms/platform-target.ts";
import { PLATFORMS } from "../../core/platforms/platforms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { KEPT_SECRET } from "../set-up/kept-secrets.ts";
import type { Problem } from "../web/problem.ts";
import type { DestinationChange, ShownDestination } from "./fields.ts";
import { platformSettingsIn } from "./kept-config.ts";
import { type FieldFault, faulty } from "./written-template.ts";

/** The fields by which a template is written; a platform has none. */
const OF_TEMPLATES = [
  ...([
    "ready",
    "url",
    "method",
    "body",
    "body_form",
    "headers",
    "user",
    "password",
    "needs",
    "person",
    "meanings",
  ] as const),
  ...(["body_contains", "body_lacks", "accept_3xx"] as const),
] as const;
/** What forms send that nobody wrote in. */
const UNWRITTEN: readonly unknown[] = [undefined, null, "", false, "GET", "json"];

export interface WrittenPlatform {
  platform: PlatformTarget;
  values: Record<string, string>;
  /** Names of the secrets that it holds from now on. */
  secrets: ReadonlySet<string>;
}

/** What the input makes of the present settings. */
export function writePlatform(
  { row, config }: Pick<ShownDestination, "row" | "config">,
  owner: DestinationOwner,
  input: DestinationChange,
): Result<WrittenPlatform, Problem> {
  const name = config.platform?.name ?? PLATFORM_NAMES.find((known) => known === input.platform) ?? null;
  if (name === null)
    return refuse(faulty([{ pointer: "#/platform", detail: "Say which ad platform, such as meta or google." }]));
  const platform = PLATFORMS[name];
  if (platform.fields.length === 0)
    return refuse(faulty([{ pointer: "#/platform", detail: platform.missing[0] ?? "Nothing can be told there." }]));
  const settings = saidSettings(config, input);
  const given = Object.entries(input.secrets ?? {}).filter(([, secret]) => secret !== KEPT_SECRET && secret !== "");
  // What is said of secrets is all of them: a key file gives way to a refresh token.
  const isKept = (own: string) =>
    input.secrets === undefined || input.secrets[own] === KEPT_SECRET || isNeeded(platform, own);
  const kept = Object.keys(row.secrets).filter((own) => isKept(own) && !given.some(([fresh]) => fresh === own));
  const faults = [
    ...templateFaults(input),
    ...ownerFaults(platform, owner, settings),
    ...unknownFaults(platform, settings, input),
    ...settingsFaults(platform, settings, Object.fromEntries(given), kept).map((fault) => placed(platform, fault)),
  ];
  if (faults.length > 0) return refuse(faulty(faults));
  const secrets = new Set([...kept, ...given.map(([own]) => own)]);
  return accept({ platform: { name, settings }, values: { ...settings.fields }, secrets });
}

function saidSettings(config: ShownDestination["config"], input: DestinationChange): PlatformSettings {
  const present = platformSettingsIn(config);
  const fields = input.values ?? config.values;
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")),
    events: input.event_names ?? present.events,
    countsFrom: input.counts_from ?? present.countsFrom,
    value: input.told_value ?? present.value,
    orderNumber: input.order_number ?? present.orderNumber,
    consent: input.ad_consent ?? present.consent,
  };
}

/** Which statuses it hears of where nobody says: an approval is told when it comes, and whatever takes it back. */
export function statusesOf({ settings: { countsFrom } }: PlatformTarget): DestinationFilters["statuses"] {
  return countsFrom === "pending" ? ["pending", "approved", "rejected", "reversed"] : [...DEFAULT_FILTERS.statuses];
}

function isNeeded({ fields }: AdPlatform, name: string): boolean {
  return fields.some((field) => field.name === name && field.required);
}

function templateFaults(input: DestinationChange): FieldFault[] {
  const detail = "What an ad platform is sent is ours to write: leave this out, or take the kind postback or tool.";
  return OF_TEMPLATES.filter((name) => isWritten(input[name])).map((name) => ({ pointer: `#/${name}`, detail }));
}

/** A form sends what it left empty too, and what is chosen already. */
function isWritten(value: unknown): boolean {
  if (UNWRITTEN.includes(value)) return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

/** What was written for an ad platform in a destination of another kind, where nothing would come of it. */
export function platformFaults({ config }: Pick<ShownDestination, "config">, input: DestinationChange): FieldFault[] {
  const present = platformSettingsIn(config);
  const said: [field: string, given: unknown, stands: unknown][] = [
    ["platform", input.platform ?? null, null],
    ["event_names", input.event_names, present.events],
    ["counts_from", input.counts_from, present.countsFrom],
    ["told_value", input.told_value, present.value],
    ["order_number", input.order_number, present.orderNumber],
    ["ad_consent", input.ad_consent, present.consent],
  ];
  const detail = "This is for ad platforms: take the kind platform, or leave it as it was.";
  const strays = said
    .filter(([, given, stands]) => given !== undefined && JSON.stringify(given) !== JSON.stringify(stands))
    .map(([field]) => ({ pointer: `#/${field}`, detail }));
  // Who names a platform means the rest, and the kind is what is wrong.
  return strays.some(({ pointer }) => pointer === "#/platform") ? strays.slice(0, 1) : strays;
}

function ownerFaults({ label, clickIds }: AdPlatform, { type }: DestinationOwner, { value }: PlatformSettings) {
  const faults: FieldFault[] = [];
  if (type === "advertiser" && clickIds.length > 0)
    faults.push({
      pointer: "#/platform",
      detail: `${label} goes by click IDs, which are the affiliate's: an advertiser's destination knows none.`,
    });
  const isHidden = (type === "affiliate" && value === "revenue") || (type === "advertiser" && value === "payout");
  if (isHidden)
    faults.push({ pointer: "#/told_value", detail: "This tells what the destination's owner does not see." });
  return faults;
}

function unknownFaults({ label, fields }: AdPlatform, settings: PlatformSettings, { secrets = {} }: DestinationChange) {
  const asked = (isSecret: boolean) =>
    fields.filter(({ secret = false }) => secret === isSecret).map(({ name }) => name);
  const unknown = (place: string, names: readonly string[], known: readonly string[]): FieldFault[] =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => ({
        pointer: `#/${place}/${name}`,
        detail: `${label} asks for ${known.length === 0 ? "none" : known.join(", ")} here.`,
      }));
  return [
    ...unknown("values", Object.keys(settings.fields), asked(false)),
    ...unknown("secrets", Object.keys(secrets), asked(true)),
  ];
}

function placed({ fields }: AdPlatform, { field, message }: SettingsFault): FieldFault {
  if (field === "events") return { pointer: "#/event_names", detail: message };
  if (field.startsWith("events."))
    return { pointer: `#/event_names/${field.slice("events.".length)}`, detail: message };
  const isSecret = fields.some(({ name, secret }) => name === field && secret === true);
  return { pointer: `#/${isSecret ? "secrets" : "values"}/${field}`, detail: message };
}
