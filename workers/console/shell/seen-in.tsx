/** The ways from something that is set up to what came of it. */

interface SeenInProps {
  filter: "advertiser" | "offer" | "affiliate" | "link";
  slug: string;
  /** What its report is by. */
  groupBy: string;
}

export function SeenIn({ filter, slug, groupBy }: SeenInProps) {
  return (
    <>
      {filter === "link" ? null : (
        <a class="button" href={`/conversions?${new URLSearchParams({ [filter]: slug })}`}>
          Conversions
        </a>
      )}
      <a class="button" href={`/reports?${new URLSearchParams({ group_by: groupBy, [filter]: slug })}`}>
        Report
      </a>
    </>
  );
}
