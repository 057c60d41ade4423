/** How an advertiser is set up. */
import { detailsOf } from "../set-up/details.tsx";
import type { Viewer } from "../set-up/field.ts";
import { Card } from "../shell/parts/section.tsx";
import { type Detail, Details } from "../shell/parts/values.tsx";
import { advertiserFields, type ShownAdvertiser } from "./fields.ts";

export function AdvertiserFacts({ advertiser, viewer }: { advertiser: ShownAdvertiser; viewer: Viewer }) {
  return (
    <Card title="Set-up">
      <Details details={detailsOf(advertiserFields, advertiser, viewer, { mapping: mappingFacts(advertiser) })} />
    </Card>
  );
}

function mappingFacts({ row: { mapping } }: ShownAdvertiser): Detail[] {
  return [
    ["Speaks like", mapping?.preset ?? null],
    ["Its names", wordsOf(mapping?.names)],
    ["Its events", wordsOf(mapping?.events)],
    ["Its statuses", wordsOf(mapping?.statuses)],
  ];
}

function wordsOf(words: Record<string, string> | undefined): string | null {
  const pairs = Object.entries(words ?? {});
  return pairs.length === 0 ? null : pairs.map(([theirs, ours]) => `${theirs} = ${ours}`).join(", ");
}
