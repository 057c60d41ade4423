/** Offers: the list, and one of them with what it pays, where its clicks go and who has links to it. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE, type Role } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listLinks } from "../links/store.ts";
import { LinkTable } from "../links/table.tsx";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Facts, Status, Time } from "../shell/parts/values.tsx";
import { readFilters } from "../shell/query.ts";
import { saveForm } from "../shell/saved-form.ts";
import { SeenIn } from "../shell/seen-in.tsx";
import { suggest } from "../shell/suggestions.ts";
import { newOffer, offerChange, offerList } from "./fields.ts";
import { editOffer, newOfferView } from "./form.tsx";
import { changeOffer, createOffer, listOffers, readOffer } from "./store.ts";
import { EventTable, RuleList } from "./terms.tsx";
import { UnknownMacros } from "./unknown-macros.tsx";
import type { OfferView } from "./view.ts";

const pathOf = (slug: string) => `/offers/${encodeURIComponent(slug)}`;

export const offerPages: Page[] = [
  {
    path: "/offers",
    roles: EVERYONE,
    async show({ env, visitor, url }) {
      const query = readFilters(offerList, url);
      if (!query.ok) return query;
      const { items, next } = await listOffers(env, visitor.caller, query.value);
      const advertisers = await suggest(env, visitor, listAdvertisers);
      const isAdmin = visitor.caller.role === "admin";
      return accept({
        title: "Offers",
        body: (
          <>
            <Head title="Offers" actions={isAdmin ? <NewButton /> : undefined}>
              What advertisers pay for, and where the clicks go.
            </Head>
            <Filters url={url}>
              {visitor.caller.role === "affiliate" ? null : (
                <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
              )}
              <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
            </Filters>
            <Table
              label="Offers"
              columns={[
                { name: "Offer", cell: ({ slug }: OfferView) => <a href={pathOf(slug)}>{slug}</a> },
                { name: "Name", cell: ({ name }) => <Clipped text={name} /> },
                { name: "Advertiser", cell: ({ advertiser }) => advertiser },
                { name: "Events", cell: ({ events }) => events.map(({ name }) => name).join(", ") },
                { name: "Currency", cell: ({ currency }) => currency },
                { name: "Status", cell: ({ status }) => <Status status={status} /> },
              ]}
              rows={items}
              empty={
                <NoRows url={url}>
                  <p>No offer is here yet. An offer says what is paid for which event, and where the clicks go.</p>
                  {isAdmin ? <NewButton /> : null}
                </NoRows>
              }
            />
            <Pager url={url} next={next} />
          </>
        ),
      });
    },
  },
  {
    path: "/new-offer",
    roles: ADMINS,
    async show(look) {
      const advertiser = look.url.searchParams.get("advertiser") ?? "";
      const values = { advertiser, window_days: 30, events: [{}] };
      return accept(
        newOfferView(look, { values, problem: null }, await suggest(look.env, look.visitor, listAdvertisers)),
      );
    },
    async act(sent) {
      const advertisers = await suggest(sent.env, sent.visitor, listAdvertisers);
      return saveForm({
        form: sent.form,
        schema: newOffer,
        save: (input) => createOffer(sent.env, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=created`,
        again: (form) => newOfferView(sent, form, advertisers),
      });
    },
  },
  {
    path: "/offers/:slug",
    roles: EVERYONE,
    async show({ env, visitor, key, url }) {
      const found = await readOffer(env, visitor.caller, key);
      if (!found.ok) return found;
      const offer = found.value;
      const links = await listLinks(env, visitor.caller, { offer: offer.slug, limit: 50 });
      const isAdmin = visitor.caller.role === "admin";
      const canSeeAffiliates = visitor.caller.role !== "affiliate";
      const button = (path: string, label: string) =>
        isAdmin ? (
          <a class="button" href={path}>
            {label}
          </a>
        ) : undefined;
      return accept({
        title: offer.name,
        body: (
          <>
            <DoneNotice url={url} />
            <Head
              above={["Offers", "/offers"]}
              title={offer.name}
              status={<Status status={offer.status} />}
              actions={
                <>
                  <SeenIn filter="offer" slug={offer.slug} groupBy={canSeeAffiliates ? "affiliate" : "day"} />
                  {button(`${pathOf(offer.slug)}/edit`, "Edit")}
                </>
              }
            />
            {[offer.destination, ...(offer.rules ?? []).map(({ destination }) => destination)].map((destination) => (
              <UnknownMacros destination={destination} />
            ))}
            <Card title="What it pays for" flush>
              <EventTable offer={offer} />
            </Card>
            <Card title="Set-up">
              <Facts facts={factsOf(offer, visitor.caller.role)} />
            </Card>
            <RuleList offer={offer} />
            <Card title="Links" flush actions={button(`/new-link?offer=${encodeURIComponent(offer.slug)}`, "New link")}>
              <LinkTable links={links.items} without="offer" />
            </Card>
          </>
        ),
      });
    },
  },
  {
    path: "/offers/:slug/edit",
    roles: ADMINS,
    async show(look) {
      const found = await readOffer(look.env, look.visitor.caller, look.key);
      if (!found.ok) return found;
      return accept(editOffer(look, { values: found.value, problem: null }, found.value));
    },
    async act(sent) {
      const found = await readOffer(sent.env, sent.visitor.caller, sent.key);
      if (!found.ok) return found;
      return saveForm({
        form: sent.form,
        schema: offerChange,
        save: (input) => changeOffer(sent.env, sent.key, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=saved`,
        again: (form) => editOffer(sent, form, found.value),
      });
    },
  },
];

function factsOf(offer: OfferView, role: Role) {
  const { destination = null, fallback_url = null, deep_link_hosts: hosts, caps = [] } = offer;
  const advertiser =
    role === "affiliate" ? (
      offer.advertiser
    ) : (
      <a href={`/advertisers/${encodeURIComponent(offer.advertiser)}`}>{offer.advertiser}</a>
    );
  return [
    ["Slug", <code>{offer.slug}</code>],
    ["Advertiser", advertiser],
    ["Destination", destination === null ? null : <code class="break">{destination}</code>, "long"],
    ["Attribution window", `${offer.window_days} days`],
    ["Not sooner than", offer.min_seconds === 0 ? null : `${offer.min_seconds} s after the click`],
    ["Starts", offer.starts_at === null ? null : <Time at={offer.starts_at} />],
    ["Ends", offer.ends_at === null ? null : <Time at={offer.ends_at} />],
    ["Orders are numbered", offer.order_space === "offer" ? "by this offer’s own shop" : null],
    ["When closed", fallback_url === null ? null : <code class="break">{fallback_url}</code>, "long"],
    ["Deep links to", hosts.length === 0 ? null : hosts.join(", ")],
    ["Redirect", offer.redirect_status === 307 ? "307" : null],
    ["Query parameters", offer.pass_through ? "passed on to the destination" : null],
    [
      "Caps",
      caps.length === 0
        ? null
        : caps.map(({ event, per, limit }) => `${limit} × ${event} a ${per} (${offer.time_zone})`).join(", "),
    ],
    ["Created", <Time at={offer.created_at} />],
    ["Changed", <Time at={offer.updated_at} />],
  ] as const;
}

function NewButton() {
  return (
    <a class="button primary" href="/new-offer">
      New offer
    </a>
  );
}
