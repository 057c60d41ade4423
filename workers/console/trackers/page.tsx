/** Trackers: the list, the forms, and one of them with what is to be done before its host leads here. */
import { accept, type Result } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { detailsOf } from "../set-up/details.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card } from "../shell/parts/section.tsx";
import { NoRows } from "../shell/parts/table.tsx";
import { Copyable, Details, Nothing, Status } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { ListTable } from "../views/list-table.tsx";
import type { Problem } from "../web/problem.ts";
import { countAliases, listAliases, targetOf } from "./aliases.ts";
import { aliasesPage } from "./aliases-page.tsx";
import {
  DIALECT_NAMES,
  newTracker,
  type TrackerView,
  trackerChange,
  trackerFields,
  trackerList,
  trackerView,
} from "./fields.ts";
import { changeTracker, createTracker, findTracker, listTrackers, readTracker } from "./store.ts";

const KIND = { one: "tracker", many: "Trackers", path: "/trackers", list: "trackers" } as const;

export const trackerPages: Page[] = [
  listPage(KIND, {
    roles: OPERATORS,
    lead: "Other trackers whose placed links and postback URLs go on working here.",
    query: trackerList,
    list: listTrackers,
    filters: trackerFilters,
    table: (trackers, add, { url }, shape) => (
      <ListTable
        shape={shape}
        ownSort="created_at"
        label="Trackers"
        columns={[
          {
            name: "Tracker",
            sort: "name",
            cell: ({ slug, name }: TrackerView) => <a href={pathOf(KIND, slug)}>{name}</a>,
          },
          { name: "Which", key: "dialect", cell: ({ dialect }) => TRACKER_TABLES.get(dialect)?.label ?? dialect },
          { name: "Host", key: "host", cell: ({ host }) => (host === null ? <Nothing /> : <code>{host}</code>) },
          {
            name: "Advertiser",
            key: "advertiser",
            cell: ({ advertiser }) => <Named of="advertiser" slug={advertiser} />,
          },
          { name: "Status", key: "status", sort: "status", cell: ({ status }) => <Status status={status} /> },
        ]}
        rows={trackers}
        empty={
          <NoRows url={url}>
            <p>No trackers yet. Who moves here from another one keeps placed links and postback URLs as they are.</p>
            {add}
          </NoRows>
        }
      />
    ),
  }),
  { path: "/trackers/:slug", roles: OPERATORS, show: view },
  aliasesPage,
  ...formPages(KIND, {
    fields: trackerFields,
    more: "Words of its postbacks",
    newOne: newTracker,
    change: trackerChange,
    create: createTracker,
    read: readTracker,
    save: changeTracker,
    lists: { advertiser: listAdvertisers },
  }),
];

async function trackerFilters({ env, user, url }: Look) {
  return (
    <>
      <TextFilter
        url={url}
        name="advertiser"
        label="Advertiser"
        suggestions={await suggest(env, user, listAdvertisers)}
      />
      <ChoiceFilter url={url} name="dialect" label="Tracker" options={DIALECT_NAMES} />
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    </>
  );
}

async function view(look: Look): Promise<Result<PageView, Problem>> {
  const { env, user, key } = look;
  const found = await findTracker(env, user.caller, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const tracker = trackerView(found.value, viewer);
  const [aliases, first] = await Promise.all([
    countAliases(env, found.value.row.number),
    listAliases(env, user.caller, key, { limit: 1 }),
  ]);
  const example = first.ok ? first.value.items[0] : undefined;
  return accept({
    title: tracker.name,
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={tracker.slug}
          title={tracker.name}
          status={<Status status={tracker.status} />}
        >
          <a class="button" href={`/postbacks?${new URLSearchParams({ channel: `tracker:${tracker.slug}` })}`}>
            Its requests
          </a>
        </ThingHead>
        <Card
          title="Aliases"
          actions={
            <a class="button" href={`${pathOf(KIND, tracker.slug)}/aliases`}>
              {may(user.caller, "set_up") ? "Set aliases" : "Show aliases"}
            </a>
          }
        >
          <p>
            {aliases === 0
              ? "None yet: a placed link leads to a link of ours once its alias names one."
              : aliases === 1
                ? "1 placed link leads to a link of ours."
                : `${aliases.toLocaleString("en")} placed links lead to links of ours.`}
          </p>
        </Card>
        <Card
          title="Clicks of before the move"
          actions={
            <a class="button" href={`${pathOf(KIND, tracker.slug)}/clicks`}>
              {may(user.caller, "import") ? "Adopt clicks" : "Show clicks"}
            </a>
          }
        >
          <p>Postbacks go on naming clicks that the old tracker had: they wait until those are adopted.</p>
        </Card>
        <WhatToDo tracker={tracker} example={example?.alias} />
        <Card title="Set-up">
          <Details details={detailsOf(trackerFields, found.value, viewer)} />
        </Card>
      </>
    ),
  });
}

/** In the order in which it is done; nothing that is placed has to be touched. */
function WhatToDo({ tracker, example }: { tracker: TrackerView; example: string | undefined }) {
  const { host, try_url: tryUrl } = tracker;
  const target = example === undefined ? null : targetOf(tracker.dialect, example);
  return (
    <Card title="What to do">
      <ol class="to-do">
        <li>Set the aliases: a list of two columns, out of the old tracker’s campaigns or links.</li>
        <li>
          <p>
            Try it here, before anything is moved: whatever stands behind the old host works behind this address,
            clicks, postbacks and pixels.
          </p>
          <Copyable id="try-url" label="Where to try it" text={`${tryUrl}${target ?? ""}`} />
        </li>
        <li>
          {host === null ? (
            <p>Say the host in the set-up: the one that stands in the placed links and postback URLs.</p>
          ) : (
            <>
              <p>
                Give the click worker the host <code>{host}</code> as a custom domain, and deploy:
              </p>
              <Copyable id="deploy" label="Command" text={`npm run deploy -- --tracker-host ${host}`} />
              <p>
                On Cloudflare the DNS record is made with it; where the zone lies elsewhere, move the zone, or the
                record that the host has, first. The old tracker needs another name then, to answer what is sent on to
                it.
              </p>
            </>
          )}
        </li>
        <li>
          <p>
            Ask the doctor, before and after. It follows an alias, asks whether the host leads here, and plays a
            postback in the tracker’s words (its key in <code>TRACKER_SECRET</code>) where an alias names a link for
            testing:
          </p>
          <Copyable
            id="doctor"
            label="Command"
            text={`npm run doctor -- --advertiser ${tracker.advertiser} --tracker ${tracker.slug}`}
          />
        </li>
      </ol>
    </Card>
  );
}
