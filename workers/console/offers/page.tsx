/** Offers: the list, and one of them with what it pays, where its clicks go and who has links to it. */
import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { AdmissionCard } from "../admissions/admission-table.tsx";
import { actOnPromotion, PromoteCard, readPromotion } from "../admissions/promote-card.tsx";
import { listAdmissions } from "../admissions/store.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { closedLinks } from "../links/closed-links.ts";
import { listLinks } from "../links/store.ts";
import { LinkTable } from "../links/table.tsx";
import { notesCard } from "../notes/card.tsx";
import { statusAtOnce } from "../pausing/list-form.tsx";
import { detailsOf } from "../set-up/details.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { NoRows, Table } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Clipped, Details, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { SeenIn } from "../shell/seen-in.tsx";
import { suggest } from "../shell/suggestions.ts";
import { ListTable } from "../views/list-table.tsx";
import { type CapView, readCaps } from "./cap-states.ts";
import { Catalogue, readStandings } from "./catalogue.tsx";
import { newOffer, type OfferView, offerChange, offerFields, offerList, offerView } from "./fields.ts";
import { announcedPrices, pricePage } from "./price-pages.tsx";
import { changeOffer, createOffer, findOffer, listOffers, readOffer } from "./store.ts";
import { EventTable, RuleList } from "./terms-in-words.tsx";
import { UnknownMacros } from "./unknown-macros.tsx";

const KIND = { one: "offer", many: "Offers", path: "/offers", list: "offers" } as const;

export const offerPages: Page[] = [
  listPage(KIND, {
    roles: EVERYONE,
    lead: "What advertisers pay for, and where the clicks go.",
    query: offerList,
    list: listOffers,
    filters: offerFilters,
    atOnce: statusAtOnce("offer"),
    isTagged: true,
    table: async (offers, add, look, shape) =>
      look.user.caller.role === "affiliate" ? (
        <Catalogue offers={offers} url={look.url} standing={await readStandings(look)} />
      ) : (
        <ListTable
          shape={shape}
          ownSort="created_at"
          label="Offers"
          columns={[
            {
              name: "Offer",
              sort: "slug",
              cell: ({ slug, tags }: OfferView) => (
                <>
                  {look.tick(slug)}
                  <a href={pathOf(KIND, slug)}>{slug}</a> <TagChips tags={tags} path={KIND.path} />
                </>
              ),
            },
            { name: "Name", key: "name", sort: "name", cell: ({ name }) => <Clipped text={name} /> },
            {
              name: "Advertiser",
              key: "advertiser",
              cell: ({ advertiser }) => <Named of="advertiser" slug={advertiser} />,
            },
            { name: "Events", key: "events", cell: ({ events }) => events.map(({ name }) => name).join(", ") },
            { name: "Currency", key: "currency", cell: ({ currency }) => currency },
            { name: "Status", key: "status", sort: "status", cell: ({ status }) => <Status status={status} /> },
            { name: "Access", key: "access", more: true, cell: ({ access }) => access ?? <Nothing /> },
            {
              name: "Window",
              key: "window_days",
              more: true,
              number: true,
              cell: ({ window_days: days }) => `${days} days`,
            },
            {
              name: "Created",
              key: "created_at",
              more: true,
              sort: "-created_at",
              cell: ({ created_at }) => <Time at={created_at} />,
            },
          ]}
          rows={offers}
          empty={
            <NoRows url={look.url}>
              <p>No offer is here yet. An offer says what is paid for which event, and where the clicks go.</p>
              {add}
            </NoRows>
          }
        />
      ),
  }),
  { path: "/offers/:slug", roles: EVERYONE, actors: holders("promote"), show: showOffer, act: actOnPromotion },
  pricePage,
  ...formPages(KIND, {
    fields: offerFields,
    more: "More: dates, caps, deep links, rules for visitors, redirect",
    newOne: newOffer,
    change: offerChange,
    create: createOffer,
    read: readOffer,
    save: changeOffer,
    lists: { advertiser: listAdvertisers },
    copies: true,
  }),
];

async function offerFilters({ env, user, url }: Look) {
  const advertisers = await suggest(env, user, listAdvertisers);
  return (
    <>
      {user.caller.role === "affiliate" ? null : (
        <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
      )}
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    </>
  );
}

async function showOffer(look: Look) {
  const { env, user, key } = look;
  const found = await findOffer(env, user.caller, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const offer = offerView(found.value, viewer);
  const [{ items: links }, promotion, { items: admissions }] = await Promise.all([
    listLinks(env, user.caller, { offer: offer.slug, limit: 50 }),
    readPromotion(look, found.value.row.number, offer.slug),
    listAdmissions(env, user.caller, { offer: offer.slug, limit: 50 }),
  ]);
  const seesAffiliates = viewer.role !== "affiliate";
  const [caps, closed] = await Promise.all([
    seesAffiliates && found.value.row.caps.length > 0 ? capsOf(look) : [],
    closedLinks(
      env,
      user.caller,
      links.map(({ slug }) => slug),
      look.nowMs,
    ),
  ]);
  const addLink = (
    <a class="button" href={`/new-link?offer=${encodeURIComponent(offer.slug)}`}>
      New link
    </a>
  );
  const { advertiser } = offer;
  const notes = await notesCard(look, "offer", offer.slug);
  const announced = await announcedPrices(look, offer.slug, offer.currency);
  const advertiserLink = (
    <Named of="advertiser" slug={advertiser} href={`/advertisers/${encodeURIComponent(advertiser)}`} />
  );
  const particular = seesAffiliates ? ({ advertiser: [["Advertiser", advertiserLink]] } as const) : {};
  return accept({
    title: offer.name,
    scripts: promotion === null ? [] : ["link-builder.js" as const],
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={offer.slug}
          title={offer.name}
          status={<Status status={offer.status} />}
          tags={offer.tags}
        >
          <SeenIn filter="offer" slug={offer.slug} groupBy={seesAffiliates ? "affiliate" : "day"} />
          {may(viewer, "set_up") ? (
            <a class="button" href={`/new-offer?copy=${encodeURIComponent(offer.slug)}`}>
              Copy
            </a>
          ) : null}
        </ThingHead>
        {[offer.destination, ...(offer.rules ?? []).map(({ destination }) => destination)].map((destination) => (
          <UnknownMacros destination={destination} />
        ))}
        <Card title="What it pays for" flush>
          <EventTable offer={offer} />
          {announced}
        </Card>
        {promotion === null ? null : <PromoteCard promotion={promotion} offer={offer} links={links} />}
        <Card title={promotion === null ? "Set-up" : "Terms"}>
          <Details details={detailsOf(offerFields, found.value, viewer, particular)} />
        </Card>
        {caps === null ? (
          <Notice tone="warn">How full its caps are cannot be read now.</Notice>
        ) : (
          <CapTable caps={caps} />
        )}
        <RuleList offer={offer} />
        <Card title="Links" flush actions={may(viewer, "set_up") ? addLink : undefined}>
          <LinkTable links={links} without="offer" closed={closed} />
        </Card>
        {user.caller.scope === "everything" ? (
          <AdmissionCard
            admissions={admissions}
            caller={user.caller}
            back={pathOf(KIND, offer.slug)}
            offer={offer.slug}
            without="offer"
          />
        ) : null}
        {notes}
      </>
    ),
  });
}

/** Null where the advertiser's object does not answer: the page is shown all the same. */
async function capsOf({ env, user, key, nowMs }: Look): Promise<CapView[] | null> {
  try {
    const found = await readCaps(env, user.caller, key, nowMs);
    return found.ok ? found.value.items : null;
  } catch (error) {
    console.error({ event: "caps_unreadable", offer: key, error: String(error) });
    return null;
  }
}

function CapTable({ caps }: { caps: readonly CapView[] }) {
  if (caps.length === 0) return null;
  return (
    <Card title="Caps now" flush>
      <Table
        label="Caps"
        columns={[
          { name: "Cap", cell: ({ event, per }: CapView) => `${event}, a ${per}` },
          { name: "Taken", number: true, cell: ({ taken, limit }) => `${taken} of ${limit}` },
          { name: "State", cell: ({ taken, limit }) => <Status status={taken >= limit ? "full" : "open"} /> },
          { name: "Full since", cell: ({ full_since: since }) => (since === null ? <Nothing /> : <Time at={since} />) },
          { name: "Until", cell: ({ ends_at: at }) => <Time at={at} /> },
        ]}
        rows={caps}
        empty={null}
      />
    </Card>
  );
}
