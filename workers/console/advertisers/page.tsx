/** Advertisers: the list, and one of them with its postback URL, credentials and test panel. */
import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { SOURCE_TABLES } from "../../core/sources/source-tables.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { notesCard } from "../notes/card.tsx";
import { listOffers } from "../offers/store.ts";
import { statusAtOnce } from "../pausing/list-form.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { valueAt } from "../shell/form-values.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { ChoiceFilter } from "../shell/parts/filters.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { NoRows, Table } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Clipped, Copyable, Status, Time } from "../shell/parts/values.tsx";
import { SeenIn } from "../shell/seen-in.tsx";
import type { SourceView } from "../sources/fields.ts";
import { listSources } from "../sources/store.ts";
import { ListTable } from "../views/list-table.tsx";
import { readBody } from "../web/input.ts";
import { credentialsView } from "./credentials.ts";
import { Credentials, rotationOf } from "./credentials-card.tsx";
import { AdvertiserFacts } from "./details.tsx";
import {
  type AdvertiserView,
  advertiserChange,
  advertiserFields,
  advertiserList,
  advertiserView,
  newAdvertiser,
  rotation,
} from "./fields.ts";
import { PostbackUrl } from "./postback-url.tsx";
import { Recipes } from "./recipes.tsx";
import {
  changeAdvertiser,
  createAdvertiser,
  findAdvertiser,
  listAdvertisers,
  readAdvertiser,
  rotateAdvertiser,
} from "./store.ts";
import { TestPanel } from "./test-panel.tsx";

const KIND = { one: "advertiser", many: "Advertisers", path: "/advertisers", list: "advertisers" } as const;
const POSTBACKS_ARE = { open: "open to anybody", token: "sent with a token", signed: "signed" } as const;

export const advertiserPages: Page[] = [
  listPage(KIND, {
    roles: ALL_BUT_AFFILIATES,
    async only({ env, user }) {
      const own =
        user.caller.role === "advertiser" ? (await listAdvertisers(env, user.caller, { limit: 1 })).items : [];
      return own[0] ? pathOf(KIND, own[0].slug) : null;
    },
    lead: "Whose offers they are, and whose servers send the postbacks.",
    query: advertiserList,
    list: listAdvertisers,
    filters: ({ url }) => (
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    ),
    atOnce: statusAtOnce("advertiser"),
    isTagged: true,
    table: (advertisers, add, { url, tick }, shape) => (
      <ListTable
        shape={shape}
        ownSort="created_at"
        label="Advertisers"
        columns={[
          {
            name: "Advertiser",
            sort: "slug",
            cell: ({ slug, tags }: AdvertiserView) => (
              <>
                {tick(slug)}
                <a href={pathOf(KIND, slug)}>{slug}</a> <TagChips tags={tags} path={KIND.path} />
              </>
            ),
          },
          { name: "Name", key: "name", sort: "name", cell: ({ name }) => <Clipped text={name} /> },
          { name: "Postbacks are", key: "auth", cell: ({ auth }) => POSTBACKS_ARE[auth] },
          { name: "Status", key: "status", sort: "status", cell: ({ status }) => <Status status={status} /> },
          { name: "Pixel", key: "pixel", more: true, cell: ({ pixel }) => (pixel ? "on" : "off") },
          {
            name: "Created",
            key: "created_at",
            sort: "-created_at",
            cell: ({ created_at }) => <Time at={created_at} />,
          },
        ]}
        rows={advertisers}
        empty={
          <NoRows url={url}>
            <p>No advertiser is here yet. Begin with one: its offers and links come after it.</p>
            {add}
          </NoRows>
        }
      />
    ),
  }),
  {
    path: "/advertisers/:slug",
    roles: ALL_BUT_AFFILIATES,
    actors: holders("credentials"),
    show: showAdvertiser,
    act: rotate,
  },
  ...formPages(KIND, {
    fields: advertiserFields,
    more: "Its own words: parameters, events and statuses of another tracker",
    newOne: newAdvertiser,
    change: advertiserChange,
    prepare: withoutEmptyMapping,
    async create(env, input, change) {
      const created = await createAdvertiser(env, input, change);
      return created.ok ? accept(created.value.view) : created;
    },
    read: readAdvertiser,
    save: changeAdvertiser,
  }),
];

/** A form whose mapping says nothing asks for none. */
function withoutEmptyMapping(values: unknown): unknown {
  const mapping = valueAt(values, "mapping");
  if (typeof values !== "object" || typeof mapping !== "object" || mapping === null) return values;
  const parts = Object.entries(mapping).filter(([, part]) => typeof part === "string" || Object.keys(part).length > 0);
  return { ...values, mapping: parts.length === 0 ? null : Object.fromEntries(parts) };
}

async function rotate({ env, user, key, nowMs, form }: Submission) {
  const read = readBody(rotation, rotationOf(form, nowMs));
  if (!read.ok) return read;
  const rotated = await rotateAdvertiser(env, key, read.value.until, { by: user.caller, atMs: nowMs });
  return rotated.ok ? accept(seeOther(`${pathOf(KIND, key)}?done=rotated`)) : rotated;
}

async function showAdvertiser(look: Look) {
  const { env, user, key, nowMs } = look;
  const found = await findAdvertiser(env, user.caller, key);
  if (!found.ok) return found;
  const maySetUp = may(user.caller, "set_up");
  const isOwn = user.caller.role === "advertiser";
  const maySeeSecrets = may(user.caller, "credentials");
  const viewer = { env, role: user.caller.role };
  const view = advertiserView(found.value, viewer);
  const notes = await notesCard(look, "advertiser", view.slug);
  const ofIt = { advertiser: view.slug, limit: 100 };
  const [{ items: offers }, { items: sources }] = await Promise.all([
    listOffers(env, user.caller, ofIt),
    listSources(env, user.caller, ofIt),
  ]);
  if (maySeeSecrets) {
    const deed = { action: "view secrets", kind: "advertiser", subject: view.slug, after: null } as const;
    await logDeedHourly(env, { by: user.caller, atMs: nowMs }, deed);
  }
  const credentials = maySeeSecrets ? await credentialsView(env, found.value.row, nowMs) : null;
  const page: PageView = {
    title: view.name,
    scripts: ["test-panel.js"],
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={view.slug}
          title={view.name}
          status={<Status status={view.status} />}
          tags={view.tags}
        >
          <a class="button" href={`/postbacks?${new URLSearchParams({ advertiser: view.slug })}`}>
            Postbacks
          </a>
          <SeenIn filter="advertiser" slug={view.slug} groupBy="offer" />
        </ThingHead>
        {view.auth === "open" ? (
          <Notice tone="warn">
            Anybody who knows the address can send postbacks for <bdi>{view.name}</bdi>:{" "}
            {isOwn
              ? "have the operator ask for a token or signatures as soon as your servers can."
              : "choose a token or signatures as soon as its servers can."}
          </Notice>
        ) : null}
        <PostbackUrl advertiser={view} token={credentials?.token ?? null} isOwn={isOwn} />
        {may(user.caller, "try") ? <TestPanel advertiser={view} offers={offers} isOwn={isOwn} /> : null}
        {credentials === null ? null : <Credentials credentials={credentials} />}
        {sources.length === 0 ? null : <SourcesCard sources={sources} />}
        <Recipes advertiser={view} />
        <Card title="Offers" flush actions={maySetUp ? <NewOffer advertiser={view.slug} /> : undefined}>
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
        <AdvertiserFacts advertiser={found.value} viewer={viewer} />
        {notes}
      </>
    ),
  };
  return accept(page);
}

/** Shops and platforms of the advertiser that send their own webhooks, with the address to paste there. */
function SourcesCard({ sources }: { sources: readonly SourceView[] }) {
  return (
    <Card title="Sources" flush>
      <Table
        label="Sources"
        columns={[
          {
            name: "Source",
            cell: ({ slug }: SourceView) => <a href={`/sources/${encodeURIComponent(slug)}`}>{slug}</a>,
          },
          { name: "What sends it", cell: ({ source }) => SOURCE_TABLES.get(source)?.label ?? "rules of your own" },
          {
            name: "Webhook URL",
            cell: ({ slug, webhook_url: url }) => (
              <Copyable id={`webhook-${slug}`} label={`Webhook URL of ${slug}`} text={url} />
            ),
          },
          { name: "Status", cell: ({ status }) => <Status status={status} /> },
        ]}
        rows={sources}
        empty={null}
      />
    </Card>
  );
}

function NewOffer({ advertiser }: { advertiser: string }) {
  return (
    <a class="button" href={`/new-offer?advertiser=${encodeURIComponent(advertiser)}`}>
      New offer
    </a>
  );
}
