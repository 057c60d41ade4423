/** What the click log says of a click, one entry a fact: how it is read from the click's message, and how it is written. Packs, the archive, look-ups and erasure are made of this list. */
import type { Cell } from "../../../schema/columns.ts";
import type { ClickKind, LoggedClick } from "../../../schema/messages.ts";
import { SUB_ID_COUNT } from "../click/sub-ids.ts";
import type { Click } from "../click-id.ts";
import type { ParquetKind } from "../parquet-format.ts";
import type { Subject } from "../subjects.ts";

/** A click's message, with what its ID says and what the ledger made of its user agent. */
export interface SaidClick {
  click: LoggedClick;
  id: Click;
  kind: ClickKind;
  browser: string | null;
}

/** Where a fact comes from: the click's ID, which says it again whenever it is read; its message, so that packs hold it; or the object of its day, which alone knows first visits. */
type Source =
  | { from: "id"; read: (id: Click) => Cell }
  | { from: "message"; read: (said: SaidClick) => Cell }
  | { from: "day" };

export type ClickFact = Source & {
  name: string;
  kind: ParquetKind;
  /** What a number stands for; outside it is a slug. */
  subject?: Subject;
  /** True where a person could be found by it: erasure empties it. */
  isPersonal?: true;
};

/** A click as the log has it: a cell for each of CLICK_FACTS, in their order. */
export type ClickCells = Cell[];

function told(name: string, kind: ParquetKind, read: (id: Click) => Cell): ClickFact {
  return { from: "id", name, kind, read };
}

function said(name: string, read: (said: SaidClick) => Cell | undefined): ClickFact {
  return { from: "message", name, kind: "text", read: (one) => read(one) ?? null };
}

function numbered(subject: Subject, read: (click: LoggedClick) => number): ClickFact {
  return { from: "message", name: subject, kind: "whole", subject, read: ({ click }) => read(click) };
}

function personal(name: string, read: (click: LoggedClick) => string | undefined): ClickFact {
  return { ...said(name, ({ click }) => read(click)), isPersonal: true };
}

/** In the order of exports and of the archive's columns. What is new stands at the end, and is null of clicks that were logged without it. */
export const CLICK_FACTS: readonly ClickFact[] = [
  said("click_id", ({ click }) => click.clickId),
  { ...told("link", "whole", ({ link }) => link), subject: "link" },
  numbered("offer", ({ offer }) => offer),
  numbered("affiliate", ({ affiliate }) => affiliate),
  numbered("advertiser", ({ advertiser }) => advertiser),
  told("clicked_at", "time", ({ issuedAtMs }) => issuedAtMs),
  said("country", ({ click }) => click.country),
  said("device", ({ click }) => click.device),
  said("os", ({ click }) => click.os),
  said("browser", ({ browser }) => browser),
  personal("referrer", ({ referrer }) => referrer),
  personal("external_id", ({ externalId }) => externalId),
  ...Array.from({ length: SUB_ID_COUNT }, (_, index) =>
    personal(`sub${index + 1}`, ({ subs }) => subs?.[index] || undefined),
  ),
  said("kind", ({ kind }) => kind),
  { from: "day", name: "unique", kind: "flag" },
  told("test", "flag", ({ test }) => (test ? 1 : 0)),
  // It finds nobody, and says nothing without the ID that it is of.
  personal("external_kind", ({ externalKind }) => externalKind),
  said("ad_consent", ({ click }) => click.adConsent),
];

/** Where a fact's cell stands in a row. Throws for a name that is none. */
export function factPlace(name: string): number {
  const place = CLICK_FACTS.findIndex((fact) => fact.name === name);
  if (place < 0) throw new Error(`a click has no ${name}`);
  return place;
}

/** The click's row, of which nobody knows yet whether it is a first visit. Throws for a cell that is not of its fact's kind, as only a bug makes one. */
export function clickRow(one: SaidClick): ClickCells {
  return CLICK_FACTS.map((fact) => {
    if (fact.from === "day") return 0;
    const cell = fact.from === "id" ? fact.read(one.id) : fact.read(one);
    const isText = fact.kind === "text";
    if (isText ? cell === null || typeof cell === "string" : Number.isSafeInteger(cell)) return cell;
    throw new TypeError(`a click's ${fact.name} cannot be ${JSON.stringify(cell)}`);
  });
}
