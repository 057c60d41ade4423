/** The way from nothing to the first conversion, for an admin who has just begun. */
import { may } from "../../core/rights.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listConversions } from "../conversions/list.ts";
import { listLinks } from "../links/store.ts";
import { listOffers } from "../offers/store.ts";
import type { Look } from "../shell/page.ts";
import { Card } from "../shell/parts/section.tsx";

interface FirstStep {
  label: string;
  path: string;
  done: boolean;
}

/** Null for those who have conversions, and for those who cannot take the steps. */
export async function findFirstSteps({ env, user: { caller } }: Look): Promise<FirstStep[] | null> {
  if (!may(caller, "set_up")) return null;
  const conversions = await listConversions(env, caller, { limit: 1 });
  if (!conversions.ok || conversions.value.items.length > 0) return null;
  const [advertisers, affiliates, offers, links] = await Promise.all(
    [listAdvertisers, listAffiliates, listOffers, listLinks].map((list) => list(env, caller, { limit: 1 })),
  );
  const [advertiser] = advertisers?.items ?? [];
  const test = advertiser === undefined ? "/advertisers" : `/advertisers/${encodeURIComponent(advertiser.slug)}#test`;
  const isThere = (page: { items: unknown[] } | undefined) => (page?.items.length ?? 0) > 0;
  return [
    { label: "Create an advertiser: whose offers they are", path: "/new-advertiser", done: isThere(advertisers) },
    { label: "Create an offer: what it pays for, and where clicks go", path: "/new-offer", done: isThere(offers) },
    { label: "Create an affiliate: who sends the clicks", path: "/new-affiliate", done: isThere(affiliates) },
    { label: "Create a link, and hand it out", path: "/new-link", done: isThere(links) },
    { label: "Run the advertiser’s test panel", path: test, done: false },
  ];
}

export function FirstSteps({ steps }: { steps: readonly FirstStep[] }) {
  return (
    <Card title="The first steps">
      <ol class="steps">
        {steps.map(({ label, path, done }) => (
          <li data-state={done ? "done" : "idle"}>
            <span class="step-label">
              {done ? label : <a href={path}>{label}</a>} {done ? <span class="unseen">done</span> : null}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
