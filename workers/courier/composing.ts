/** Makes a delivery's request: what its owner may know of the notice, written by the template or as a webhook, with the secrets opened. */
import type { Notice } from "../../schema/messages.ts";
import { noticeSeenBy } from "../core/courier/destination-filters.ts";
import { RELAY_TYPE, relayRequest } from "../core/courier/relay-notice.ts";
import { waitsForClick, writeRequest } from "../core/courier/request-writer.ts";
import type { Outgoing } from "../core/courier/template.ts";
import type { Delivery } from "../core/courier/template-macros.ts";
import { type ReadTemplate, readTemplate } from "../core/courier/template-reader.ts";
import type { Composed } from "./composed.ts";
import type { StoredDelivery } from "./outbox.ts";
import type { DestinationSetUp, SharedNames } from "./set-up-of-destinations.ts";

export interface ComposingParts {
  names: (link: number) => Promise<SharedNames>;
  /** The destination's secrets, opened. Throws where one cannot be. */
  secrets: (setUp: DestinationSetUp) => Promise<Readonly<Record<string, string>>>;
  /** The request of a webhook. */
  webhook: (setUp: DestinationSetUp, delivery: Delivery) => Promise<Composed>;
  /** True for an address of this machine that may be told. */
  isLoopback: (url: string) => boolean;
  /** Why nobody may be told at this address; null where they may. */
  refusal: (setUp: DestinationSetUp, url: string) => "private_address" | null;
  random: () => number;
}

/** The request, or why there is none. */
export async function composeDelivery(
  parts: ComposingParts,
  setUp: DestinationSetUp,
  one: Pick<StoredDelivery, "deliveryId" | "type" | "notice">,
  nowMs: number,
): Promise<Composed> {
  if (one.type === RELAY_TYPE) return composeRelay(parts, setUp, one.notice);
  const { settings } = setUp;
  // What is told to this machine needs no https.
  const kind = parts.isLoopback(settings.template.url) ? "postback" : settings.kind;
  const template = readTemplate(settings.template, { ...settings, kind });
  // The console takes only templates that can be read: one of another deploy may be none here.
  if (!template.ok)
    throw new Error(`the template of destination ${settings.number} cannot be read: ${template.refusal[0]?.reason}`);
  const delivery = await deliveryFor(parts, setUp, one, nowMs);
  if (settings.kind !== "webhook" && waitsForClick(template.value, delivery)) return { waits: "no_external_id" };
  const composed =
    settings.kind === "webhook"
      ? await parts.webhook(setUp, delivery)
      : await byTemplate(parts, setUp, template.value, delivery);
  if (!("request" in composed)) return composed;
  const refused = parts.refusal(setUp, composed.request.url);
  return refused ? { refused } : composed;
}

/** What is erased by now, or was told, says no more where it belongs. */
function composeRelay(parts: ComposingParts, setUp: DestinationSetUp, { relay }: Notice): Composed {
  const { target } = relay ?? {};
  if (target === undefined) return { skipped: "cancelled" };
  const request = relayRequest(setUp.settings.template.url, target);
  if (!request.ok) return { refused: request.refusal };
  const refused = parts.refusal(setUp, request.value.url);
  return refused ? { refused } : { request: request.value, secrets: [target] };
}

async function byTemplate(
  parts: ComposingParts,
  setUp: DestinationSetUp,
  template: ReadTemplate,
  delivery: Delivery,
): Promise<Composed> {
  const secrets = template.secrets.size === 0 ? {} : await parts.secrets(setUp);
  const request = writeRequest(template, delivery, secrets);
  return request.ok
    ? { request: request.value, secrets: hiddenIn(request.value, secrets) }
    : { skipped: request.refusal };
}

/** The secrets, and what stands in headers under a name of its own, as user and password do. */
function hiddenIn({ headers, shown }: Outgoing, secrets: Readonly<Record<string, string>>): string[] {
  const covered = headers.flatMap(([, value], index) => (shown.headers[index]?.[1] === value ? [] : [value]));
  return [...Object.values(secrets), ...covered];
}

/** A delivery as its destination's owner may know it. */
export async function deliveryFor(
  parts: Pick<ComposingParts, "names" | "random">,
  { settings }: DestinationSetUp,
  { deliveryId, type, notice }: Pick<StoredDelivery, "deliveryId" | "type" | "notice">,
  nowMs: number,
): Promise<Delivery> {
  const { owner } = settings;
  const { names, isMetaShared, areAffiliatesShared } = await namesOf(parts, notice);
  const isHidden = owner.type === "advertiser" && !areAffiliatesShared;
  return {
    id: deliveryId,
    type,
    notice: noticeSeenBy(owner, notice, isMetaShared),
    // An advertiser knows affiliates and links by pseudonyms, which the console alone can make.
    names: isHidden ? { ...names, affiliate: "", link: "" } : names,
    nowMs,
    random: Math.floor(parts.random() * 2 ** 32),
  };
}

/** Links of tests that were made up are none. */
async function namesOf(parts: Pick<ComposingParts, "names">, { link }: Notice): Promise<SharedNames> {
  if (link !== NO_LINK) return parts.names(link);
  const names = { offer: "test-offer", link: "test-link", affiliate: "test-affiliate", advertiser: "test-advertiser" };
  return { names, isMetaShared: true, areAffiliatesShared: true };
}

/** The link of a made-up conversion. */
export const NO_LINK = 0;
