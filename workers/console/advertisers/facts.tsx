/** How an advertiser is set up. */
import { Card } from "../shell/parts/section.tsx";
import { Facts, Time } from "../shell/parts/values.tsx";
import type { AdvertiserView } from "./view.ts";

const AUTH_IN_WORDS = {
  open: "open: anybody may send",
  token: "token: a secret in each postback",
  signed: "signed: every postback is signed",
} as const;

export function AdvertiserFacts({ advertiser }: { advertiser: AdvertiserView }) {
  const { slug, auth, allowed_ips: ranges, pixel, mapping } = advertiser;
  return (
    <Card title="Set-up">
      <Facts
        facts={[
          ["Slug", <code>{slug}</code>],
          ["Proof", AUTH_IN_WORDS[auth]],
          ["Addresses", ranges.length === 0 ? "from everywhere" : ranges.join(", ")],
          ["Pixel", pixel ? "taken too, at most as pending" : "off"],
          ["Speaks like", mapping?.preset ?? null],
          ["Its names", wordsOf(mapping?.names)],
          ["Its events", wordsOf(mapping?.events)],
          ["Its statuses", wordsOf(mapping?.statuses)],
          ["Created", <Time at={advertiser.created_at} />],
          ["Changed", <Time at={advertiser.updated_at} />],
        ]}
      />
    </Card>
  );
}

function wordsOf(words: Record<string, string> | undefined): string | null {
  const pairs = Object.entries(words ?? {});
  return pairs.length === 0 ? null : pairs.map(([theirs, ours]) => `${theirs} = ${ours}`).join(", ");
}
