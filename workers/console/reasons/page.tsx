/** Reasons for rejecting conversions: the list, and one of them. */
import { accept } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { detailsOf } from "../set-up/details.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter } from "../shell/parts/filters.tsx";
import { Card } from "../shell/parts/section.tsx";
import { NoRows } from "../shell/parts/table.tsx";
import { Clipped, Details, Status, Time } from "../shell/parts/values.tsx";
import { ListTable } from "../views/list-table.tsx";
import { newReason, type ReasonView, reasonChange, reasonFields, reasonList } from "./fields.ts";
import { changeReason, createReason, findReason, listReasons, readReason } from "./store.ts";

const KIND = { one: "reason", many: "Reasons", path: "/reasons", list: "reasons" } as const;

export const reasonPages: Page[] = [
  listPage(KIND, {
    roles: OPERATORS,
    lead: "Why conversions are rejected in review. The affiliate reads the words, and nothing else of why.",
    query: reasonList,
    list: listReasons,
    filters: ({ url }) => <ChoiceFilter url={url} name="status" label="Status" options={["active", "ended"]} />,
    table: (reasons, add, { url }, shape) => (
      <ListTable
        shape={shape}
        ownSort="created_at"
        label="Reasons"
        columns={[
          { name: "Reason", sort: "slug", cell: ({ slug }: ReasonView) => <a href={pathOf(KIND, slug)}>{slug}</a> },
          { name: "What the affiliate reads", key: "words", cell: ({ words }) => <Clipped text={words} /> },
          { name: "Status", key: "status", sort: "status", cell: ({ status }) => <Status status={status} /> },
          {
            name: "Created",
            key: "created_at",
            sort: "-created_at",
            cell: ({ created_at }) => <Time at={created_at} />,
          },
        ]}
        rows={reasons}
        empty={
          <NoRows url={url}>
            <p>No reason is here yet. A rejection may name one, so that the affiliate knows why.</p>
            {add}
          </NoRows>
        }
      />
    ),
  }),
  { path: "/reasons/:slug", roles: OPERATORS, show: showReason },
  ...formPages(KIND, {
    fields: reasonFields,
    newOne: newReason,
    change: reasonChange,
    create: createReason,
    read: readReason,
    save: changeReason,
  }),
];

async function showReason(look: Look) {
  const { env, user, key } = look;
  const found = await findReason(env, user.caller, key);
  if (!found.ok) return found;
  const { row } = found.value;
  return accept({
    title: row.slug,
    body: (
      <>
        <ThingHead kind={KIND} look={look} slug={row.slug} title={row.words} status={<Status status={row.status} />} />
        <Card>
          <Details details={detailsOf(reasonFields, found.value, { env, role: user.caller.role })} />
        </Card>
      </>
    ),
  });
}
