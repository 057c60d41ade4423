/** What a request tells, as our own templates and webhooks write it, and the destinations that are told so. */
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { isRecord } from "../../workers/core/is-record.ts";
import { parseMicros } from "../../workers/core/money.ts";
import { type ConsoleFetch, callConsole, recordsIn } from "../console-api.ts";
import type { Call, Told } from "./receiver.ts";

/** Everything that the reckoning asks for. */
export const POSTBACK_QUERY =
  "id={delivery_id}&conversion={conversion_id}&n={sequence}&status={status}&payout={payout}&delta={payout_delta}&order={txid}&click={click_id}";

export const EVERY_STATUS = ["pending", "approved", "rejected", "reversed"];

export function readPostbackCall({ query }: Call): Told | null {
  const of = (name: string) => query.get(name) ?? "";
  if (of("id") === "" || of("conversion") === "") return null;
  return {
    deliveryId: of("id"),
    conversionId: of("conversion"),
    sequence: Number(of("n")),
    status: of("status"),
    payoutMicros: readMicros(of("payout")),
    payoutDeltaMicros: readMicros(of("delta")),
  };
}

/** Of a webhook whose signature holds under one of `secrets`, checked with the library of Standard Webhooks; null else. */
export function readWebhookCall({ headers, body }: Call, secrets: readonly string[]): Told | null {
  const given = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(headers[name] ?? "")]),
  );
  if (!secrets.some((secret) => isSigned(secret, body, given))) return null;
  const { data }: { data?: unknown } = JSON.parse(body);
  if (!isRecord(data) || data.delivery_id !== given["webhook-id"]) return null;
  return {
    deliveryId: String(data.delivery_id),
    conversionId: String(data.conversion_id),
    sequence: Number(data.sequence),
    status: String(data.status),
    payoutMicros: readMicros(data.payout),
    payoutDeltaMicros: readMicros(data.payout_delta),
  };
}

function isSigned(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

/** Sign and all. */
function readMicros(written: unknown): number | null {
  if (typeof written !== "string") return null;
  const micros = parseMicros(written.replace(/^[-+]/, ""));
  return micros === null ? null : written.startsWith("-") ? -micros : micros;
}

export interface LocalDestination {
  slug: string;
  name: string;
  kind: "postback" | "webhook";
  url: string;
  affiliate?: string;
  /** The word that an answer has where it is success. */
  body_contains?: string;
}

/** Sets it up, told of everything, or turns the one on that is there; gives the secret that its webhooks are signed with. */
export async function ensureDestination(fetchConsole: ConsoleFetch, said: LocalDestination): Promise<string | null> {
  const { slug, name, url } = said;
  const path = `/api/destinations/${slug}`;
  const made = { ...said, statuses: EVERY_STATUS };
  if ((await fetchConsole(path)).status === 404)
    await callConsole(fetchConsole, { method: "POST", path: "/api/destinations", body: made }, [201]);
  else {
    await callConsole(fetchConsole, { method: "PATCH", path, body: { name, url } });
    await callConsole(fetchConsole, { method: "POST", path: `${path}/resume` });
  }
  const { secret } = await callConsole(fetchConsole, { path: `${path}/credentials` });
  return typeof secret === "string" ? secret : null;
}

/** What is told from now on waits. */
export async function pauseDestination(fetchConsole: ConsoleFetch, slug: string): Promise<void> {
  await callConsole(fetchConsole, { method: "POST", path: `/api/destinations/${slug}/pause` });
}

/** A receiver that is slow to answer, or a platform that dies, brings a delivery a second time under its ID; one whose answer was recorded must not come again. A sentence for each that did. */
export async function repeatedFaults(
  fetchConsole: ConsoleFetch,
  destination: string,
  again: readonly string[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const id of new Set(again)) {
    const { tries } = await callConsole(fetchConsole, { path: `/api/deliveries/${id}?destination=${destination}` });
    const answered = recordsIn(tries)
      .slice(0, -1)
      .some(({ outcome }) => outcome === "sent");
    if (answered) faults.push(`the delivery ${id} was sent again after its recorded answer`);
  }
  return faults;
}
