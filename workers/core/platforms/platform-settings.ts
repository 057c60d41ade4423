/** Holds a platform's settings to what it asks for, before a destination is saved. */
import type { AdPlatform } from "./ad-platform.ts";
import { readServiceAccount } from "./oauth-tokens.ts";
import type { PlatformSettings } from "./platform-target.ts";

/** What is wrong, and where: the name of a field, or `events.` with the event's name. */
export interface SettingsFault {
  field: string;
  message: string;
}

/** All faults of the settings; `secrets` are those that are entered now, and `kept` the names of those that were before. */
export function settingsFaults(
  platform: AdPlatform,
  { fields, events }: PlatformSettings,
  secrets: Readonly<Record<string, string>>,
  kept: readonly string[],
): SettingsFault[] {
  const given = (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined) || ownSecret(secrets, name);
  const ofFields = platform.fields.flatMap(({ name, label, required, form, help }) => {
    const value = given(name);
    if (!value)
      return required && !kept.includes(name) ? [{ field: name, message: `${label} is missing. ${help}` }] : [];
    return form.test(value) ? [] : [{ field: name, message: `${label} does not look like one. ${help}` }];
  });
  const { label, form, help } = platform.eventName;
  const ofEvents = Object.entries(events).flatMap(([event, name]) =>
    form.test(name) ? [] : [{ field: `events.${event}`, message: `${label} does not look like one. ${help}` }],
  );
  const unnamed =
    Object.keys(events).length === 0
      ? [{ field: "events", message: "Say what at least one event is called there; * is for all others." }]
      : [];
  return [...ofFields, ...ofEvents, ...unnamed, ...accessFaults(platform, secrets, kept, given)];
}

/** A service account's file, or a refresh token with its client: where a platform has both, one is needed. */
function accessFaults(
  { fields }: AdPlatform,
  secrets: Readonly<Record<string, string>>,
  kept: readonly string[],
  given: (name: string) => string | undefined,
): SettingsFault[] {
  if (!fields.some(({ name }) => name === "service_account")) return [];
  const file = ownSecret(secrets, "service_account");
  if (file) {
    const message = "The key file is none of a service account: it has client_email and private_key.";
    return readServiceAccount(file) === null ? [{ field: "service_account", message }] : [];
  }
  if (kept.includes("service_account")) return [];
  return ["client_id", "client_secret", "refresh_token"]
    .filter((name) => !given(name) && !kept.includes(name))
    .map((field) => ({
      field,
      message: "Enter a service account's key file, or client ID, client secret and refresh token.",
    }));
}

function ownSecret(secrets: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
}
