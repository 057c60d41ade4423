/** The plan of a move: what of an old programme is to be made here, what is here already, and what stands in its way. Made anew each time, so that a move that broke off goes on. */
import { type ConsoleFetch, itemsOf, textOf } from "../console-api.ts";
import type { OldLink, OldOffer, OldProgramme } from "./old-programme.ts";

type Kind = "advertisers" | "affiliates" | "offers" | "links";
type Known = ReadonlyMap<string, Record<string, unknown>>;

/** One thing: made by this body, or here. `pause`: it is paused once it is there. */
export interface PlannedThing {
  kind: Kind;
  slug: string;
  body: Record<string, unknown>;
  isHere: boolean;
  pause: boolean;
}

export interface MovePlan {
  /** In the order in which they are to be made. */
  things: PlannedThing[];
  /** What is here under a slug that the old programme needs for something else, in sentences. */
  inTheWay: string[];
}

/** Compares an old programme with what the console has. */
export async function planMove(fetchConsole: ConsoleFetch, old: OldProgramme): Promise<MovePlan> {
  const known = {
    advertisers: await knownOf(fetchConsole, "advertisers"),
    affiliates: await knownOf(fetchConsole, "affiliates"),
    offers: await knownOf(fetchConsole, "offers"),
    links: await knownOf(fetchConsole, "links"),
  };
  const thing = (kind: Kind, slug: string, body: object, pause = false): PlannedThing => {
    return { kind, slug, body: { slug, ...body }, isHere: known[kind].has(slug), pause };
  };
  return {
    things: [
      ...old.advertisers.map(({ slug, name }) => thing("advertisers", slug, { name })),
      ...old.affiliates.map(({ slug, name }) => thing("affiliates", slug, { name })),
      ...old.offers.map(({ slug, ...offer }) => thing("offers", slug, offer)),
      ...old.links.map(({ slug, offer, affiliate, isPaused }) => thing("links", slug, { offer, affiliate }, isPaused)),
    ],
    inTheWay: [
      ...old.offers.flatMap((offer) => offerInTheWay(offer, known.offers)),
      ...old.links.flatMap((link) => linkInTheWay(link, known.links)),
    ],
  };
}

async function knownOf(fetchConsole: ConsoleFetch, kind: Kind): Promise<Known> {
  const known = new Map<string, Record<string, unknown>>();
  for await (const item of itemsOf(fetchConsole, `/api/${kind}?limit=100`)) known.set(textOf(item.slug) ?? "", item);
  return known;
}

/** What is fixed after creation tells whether it is the same thing. */
function offerInTheWay({ slug, advertiser, currency }: OldOffer, known: Known): string[] {
  const here = known.get(slug);
  if (!here || (here.advertiser === advertiser && here.currency === currency)) return [];
  return [`offer ${slug} is here already, of advertiser ${here.advertiser} in ${here.currency}`];
}

function linkInTheWay({ slug, offer, affiliate }: OldLink, known: Known): string[] {
  const here = known.get(slug);
  if (!here || (here.offer === offer && here.affiliate === affiliate)) return [];
  return [`link ${slug} is here already, of offer ${here.offer} and affiliate ${here.affiliate}`];
}

/** The plan in lines, as it is shown before anything is done. */
export function planLines({ things, inTheWay }: MovePlan, { left, links }: OldProgramme): string[] {
  const kinds = ["advertisers", "affiliates", "offers", "links"] as const;
  const lines = kinds.map((kind) => {
    const own = things.filter((thing) => thing.kind === kind);
    const here = own.filter(({ isHere }) => isHere).length;
    return `${kind}: ${own.length - here} to be made, ${here} here already`;
  });
  const made = things
    .filter(({ isHere }) => !isHere)
    .map(({ kind, slug, body }) => `  + ${kind} ${slug}${named(body)}`);
  const aliases = links.reduce((sum, link) => sum + link.aliases.length, 0);
  return [
    ...lines,
    `aliases of placed links: ${aliases}`,
    ...made,
    ...left.map(({ what, why }) => `  - ${what}: ${why}`),
    ...inTheWay.map((sentence) => `  ! ${sentence}`),
  ];
}

function named({ name, slug, offer, affiliate }: Record<string, unknown>): string {
  if (offer !== undefined) return ` (${affiliate} on ${offer})`;
  return name === undefined || name === slug ? "" : ` “${name}”`;
}
