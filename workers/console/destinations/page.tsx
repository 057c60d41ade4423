/** Destinations: the list, the forms with ready templates to choose from, and one of them. */
import type { Child } from "hono/jsx";
import { PLATFORM_NAMES, type PlatformName } from "../../core/platforms/platform-target.ts";
import { PLATFORMS } from "../../core/platforms/platforms.ts";
import { holders } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { statusAtOnce } from "../pausing/list-form.tsx";
import { formPages, listPage, pathOf, type TickOf } from "../set-up/pages.tsx";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { NoRows } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Details, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import type { ListShape } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import { actOnDestination, DESTINATION_KIND, showDestination } from "./destination-page.tsx";
import {
  type DestinationView,
  destinationChange,
  destinationFields,
  destinationList,
  newDestination,
} from "./fields.ts";
import { READY_TEMPLATES, type ReadyTemplate } from "./ready-templates.ts";
import { changeDestination, createDestination, listDestinations, readDestination } from "./store.ts";

const READY_KINDS = { source: "Traffic sources", tracker: "Trackers", tool: "Tools" } as const;

export const destinationPages: Page[] = [
  listPage(DESTINATION_KIND, {
    roles: EVERYONE,
    called: (role) => (role === "affiliate" ? "Your postbacks" : undefined),
    lead: "Who is told of conversions: trackers, traffic sources, ad platforms and other systems.",
    query: destinationList,
    list: listDestinations,
    filters: destinationFilters,
    writers: holders("destinations"),
    atOnce: statusAtOnce("destination"),
    isTagged: true,
    table: (rows, add, { tick }, shape) => <DestinationTable rows={rows} shape={shape} add={add} tick={tick} />,
  }),
  {
    path: "/destinations/:slug",
    roles: EVERYONE,
    actors: holders("destinations"),
    show: showDestination,
    act: actOnDestination,
  },
  ...formPages(DESTINATION_KIND, {
    fields: destinationFields,
    more: "Request and filters in detail",
    newOne: newDestination,
    change: destinationChange,
    create: createDestination,
    read: readDestination,
    save: changeDestination,
    lists: { affiliate: listAffiliates, advertiser: listAdvertisers },
    writers: holders("destinations"),
    intro: ({ url, env }) => (
      <>
        <OneMachine ports={env.LOOPBACK_PORTS} />
        <ReadyChoice chosen={chosenIn(url.searchParams)} platform={platformIn(url.searchParams)} />
      </>
    ),
    begin: valuesFor,
  }),
];

async function destinationFilters({ env, user, url }: Look) {
  const { caller } = user;
  const owners =
    caller.scope === "everything"
      ? await Promise.all([suggest(env, user, listAffiliates), suggest(env, user, listAdvertisers)])
      : null;
  return (
    <>
      <ChoiceFilter url={url} name="kind" label="Kind" options={["postback", "webhook", "tool", "platform"]} />
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
      {owners ? (
        <>
          <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={owners[0]} />
          <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={owners[1]} />
        </>
      ) : null}
    </>
  );
}

interface DestinationTableProps {
  rows: readonly DestinationView[];
  shape: ListShape;
  add: Child;
  tick: TickOf;
}

function DestinationTable({ rows, shape, add, tick }: DestinationTableProps) {
  return (
    <ListTable
      shape={shape}
      ownSort="created_at"
      label="Destinations"
      columns={[
        {
          name: "Name",
          sort: "name",
          cell: ({ slug, name, tags }: DestinationView) => (
            <>
              {tick(slug)}
              <a href={pathOf(DESTINATION_KIND, slug)}>
                <bdi>{name}</bdi>
              </a>{" "}
              <TagChips tags={tags} path="/destinations" />
            </>
          ),
        },
        { name: "Kind", key: "kind", cell: ({ kind }) => kind },
        // An affiliate's and an advertiser's are all its own.
        ...(rows.some((row) => "affiliate" in row)
          ? [
              {
                name: "Whose",
                key: "owner",
                cell: ({ affiliate, advertiser }: DestinationView) => {
                  if (affiliate) return <Named of="affiliate" slug={affiliate} />;
                  return advertiser ? <Named of="advertiser" slug={advertiser} /> : "programme";
                },
              },
            ]
          : []),
        {
          name: "Host",
          key: "host",
          cell: ({ url: address }) => (address === "" ? <Nothing /> : <code>{hostOf(address)}</code>),
        },
        { name: "Template", key: "template", cell: ({ ready, platform }) => platform ?? ready ?? <Nothing /> },
        { name: "Status", key: "status", sort: "status", cell: ({ status }) => <Status status={status} /> },
        {
          name: "Created",
          key: "created_at",
          more: true,
          sort: "-created_at",
          cell: ({ created_at }) => <Time at={created_at} />,
        },
      ]}
      rows={rows}
      empty={
        <NoRows url={shape.url}>
          <p>
            No destinations yet. One tells a tracker, a traffic source or a system of yours what becomes of conversions.
          </p>
          {add}
        </NoRows>
      }
    />
  );
}

function hostOf(address: string): string {
  return URL.parse(address)?.host ?? address.split("/")[2] ?? "";
}

function chosenIn(query: URLSearchParams): ReadyTemplate | null {
  return READY_TEMPLATES.get(query.get("ready") ?? "") ?? null;
}

/** Ad platforms stand among ready templates under a name that none of those has. */
const PLATFORM_PREFIX = "platform:";

function platformIn(query: URLSearchParams): PlatformName | null {
  const asked = query.get("ready") ?? "";
  return OPEN_PLATFORMS.find((name) => asked === PLATFORM_PREFIX + name) ?? null;
}

/** Those that anything can be told. */
const OPEN_PLATFORMS = PLATFORM_NAMES.filter((name) => PLATFORMS[name].fields.length > 0);

/** The form of a new one of an ad platform: its fields stand in it, to be filled in. */
function platformValues(name: PlatformName): Record<string, unknown> {
  const { label, fields } = PLATFORMS[name];
  const asked = (isSecret: boolean) =>
    Object.fromEntries(
      fields.filter(({ secret = false }) => secret === isSecret).map(({ name, options }) => [name, options?.[0] ?? ""]),
    );
  return {
    ...{ name: label, kind: "platform", platform: name, values: asked(false), secrets: asked(true) },
    event_names: { "*": "" },
  };
}

/** The form of a new one by a ready template: what that asks for stands in it, to be filled in. */
function valuesFor(query: URLSearchParams): Record<string, unknown> {
  const platform = platformIn(query);
  if (platform !== null) return platformValues(platform);
  const chosen = chosenIn(query);
  if (!chosen) return {};
  const asked = (isSecret: boolean) =>
    Object.fromEntries(chosen.fields.filter(({ secret = false }) => secret === isSecret).map(({ name }) => [name, ""]));
  return {
    name: chosen.name,
    kind: chosen.kind === "tool" ? "tool" : "postback",
    ready: chosen.name,
    values: asked(false),
    secrets: asked(true),
    // Of a refund it would hear as of another sale.
    ...(chosen.hearsOfSalesOnly ? { statuses: ["approved"] } : {}),
  };
}

/** Where the system runs on one machine: what of it may be told. */
function OneMachine({ ports }: { ports: string }) {
  if (ports === "") return null;
  if (ports === "any") return <Notice tone="info">This machine may be told too, by http and at any port.</Notice>;
  return (
    <Notice tone="info">
      Of this machine only the ports {ports.split(",").join(" and ")} may be told, by http: those of the demo’s
      receivers. Any other may with <code>npm start -- --allow-loopback</code>.
    </Notice>
  );
}

function ReadyChoice({ chosen, platform }: { chosen: ReadyTemplate | null; platform: PlatformName | null }) {
  return (
    <>
      <Card title="Ready templates">
        <form method="get" action={`/new-${DESTINATION_KIND.one}`} class="filters" aria-label="Ready templates">
          <label>
            <span>Whom to tell</span>
            <select name="ready">
              <option value="">write it by hand</option>
              {Object.entries(READY_KINDS).map(([kind, label]) => (
                <optgroup label={label}>
                  {[...READY_TEMPLATES.values()]
                    .filter((ready) => ready.kind === kind)
                    .map(({ name }) => (
                      <option value={name} selected={name === chosen?.name}>
                        {name}
                      </option>
                    ))}
                </optgroup>
              ))}
              <optgroup label="Ad platforms">
                {OPEN_PLATFORMS.map((name) => (
                  <option value={PLATFORM_PREFIX + name} selected={name === platform}>
                    {PLATFORMS[name].label}
                  </option>
                ))}
              </optgroup>
            </select>
          </label>
          <div class="filter-actions">
            <button type="submit">Take it</button>
          </div>
        </form>
        {chosen ? <Details details={aboutReady(chosen)} /> : null}
        {platform ? <Details details={aboutPlatform(platform)} /> : null}
      </Card>
      {chosen?.hearsOfSalesOnly ? (
        <Notice tone="info">{chosen.name} cannot hear of refunds: it would count one as another sale.</Notice>
      ) : null}
    </>
  );
}

/** What an ad platform asks for and cannot do, before it is set up. */
function aboutPlatform(name: PlatformName): (readonly [string, Child, "long"?])[] {
  const { clickIds, fields, eventName, refunds, test, missing, unsure } = PLATFORMS[name];
  const list = fields.map(({ name, label, required, help }) => (
    <li>
      <code>{name}</code>: {label}
      {required ? "" : " (may be left out)"}. {help}
    </li>
  ));
  return [
    ["Goes by", clickIds.length === 0 ? <code>meta.ga_client_id</code> : clickIds.join(", ")],
    ["Your account’s", <ul>{list}</ul>, "long"],
    [eventName.label, `For each event. ${eventName.help}`, "long"],
    ["Refunds", refunds ?? "It has no way to hear of them.", "long"],
    ["Tests", test?.how ?? "It has none.", "long"],
    ["What is missing", missing.join(" "), "long"],
    ["Not certain: test it first", unsure.join(" ") || null, "long"],
  ];
}

/** What is to be known of a ready template before it is used. */
export function aboutReady({ clickToken, fields, note, source }: ReadyTemplate): (readonly [string, Child, "long"?])[] {
  const list = fields.map(
    ({ name, label, options }) => `${name}: ${label}${options ? ` (${options.join(" or ")})` : ""}`,
  );
  return [
    ["In the link there", clickToken === null ? null : <code class="break">external_id={clickToken}</code>],
    ["Your account’s", list.length === 0 ? null : list.join("; "), "long"],
    ["To be known", note, "long"],
    ["Found in", source, "long"],
  ];
}
