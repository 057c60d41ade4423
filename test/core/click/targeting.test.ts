/** Rules and states of a link, decided from its record alone. */
import { describe, expect, it } from "vitest";
import type { CapRecord, LinkRecord, TargetingRule } from "../../../schema/records.ts";
import { closedReason } from "../../../workers/core/click/link-state.ts";
import { findRule } from "../../../workers/core/click/targeting.ts";

const DE_PHONE = { country: "DE", device: "mobile", os: "ios" };
const US_DESKTOP = { country: "US", device: "desktop", os: "windows" };
const NOWHERE = { country: undefined, device: "other", os: "other" };
const to = (name: string) => ({ destination: `https://${name}.example/` });

describe("rules", () => {
  it.each<[TargetingRule[], typeof DE_PHONE | typeof NOWHERE, number | null]>([
    [[], DE_PHONE, null],
    [[{ ...to("a") }], NOWHERE, 0],
    [[{ countries: ["DE"], ...to("a") }], DE_PHONE, 0],
    [[{ countries: ["AT", "DE"], ...to("a") }], DE_PHONE, 0],
    [[{ countries: ["DE"], ...to("a") }], US_DESKTOP, null],
    [[{ countries: ["DE"], ...to("a") }], NOWHERE, null],
    [[{ countries: [], ...to("a") }], DE_PHONE, null],
    [[{ notCountries: ["DE"], block: true }], DE_PHONE, null],
    [[{ notCountries: ["DE"], block: true }], US_DESKTOP, 0],
    [[{ notCountries: ["DE"], block: true }], NOWHERE, 0],
    [[{ devices: ["mobile"], ...to("a") }], DE_PHONE, 0],
    [[{ devices: ["mobile", "tablet"], ...to("a") }], US_DESKTOP, null],
    [[{ systems: ["ios"], ...to("a") }], DE_PHONE, 0],
    [[{ systems: ["android"], ...to("a") }], DE_PHONE, null],
    [[{ countries: ["DE"], devices: ["desktop"], ...to("a") }], DE_PHONE, null],
    [[{ countries: ["DE"], devices: ["mobile"], systems: ["ios"], ...to("a") }], DE_PHONE, 0],
    [[{ countries: ["DE"], devices: ["mobile"], systems: ["android"], ...to("a") }], DE_PHONE, null],
    [
      [
        { countries: ["US"], ...to("a") },
        { countries: ["DE"], ...to("b") },
      ],
      DE_PHONE,
      1,
    ],
    [
      [
        { countries: ["DE"], ...to("a") },
        { devices: ["mobile"], ...to("b") },
      ],
      DE_PHONE,
      0,
    ],
    [
      [
        { devices: ["mobile"], ...to("b") },
        { countries: ["DE"], ...to("a") },
      ],
      DE_PHONE,
      0,
    ],
    // A rule that says neither where nor no: everyone else is blocked, these go on.
    [[{ countries: ["DE"] }, { block: true }], DE_PHONE, 0],
    [[{ countries: ["DE"] }, { block: true }], US_DESKTOP, 1],
    [[{ countries: ["de"], ...to("a") }], DE_PHONE, null],
  ])("%j for %j: rule %s", (rules, visitor, index) => {
    expect(findRule(rules, visitor)).toBe(index === null ? null : rules[index]);
  });
});

describe("states", () => {
  const NOW = 1_000_000;
  it.each<[string, Partial<LinkRecord>, CapRecord | null, string | null]>([
    ["open", {}, null, null],
    ["paused", { closed: "link_paused" }, null, "link_paused"],
    ["ended", { closed: "offer_ended" }, null, "offer_ended"],
    ["affiliate blocked", { closed: "affiliate_blocked" }, null, "affiliate_blocked"],
    ["starts later", { startsAtMs: NOW + 1 }, null, "not_started"],
    ["starts now", { startsAtMs: NOW }, null, null],
    ["ends later", { endsAtMs: NOW + 1 }, null, null],
    ["ends now", { endsAtMs: NOW }, null, "over"],
    ["within its time", { startsAtMs: NOW - 1, endsAtMs: NOW + 1 }, null, null],
    ["over its cap", { capped: true }, { untilMs: NOW + 1 }, "over_cap"],
    ["cap over", { capped: true }, { untilMs: NOW }, null],
    ["cap freed", { capped: true }, { untilMs: 0 }, null],
    ["paused and over its cap", { closed: "link_paused" }, { untilMs: NOW + 1 }, "link_paused"],
  ])("%s", (_, part, cap, reason) => {
    const record: LinkRecord = {
      link: 1,
      offer: 1,
      affiliate: 1,
      advertiser: 1,
      offerSlug: "o",
      affiliateSlug: "a",
      advertiserSlug: "v",
      destination: "https://a.example/",
      redirectStatus: 302,
      referrerPolicy: "origin",
      deepLinkHosts: [],
      ...part,
    };
    expect(closedReason(record, cap, NOW)).toBe(reason);
  });
});
