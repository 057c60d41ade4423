/** A table of links, as it stands on several pages. */
import type { Closed } from "../../core/click/link-state.ts";
import type { TickOf } from "../set-up/pages.tsx";
import { Named } from "../shell/parts/named.tsx";
import { NoRows, Table, type TableColumn } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Nothing, Status, TestMark } from "../shell/parts/values.tsx";
import { WHY_CLOSED } from "./closed-links.ts";
import type { LinkView } from "./fields.ts";

interface LinkTableProps {
  links: readonly LinkView[];
  /** The column that the page itself is about. */
  without?: "affiliate" | "offer";
  /** Why those take no clicks that take none, by slug. */
  closed?: ReadonlyMap<string, Closed>;
  /** The address of the list, where it has filters. */
  url?: URL;
  /** What chooses a row. */
  tick?: TickOf;
}

export function LinkTable({ links, without, closed, url, tick }: LinkTableProps) {
  const columns: (TableColumn<LinkView> & { is?: string })[] = [
    {
      name: "Link",
      cell: ({ slug, tags }) => (
        <>
          {tick?.(slug)}
          <a href={`/links/${encodeURIComponent(slug)}`}>{slug}</a> <TagChips tags={tags} path="/links" />
        </>
      ),
    },
    {
      name: "Offer",
      is: "offer",
      cell: ({ offer }) => <Named of="offer" slug={offer} href={`/offers/${encodeURIComponent(offer)}`} />,
    },
    { name: "Affiliate", is: "affiliate", cell: ({ affiliate }) => <Named of="affiliate" slug={affiliate} /> },
    { name: "Address", cell: ({ url }) => (url === undefined ? <Nothing /> : <code>{url}</code>) },
    {
      name: "Status",
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
  ];
  return (
    <Table
      label="Links"
      columns={columns.filter(({ is }) => is === undefined || is !== without)}
      rows={links}
      empty={
        url === undefined ? (
          <None />
        ) : (
          <NoRows url={url}>
            <None />
          </NoRows>
        )
      }
    />
  );
}

function None() {
  return <p>No links yet. A link is one affiliate’s way to one offer.</p>;
}
