/** A table of links, as it stands on several pages. */
import type { Closed } from "../../core/click/link-state.ts";
import type { TickOf } from "../set-up/pages.tsx";
import { Named } from "../shell/parts/named.tsx";
import { NoRows, Table, type TableColumn } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Clipped, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import type { ListShape } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import { WHY_CLOSED } from "./closed-links.ts";
import type { LinkView } from "./fields.ts";

interface LinkTableProps {
  links: readonly LinkView[];
  /** The column that the page itself is about. */
  without?: "affiliate" | "offer";
  /** Why those take no clicks that take none, by slug. */
  closed?: ReadonlyMap<string, Closed>;
  /** The list, where it is the page’s own. */
  shape?: ListShape;
  /** False where slugs are pseudonyms, which no list is in the order of. */
  seesSlugs?: boolean;
  /** What chooses a row. */
  tick?: TickOf;
}

export function LinkTable({ links, without, closed, shape, seesSlugs = true, tick }: LinkTableProps) {
  const columns: (TableColumn<LinkView> & { is?: string })[] = [
    {
      name: "Link",
      ...(seesSlugs ? { sort: "slug" } : {}),
      cell: ({ slug, tags }) => (
        <>
          {tick?.(slug)}
          <a href={`/links/${encodeURIComponent(slug)}`}>{slug}</a> <TagChips tags={tags} path="/links" />
        </>
      ),
    },
    {
      name: "Offer",
      key: "offer",
      is: "offer",
      sort: "offer",
      cell: ({ offer }) => <Named of="offer" slug={offer} href={`/offers/${encodeURIComponent(offer)}`} />,
    },
    {
      name: "Affiliate",
      key: "affiliate",
      is: "affiliate",
      ...(seesSlugs ? { sort: "affiliate" } : {}),
      cell: ({ affiliate }) => <Named of="affiliate" slug={affiliate} />,
    },
    { name: "Address", key: "url", cell: ({ url }) => (url === undefined ? <Nothing /> : <code>{url}</code>) },
    {
      name: "Status",
      key: "status",
      sort: "status",
      cell: ({ slug, status, test }) => {
        const why = closed?.get(slug);
        return (
          <>
            <Status status={status} /> {test ? <TestMark /> : null}{" "}
            {/* Its own status says itself that it takes none. */}
            {why === undefined || why.startsWith("link_") ? null : <span class="help">{WHY_CLOSED[why]}</span>}
          </>
        );
      },
    },
    {
      name: "Destination",
      key: "destination",
      more: true,
      cell: ({ destination }) => <Clipped text={destination} />,
    },
    {
      name: "Created",
      key: "created_at",
      more: true,
      sort: "-created_at",
      cell: ({ created_at }) => <Time at={created_at} />,
    },
  ];
  if (shape === undefined)
    return (
      <Table
        label="Links"
        columns={columns.filter(({ is, more }) => more !== true && (is === undefined || is !== without))}
        rows={links}
        empty={<None />}
      />
    );
  return (
    <ListTable
      shape={shape}
      ownSort="created_at"
      label="Links"
      columns={columns}
      rows={links}
      empty={
        <NoRows url={shape.url}>
          <None />
        </NoRows>
      }
    />
  );
}

function None() {
  return <p>No links yet. A link is one affiliate’s way to one offer.</p>;
}
