/** Clicks as they are read. A click has one time, whatever the clock. */
import { clickKindSql } from "../../core/click/click-kind-sql.ts";
import { clickIdRange } from "../../core/click-id-time.ts";
import { EVERYONE } from "../../core/roles.ts";
import { column } from "./column.ts";
import { type ExportTable, visitColumns } from "./export-table.ts";

const ID = /^[0-9a-hjkmnp-tv-z]{36}$/;

export const clicksTable: ExportTable = {
  name: "clicks",
  database: "CLICKS",
  log: "clicks",
  from: "clicks AS k",
  columns: [
    column("plain", "click_id", "k.click_id", EVERYONE),
    column("link", "link", "k.link", EVERYONE),
    column("offer", "offer", "k.offer", EVERYONE),
    column("affiliate", "affiliate", "k.affiliate", EVERYONE),
    column("advertiser", "advertiser", "k.advertiser", EVERYONE),
    column("time", "clicked_at", "k.clicked_at", EVERYONE),
    ...visitColumns("k"),
    column("plain", "kind", clickKindSql("k"), EVERYONE),
    column("flag", "unique", "k.first_visit", EVERYONE),
    column("flag", "test", "k.test", EVERYONE),
  ],
  key: ["click_id"],
  after: "click_id",
  clocks: { received: "k.clicked_at", clicked: "k.clicked_at", occurred: "k.clicked_at" },
  bounds: ({ fromMs, toMs }) => clickIdRange(fromMs, toMs),
  filters: {
    advertiser: "k.advertiser",
    offer: "k.offer",
    affiliate: "k.affiliate",
    link: "k.link",
    kind: clickKindSql("k"),
    test: "k.test",
  },
  owners: { advertiser: "k.advertiser", affiliate: "k.affiliate" },
  keyAfter: async (after) => (ID.test(after) ? [after] : null),
};
