/** A destination as it is set up: whom the courier tells, of what, and in which form. */
import type { ConversionStatus } from "../../../schema/messages.ts";
import type { PlatformTarget } from "../platforms/platform-target.ts";
import type { HeardType } from "./delivery-types.ts";
import type { AnswerRules } from "./receivers-answer.ts";
import type { Template } from "./template.ts";

/** Whose it is: it is told nothing that its owner does not see. */
export type DestinationOwner = { type: "programme" } | { type: "advertiser" | "affiliate"; number: number };

/**
 * `postback` is a template of the owner's, or one from the library; `webhook` is Standard Webhooks, whose body is ours; `tool` is a template for a system that wants its
 * own JSON, such as Segment; `platform` is an ad platform, whose requests `core/platforms` writes. What is no `postback` is sent by https alone.
 */
export type DestinationKind = "postback" | "webhook" | "tool" | "platform";

/** Which deliveries a destination gets. An empty list of events, offers or countries lets all pass; an empty one of types or statuses none. */
export interface DestinationFilters {
  types: HeardType[];
  statuses: ConversionStatus[];
  /** The offers' own names, such as `sale`. */
  events: string[];
  /** Numbers. */
  offers: number[];
  /** ISO 3166 alpha-2. */
  countries: string[];
  /** Of the conversion's first amount that is told, in micros of whatever currency; 0 lets all pass. */
  minAmountMicros: number;
  /** True where tests are told, too. */
  tests: boolean;
  /** How many of ten thousand conversions are told: 10,000 are all. For the programme's own destinations alone. */
  shareBps: number;
}

export interface DestinationSettings {
  number: number;
  kind: DestinationKind;
  owner: DestinationOwner;
  filters: DestinationFilters;
  /** With canonical macros alone: see `template-translation.ts`. A webhook's is its address and no more, and a platform's is empty. */
  template: Template;
  /** Of the kind `platform` alone. */
  platform?: PlatformTarget;
  answers: AnswerRules;
  /** By name, each sealed to the courier: see `sealed-secrets.ts`. */
  secrets: Record<string, string>;
  /** Whether the receiver takes the same delivery once, however often it comes: then one in doubt is repeated, else held. Webhooks and plain GETs begin with true. */
  deduplicates: boolean;
}
