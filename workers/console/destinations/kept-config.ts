/** What a destination's column `config` holds: what the courier reads, and what the console remembers of how it was written. */
import type { DestinationSettings } from "../../core/courier/destination-settings.ts";
import type { TranslatedMacro } from "../../core/courier/template-translation.ts";
import type { SignatureForm, SigningVersion } from "../../core/courier/webhook-signing.ts";
import { FIRST_PLATFORM_SETTINGS, type PlatformSettings } from "../../core/platforms/platform-target.ts";

export interface KeptConfig extends Pick<DestinationSettings, "template" | "platform" | "answers" | "deduplicates"> {
  /** Requests a second, at most; null without a limit. */
  ratePerSecond: number | null;
  /** How long after it happened its receiver takes an event; null for ever. */
  deadlineMs: number | null;
  signing?: SigningVersion[];
  signatureForm?: SignatureForm;
  /** Name of the ready template that it is made of; null where its owner wrote it. */
  ready: string | null;
  /** What the account there has of its own, but its secrets: of a ready template, or an ad platform. */
  values: Record<string, string>;
  /** The macro that names the person, where a ready template asks for one. */
  person: string | null;
  /** What was answered of macros that could mean several things: by the name that was written, ours. */
  meanings: Record<string, string>;
  /** What was made of the macros when the template was last written. */
  translated: TranslatedMacro[];
  /** What its owner said of repeats; null where it is as usual. */
  repeats: boolean | null;
}

/** Of one that says nothing yet. */
export const EMPTY_CONFIG: KeptConfig = {
  template: { method: "GET", url: "", headers: [], basic: null, body: null, needs: [] },
  answers: { bodyContains: null, accept3xx: false },
  deduplicates: false,
  ratePerSecond: null,
  deadlineMs: null,
  ready: null,
  values: {},
  person: null,
  meanings: {},
  translated: [],
  repeats: null,
};

/** The column as it was written; what an older console did not know yet is as of an empty one. */
export function keptConfig(column: Record<string, unknown>): KeptConfig {
  return { ...EMPTY_CONFIG, ...column };
}

/** What is set of an ad platform; of another kind, as one begins. */
export function platformSettingsIn({ platform }: Pick<KeptConfig, "platform">): PlatformSettings {
  return platform?.settings ?? FIRST_PLATFORM_SETTINGS;
}
