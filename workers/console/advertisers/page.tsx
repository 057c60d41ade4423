/** Advertisers: the list, one of them with its postback URL, credentials and test panel, and the forms that make and change one. */
import { accept } from "../../core/result.ts";
import { ADMINS, OPERATORS } from "../../core/roles.ts";
import { listOffers } from "../offers/store.ts";
import { seeOther } from "../shell/answers.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, Filters } from "../shell/parts/filters.tsx";
import { Card, DoneNotice, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Status, Time } from "../shell/parts/values.tsx";
import { readFilters } from "../shell/query.ts";
import { saveForm } from "../shell/saved-form.ts";
import { SeenIn } from "../shell/seen-in.tsx";
import { readBody } from "../web/input.ts";
import { credentialsView } from "./credentials.ts";
import { Credentials, rotationOf } from "./credentials-card.tsx";
import { AdvertiserFacts } from "./facts.tsx";
import { advertiserChange, advertiserList, newAdvertiser, rotation } from "./fields.ts";
import { editAdvertiserView, newAdvertiserView, withoutEmptyMapping } from "./form.tsx";
import { PostbackUrl } from "./postback-url.tsx";
import { Recipes } from "./recipes.tsx";
import { changeAdvertiser, createAdvertiser, listAdvertisers, readAdvertiser, rotateAdvertiser } from "./store.ts";
import { TestPanel } from "./test-panel.tsx";
import type { AdvertiserView } from "./view.ts";
import { advertiserView } from "./view.ts";

const LOOKERS = [...OPERATORS, "advertiser"] as const;
const pathOf = (slug: string) => `/advertisers/${encodeURIComponent(slug)}`;

export const advertiserPages: Page[] = [
  {
    path: "/advertisers",
    roles: LOOKERS,
    async show({ env, visitor, url }) {
      const query = readFilters(advertiserList, url);
      if (!query.ok) return query;
      const { items, next } = await listAdvertisers(env, visitor.caller, query.value);
      const isAdmin = visitor.caller.role === "admin";
      return accept({
        title: "Advertisers",
        body: (
          <>
            <Head title="Advertisers" actions={isAdmin ? <NewButton /> : undefined}>
              Whose offers they are, and whose servers send the postbacks.
            </Head>
            <Filters url={url}>
              <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
            </Filters>
            <Table
              label="Advertisers"
              columns={[
                { name: "Advertiser", cell: ({ slug }: AdvertiserView) => <a href={pathOf(slug)}>{slug}</a> },
                { name: "Name", cell: ({ name }) => <Clipped text={name} /> },
                { name: "Postbacks are", cell: ({ auth }) => AUTH_IN_WORDS[auth] },
                { name: "Status", cell: ({ status }) => <Status status={status} /> },
                { name: "Created", cell: ({ created_at }) => <Time at={created_at} /> },
              ]}
              rows={items}
              empty={
                <NoRows url={url}>
                  <p>No advertiser is here yet. Begin with one: its offers and links come after it.</p>
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
    path: "/new-advertiser",
    roles: ADMINS,
    show: async (look) => accept(newAdvertiserView(look, { values: { auth: "token" }, problem: null })),
    act: (sent) =>
      saveForm({
        form: sent.form,
        schema: newAdvertiser,
        prepare: withoutEmptyMapping,
        save: (input) => createAdvertiser(sent.env, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=created`,
        again: (form) => newAdvertiserView(sent, form),
      }),
  },
  {
    path: "/advertisers/:slug",
    roles: LOOKERS,
    actors: ADMINS,
    show: async (look) => showAdvertiser(look),
    async act(sent) {
      const { env, visitor, key, nowMs, form } = sent;
      const read = readBody(rotation, rotationOf(form, nowMs));
      if (!read.ok) return read;
      const rotated = await rotateAdvertiser(env, key, read.value.until, { by: visitor.caller, atMs: nowMs });
      return rotated.ok ? accept(seeOther(`${pathOf(key)}?done=rotated`)) : rotated;
    },
  },
  {
    path: "/advertisers/:slug/edit",
    roles: ADMINS,
    async show(look) {
      const found = await readAdvertiser(look.env, look.visitor.caller, look.key);
      if (!found.ok) return found;
      const { mapping, ...values } = advertiserView(look.env, found.value);
      return accept(
        editAdvertiserView(look, { values: mapping === null ? values : { ...values, mapping }, problem: null }),
      );
    },
    act: (sent) =>
      saveForm({
        form: sent.form,
        schema: advertiserChange,
        prepare: withoutEmptyMapping,
        save: (input) => changeAdvertiser(sent.env, sent.key, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=saved`,
        again: (form) => editAdvertiserView(sent, form),
      }),
  },
];

export const AUTH_IN_WORDS = {
  open: "open to anybody",
  token: "sent with a token",
  signed: "signed",
} as const;

async function showAdvertiser({ env, visitor, key, url, nowMs }: Look) {
  const found = await readAdvertiser(env, visitor.caller, key);
  if (!found.ok) return found;
  const isAdmin = visitor.caller.role === "admin";
  const view = advertiserView(env, found.value);
  const { items: offers } = await listOffers(env, visitor.caller, { advertiser: view.slug, limit: 100 });
  const credentials = isAdmin ? await credentialsView(env, found.value, nowMs) : null;
  const page: PageView = {
    title: view.name,
    scripts: ["test-panel.js"],
    body: (
      <>
        <DoneNotice url={url} />
        <Head
          above={["Advertisers", "/advertisers"]}
          title={view.name}
          status={<Status status={view.status} />}
          actions={
            <>
              <a class="button" href={`/postbacks?${new URLSearchParams({ advertiser: view.slug })}`}>
                Postbacks
              </a>
              <SeenIn filter="advertiser" slug={view.slug} groupBy="offer" />
              {isAdmin ? (
                <a class="button" href={`${pathOf(view.slug)}/edit`}>
                  Edit
                </a>
              ) : null}
            </>
          }
        />
        {view.auth === "open" ? (
          <Notice tone="warn">
            Anybody who knows the address can send postbacks for <bdi>{view.name}</bdi>: choose a token or signatures as
            soon as its servers can.
          </Notice>
        ) : null}
        <PostbackUrl advertiser={view} token={credentials?.token ?? null} />
        {isAdmin ? <TestPanel advertiser={view} offers={offers} csrf={visitor.csrf} /> : null}
        {credentials === null ? null : <Credentials credentials={credentials} csrf={visitor.csrf} />}
        <Recipes advertiser={view} />
        <Card title="Offers" flush actions={isAdmin ? <NewOffer advertiser={view.slug} /> : undefined}>
          <Table
            label="Offers"
            columns={[
              {
                name: "Offer",
                cell: ({ slug }: (typeof offers)[number]) => <a href={`/offers/${encodeURIComponent(slug)}`}>{slug}</a>,
              },
              { name: "Name", cell: ({ name }) => <Clipped text={name} /> },
              { name: "Events", cell: ({ events }) => events.map(({ name }) => name).join(", ") },
              { name: "Status", cell: ({ status }) => <Status status={status} /> },
            ]}
            rows={offers}
            empty={
              <p>
                No offers yet. An offer says what <bdi>{view.name}</bdi> pays for.
              </p>
            }
          />
        </Card>
        <AdvertiserFacts advertiser={view} />
      </>
    ),
  };
  return accept(page);
}

function NewOffer({ advertiser }: { advertiser: string }) {
  return (
    <a class="button" href={`/new-offer?advertiser=${encodeURIComponent(advertiser)}`}>
      New offer
    </a>
  );
}

function NewButton() {
  return (
    <a class="button primary" href="/new-advertiser">
      New advertiser
    </a>
  );
}
