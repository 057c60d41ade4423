/** Where a tracker's own key or token stands in a request, and whether it is the one. */
import { equalText } from "../equal.ts";
import type { Parameter } from "../postback/parameter.ts";
import type { TrackerTable } from "./tracker-table.ts";

/** Of trackers that have none of their own. */
const OURS = "token";

/** The parameter that holds it; null where a segment of the path does. */
export function secretParameter({ secret }: Pick<TrackerTable, "secret">): string | null {
  if (secret === null) return OURS;
  return "parameter" in secret ? secret.parameter : null;
}

/** What a request brings as its secret; empty where it brings none. */
export function sentSecrets(
  table: Pick<TrackerTable, "secret">,
  segments: Readonly<Record<string, string>>,
  parameters: readonly Parameter[],
): string[] {
  const { secret } = table;
  if (secret !== null && "segment" in secret) return [segments[secret.segment] ?? ""].filter((text) => text !== "");
  const name = secretParameter(table);
  return parameters.flatMap((parameter) =>
    parameter.name.toLowerCase() === name && parameter.text ? [parameter.text] : [],
  );
}

/** Every secret is compared with all that was sent, so that the time tells nothing about which one was near. */
export function isSecret(secrets: readonly string[], sent: readonly string[]): boolean {
  return secrets.map((secret) => sent.map((text) => equalText(secret, text)).includes(true)).includes(true);
}
