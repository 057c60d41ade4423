/** What an advertiser's server proves itself with, and how new secrets take the place of old ones. */
import { formatInstant } from "../../core/instant.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { Card } from "../shell/parts/section.tsx";
import { Secret, Time } from "../shell/parts/values.tsx";
import type { CredentialsView } from "./credentials.ts";

/** How long the old secrets go on: hours, in words. */
const OVERLAPS = [
  [0, "at once"],
  [24, "in a day"],
  [168, "in a week"],
  [720, "in 30 days"],
] as const;

/** The form of a rotation as the API takes it. */
export function rotationOf(form: URLSearchParams, nowMs: number): { until: string } {
  const hours = Number(form.get("hours") ?? "NaN");
  return { until: Number.isFinite(hours) ? formatInstant(nowMs + hours * HOUR_MS) : "" };
}

export function Credentials({ credentials }: { credentials: CredentialsView }) {
  const { token, signing_secret: secret, version, previous } = credentials;
  return (
    <Card title="Credentials" id="credentials">
      {token === null ? null : <Secret id="token" label="token" text={token} />}
      {secret === null ? null : <Secret id="signing-secret" label="signing secret" text={secret} />}
      <p class="help">Version {version}. Shown to admins and to the advertiser itself; nothing of it is stored.</p>
      {previous.length === 0 ? null : (
        <ul class="under">
          {previous.map((old) => (
            <li>
              Version {old.version} is valid until <Time at={old.valid_until} />.
            </li>
          ))}
        </ul>
      )}
      <form method="post" class="inline" data-confirm="Make new credentials?">
        <label>
          <span>The present ones end</span>
          <select name="hours">
            {OVERLAPS.map(([hours, label]) => (
              <option value={String(hours)} selected={hours === 168}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Make new ones</button>
      </form>
    </Card>
  );
}
