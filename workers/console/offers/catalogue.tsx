/** The offers that an affiliate may promote or apply for: what each pays it, and how it stands with the affiliate. */
import { listAdmissions } from "../admissions/store.ts";
import { listLinks } from "../links/store.ts";
import type { Look } from "../shell/page.ts";
import { NoRows, Table } from "../shell/parts/table.tsx";
import { Clipped, Status } from "../shell/parts/values.tsx";
import type { OfferView } from "./fields.ts";
import { priceInWords } from "./terms-in-words.tsx";

/** So many links and admissions are looked at; of more, some offers say less. */
const MOST = 1_000;

/** How the affiliate stands with an offer, in words. */
type Standing = (offer: OfferView) => string;

export async function readStandings({ env, user }: Look): Promise<Standing> {
  const [links, admissions] = await Promise.all([
    listLinks(env, user.caller, { limit: MOST }),
    listAdmissions(env, user.caller, { limit: MOST }),
  ]);
  const linksOf = Map.groupBy(links.items, ({ offer }) => offer);
  const stateOf = new Map(admissions.items.map(({ offer, state }) => [offer, state]));
  return ({ slug, access, links_by_affiliate: makesLinks }) => {
    const state = stateOf.get(slug);
    const count = linksOf.get(slug)?.length ?? 0;
    if (state === "refused") return "refused";
    if (count > 0) return count === 1 ? "1 link" : `${count} links`;
    if (state === "applied") return "applied";
    if (state === "admitted" || access === "open") return makesLinks ? "make a link" : "ask for a link";
    return "apply";
  };
}

export function Catalogue({ offers, url, standing }: { offers: readonly OfferView[]; url: URL; standing: Standing }) {
  return (
    <Table
      label="Offers"
      columns={[
        {
          name: "Offer",
          cell: ({ slug, name }: OfferView) => (
            <a href={`/offers/${encodeURIComponent(slug)}`}>
              <Clipped text={name} />
            </a>
          ),
        },
        { name: "Pays you", cell: (offer) => payoutInWords(offer) },
        { name: "Within", cell: ({ window_days: days }) => `${days} days after the click` },
        { name: "You", cell: (offer) => standing(offer) },
        { name: "Status", cell: ({ status }) => <Status status={status} /> },
      ]}
      rows={offers}
      empty={
        <NoRows url={url}>
          <p>No offer is here for you yet: ask the operator which ones you may promote.</p>
        </NoRows>
      }
    />
  );
}

/** `10 % of the amount per sale, 2.50 USD per activation` */
function payoutInWords({ events, currency }: OfferView): string {
  return events
    .flatMap(({ name, payout }) => (payout === undefined ? [] : [`${priceInWords(payout, currency)} per ${name}`]))
    .join(", ");
}
