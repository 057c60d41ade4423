/** What an event is to the life of a customer: what an event's name says of it, where nobody said. */
import type { EVENT_KINDS } from "../../schema/tables.ts";

export type EventKind = (typeof EVENT_KINDS)[number];

/** Names as programmes give them, in small letters. Migration 0074 of the books knew the same. */
const NAMES: Record<Exclude<EventKind, "other">, readonly string[]> = {
  lead: ["lead", "signup", "sign_up", "sign-up", "registration", "register"],
  trial: ["trial", "free_trial", "trial_started", "start_trial"],
  activation: ["activation", "activated", "activate"],
  sale: ["sale", "purchase", "order", "subscription", "subscribe", "deposit", "ftd"],
  renewal: ["renewal", "renew", "rebill", "redeposit"],
  install: ["install", "app_install"],
};

const KINDS = new Map(
  (["lead", "trial", "activation", "sale", "renewal", "install"] as const).flatMap((kind) =>
    NAMES[kind].map((name) => [name, kind] as const),
  ),
);

/** The kind of an event that is called so: `Purchase` is a sale; `other` where the name says nothing. */
export function kindByName(name: string): EventKind {
  return KINDS.get(name.toLowerCase()) ?? "other";
}
