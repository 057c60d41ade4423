/** Clicks as they are read: from the click log, whose facts are their columns. A click has one time, whatever the clock. */
import type { ClickKind } from "../../../schema/messages.ts";
import { clickIdRange } from "../../core/click-id-time.ts";
import { EVERYONE } from "../../core/roles.ts";
import { column } from "./column.ts";
import { adConsentColumn, type ExportTable, kindColumn, visitColumns } from "./export-table.ts";

const ID = /^[0-9a-hjkmnp-tv-z]{36}$/;

const CLICK_KINDS = ["counted", "provisional", "embedded", "bot"] as const satisfies readonly ClickKind[];

export const clicksTable: ExportTable = {
  name: "clicks",
  database: "click log",
  places: [],
  columns: [
    column("plain", "click_id", "click_id", EVERYONE),
    column("link", "link", "link", EVERYONE),
    column("offer", "offer", "offer", EVERYONE),
    column("affiliate", "affiliate", "affiliate", EVERYONE),
    column("advertiser", "advertiser", "advertiser", EVERYONE),
    column("time", "clicked_at", "clicked_at", EVERYONE),
    ...visitColumns(""),
    column("plain", "kind", "kind", EVERYONE),
    column("flag", "unique", "unique", EVERYONE),
    column("flag", "test", "test", EVERYONE),
    kindColumn(""),
    adConsentColumn(""),
  ],
  key: ["click_id"],
  after: "click_id",
  clocks: { received: "clicked_at", clicked: "clicked_at", occurred: "clicked_at" },
  bounds: ({ fromMs, toMs }) => clickIdRange(fromMs, toMs),
  filters: {
    advertiser: "advertiser",
    offer: "offer",
    affiliate: "affiliate",
    link: "link",
    kind: "kind",
    test: "test",
  },
  choices: { kind: CLICK_KINDS },
  owners: { advertiser: "advertiser", affiliate: "affiliate" },
  keyAfter: async (after) => (ID.test(after) ? [after] : null),
};
