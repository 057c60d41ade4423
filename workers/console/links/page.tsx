/** Links: the list, and one of them with what an affiliate hangs on it. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { pauseOwnLink, resumeOwnLink } from "../admissions/made-links.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { notesCard } from "../notes/card.tsx";
import { listOffers, readOffer } from "../offers/store.ts";
import { UnknownMacros } from "../offers/unknown-macros.tsx";
import { statusAtOnce } from "../pausing/list-form.tsx";
import { detailsOf } from "../set-up/details.tsx";
import { importPage } from "../set-up/list-import-page.tsx";
import { isSortedBy } from "../set-up/list-order.ts";
import { formPages, listPage, ThingHead } from "../set-up/pages.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, Submission } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, type Detail, Details, Nothing, Status, TestMark } from "../shell/parts/values.tsx";
import { SeenIn } from "../shell/seen-in.tsx";
import { suggest } from "../shell/suggestions.ts";
import { type OldAddress, oldAddressesOf } from "../trackers/aliases.ts";
import { LinkBuilder } from "./builder.tsx";
import { closedLinks, WHY_CLOSED } from "./closed-links.ts";
import { type LinkView, linkChange, linkFields, linkList, linkView, newLink, type ShownLink } from "./fields.ts";
import { changeLink, createLink, findLink, linkLists, listLinks, readLink } from "./store.ts";
import { LinkTable } from "./table.tsx";

/** So many old addresses are shown. */
const MOST_OLD = 20;
const KIND = { one: "link", many: "Links", path: "/links", list: "links" } as const;

export const linkPages: Page[] = [
  listPage(KIND, {
    file: linkLists,
    roles: EVERYONE,
    lead: "One affiliate’s way to one offer.",
    query: linkList,
    list: listLinks,
    filters: linkFilters,
    atOnce: statusAtOnce("link"),
    isTagged: true,
    async table(links, _, { env, user, nowMs, tick }, shape) {
      const slugs = links.map(({ slug }) => slug);
      const closed = await closedLinks(env, user.caller, slugs, nowMs);
      const seesSlugs = isSortedBy(linkFields, user.caller, "slug");
      return <LinkTable links={links} shape={shape} seesSlugs={seesSlugs} closed={closed} tick={tick} />;
    },
  }),
  { path: "/links/:slug", roles: EVERYONE, actors: holders("promote"), show: showLink, act: turnLink },
  importPage(KIND, linkLists),
  ...formPages(KIND, {
    fields: linkFields,
    newOne: newLink,
    change: linkChange,
    create: createLink,
    read: readLink,
    save: changeLink,
    lists: { offer: listOffers, affiliate: listAffiliates },
  }),
];

async function linkFilters({ env, user, url }: Look) {
  const [offers, affiliates] = await Promise.all([suggest(env, user, listOffers), suggest(env, user, listAffiliates)]);
  return (
    <>
      <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
      <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    </>
  );
}

/** The button of a link's own affiliate. */
async function turnLink({ env, user, key, form, nowMs }: Submission) {
  const change = { by: user.caller, atMs: nowMs };
  const isPause = form.get("do") === "pause";
  const turned = isPause ? await pauseOwnLink(env, key, change) : await resumeOwnLink(env, key, change);
  if (!turned.ok) return turned;
  return accept(seeOther(`/links/${encodeURIComponent(turned.value.slug)}?done=${isPause ? "paused" : "resumed"}`));
}

async function showLink(look: Look) {
  const { env, user, key } = look;
  const found = await findLink(env, user.caller, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const notes = await notesCard(look, "link", found.value.row.slug);
  const link = linkView(found.value, viewer);
  const offer = await readOffer(env, user.caller, link.offer);
  const isOperator = OPERATORS.some((role) => role === viewer.role);
  const old = isOperator ? await oldAddressesOf(env, found.value.row.number, MOST_OLD) : [];
  const why = (await closedLinks(env, user.caller, [found.value.row.slug], look.nowMs)).get(found.value.row.slug);
  const inherited = offer.ok ? (offer.value.destination ?? null) : null;
  const particular = {
    offer: [["Offer", <Named of="offer" slug={link.offer} href={`/offers/${encodeURIComponent(link.offer)}`} />]],
    destination: destinationOf(found.value, inherited),
    // Whose offer it is does not concern its affiliates.
    ...(viewer.role === "affiliate" ? { advertiser: [] } : {}),
  } as const;
  return accept({
    title: `Link ${link.slug}`,
    scripts: ["link-builder.js" as const],
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={link.slug}
          title={link.slug}
          status={
            <>
              <Status status={link.status} /> {link.test ? <TestMark /> : null}
            </>
          }
          tags={link.tags}
        >
          {viewer.role === "affiliate" ? <TurnButton link={link} /> : null}
          <SeenIn filter="link" slug={link.slug} groupBy="day" />
        </ThingHead>
        {why === undefined ? null : (
          <Notice tone="warn">
            Clicks do not pass, and go to the fallback or are answered with 410. {WHY_CLOSED[why]}
          </Notice>
        )}
        {why === undefined && offer.ok && offer.value.rules?.some(({ block }) => block) ? (
          <Notice tone="info">Visitors of some kind are turned away by the offer’s rules.</Notice>
        ) : null}
        <UnknownMacros destination={link.destination ?? inherited} />
        {link.url === undefined ? null : (
          <LinkBuilder url={link.url} test={link.test} hosts={offer.ok ? offer.value.deep_link_hosts : []} />
        )}
        <OldAddresses addresses={old} />
        <Card title="Set-up">
          <Details details={detailsOf(linkFields, found.value, viewer, particular)} />
        </Card>
        {notes}
      </>
    ),
  });
}

/** Pauses the link, or resumes what was paused so; what the operator paused or ended has no button. */
function TurnButton({ link: { status, paused_by: pausedBy } }: { link: LinkView }) {
  if (status !== "active" && pausedBy !== "affiliate") return null;
  const [verb, label] = status === "active" ? ["pause", "Pause"] : ["resume", "Resume"];
  return (
    <form method="post">
      <button type="submit" name="do" value={verb}>
        {label}
      </button>
    </form>
  );
}

/** Where other trackers' placed links lead to it. */
function OldAddresses({ addresses }: { addresses: readonly OldAddress[] }) {
  if (addresses.length === 0) return null;
  return (
    <Card title="Old addresses" flush>
      <Table
        label="Old addresses"
        columns={[
          {
            name: "Tracker",
            cell: ({ tracker }: OldAddress) => <a href={`/trackers/${encodeURIComponent(tracker)}`}>{tracker}</a>,
          },
          { name: "Alias", cell: ({ alias }) => <Clipped text={alias} /> },
          {
            name: "Address",
            cell: ({ address }) => (address === null ? <Nothing /> : <code class="break">{address}</code>),
          },
        ]}
        rows={addresses}
        empty={null}
      />
      {addresses.length === MOST_OLD ? <p class="help">The first {MOST_OLD}.</p> : null}
    </Card>
  );
}

/** Its own destination, or the offer's for those who see that one. */
function destinationOf({ row }: ShownLink, inherited: string | null): Detail[] {
  const destination = row.destination ?? inherited;
  if (destination === null) return [];
  const code = <code class="break">{destination}</code>;
  return [["Destination", row.destination === null ? <>{code} (the offer’s)</> : code, "long"]];
}
