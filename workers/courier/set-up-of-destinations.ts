/** Destinations as the courier reads them from the books' database, and the names that receivers know things by. */
import type { SqlRow } from "../../schema/columns.ts";
import type { destinations } from "../../schema/tables.ts";
import { DEFAULT_FILTERS } from "../core/courier/destination-filters.ts";
import type { DestinationOwner, DestinationSettings } from "../core/courier/destination-settings.ts";
import { relayOf, trackerOf } from "../core/courier/relay-notice.ts";
import type { ToldNames } from "../core/courier/template-macros.ts";
import type { SignatureForm, SigningVersion } from "../core/courier/webhook-signing.ts";

type Words = typeof destinations.$inferSelect;
/** The checks of the table hold its words. */
type Row = Omit<SqlRow<typeof destinations>, "kind" | "owner_type" | "status"> & {
  kind: Words["kind"];
  owner_type: Words["ownerType"];
  status: Words["status"];
};

/** A destination with what the courier needs beside its settings. */
export interface DestinationSetUp {
  settings: DestinationSettings;
  status: "active" | "paused" | "ended";
  version: number;
  /** Requests a second, at most; null without a limit. */
  ratePerSecond: number | null;
  /** How long after it happened its receiver takes an event; null for ever. */
  deadlineMs: number | null;
  /** Which offer it is of, where it is of one. */
  offer: number | null;
  /** Versions of a webhook's key; empty where it never had but one. */
  signing: SigningVersion[];
  signatureForm: SignatureForm;
  createdAtMs: number;
  updatedAtMs: number;
}

/** What `config` holds: the settings that are neither columns nor filters. */
type StoredConfig = Pick<DestinationSettings, "template" | "platform" | "answers" | "deduplicates"> &
  Partial<Pick<DestinationSetUp, "ratePerSecond" | "deadlineMs" | "signing" | "signatureForm">>;

const COLUMNS =
  "number, kind, owner_type, owner, offer, status, config, version, filters, secrets, created_at, updated_at";
/** Slugs and offers' words never change, or it does not matter for a while that they did. */
const NAMES = `
  SELECT o.slug AS offer, o.share_meta, l.slug AS link, a.slug AS affiliate, v.slug AS advertiser, v.share_affiliates
  FROM links l JOIN offers o ON o.number = l.offer JOIN affiliates a ON a.number = l.affiliate JOIN advertisers v ON v.number = o.advertiser
  WHERE l.number = ?1`;

/** All that have not ended. */
export async function readDestinations(db: D1Database): Promise<DestinationSetUp[]> {
  const { results } = await db.prepare(`SELECT ${COLUMNS} FROM destinations WHERE status <> 'ended'`).all<Row>();
  return results.map(setUpOf);
}

/** Null where there is none of this number. */
export async function readDestination(db: D1Database, number: number): Promise<DestinationSetUp | null> {
  const tracker = trackerOf(number);
  if (tracker !== null) return readRelay(db, tracker);
  const row = await db.prepare(`SELECT ${COLUMNS} FROM destinations WHERE number = ?1`).bind(number).first<Row>();
  return row && setUpOf(row);
}

/** Everything that may hold deliveries, by number: those that have ended, too, and what old trackers are told. */
export async function everyDestination(db: D1Database): Promise<number[]> {
  const query = "SELECT number FROM destinations UNION ALL SELECT -number FROM trackers WHERE old_origin IS NOT NULL";
  const { results } = await db.prepare(query).all<{ number: number }>();
  return results.map(({ number }) => number);
}

interface RelayRow {
  status: DestinationSetUp["status"];
  oldOrigin: string | null;
  createdAtMs: number;
  updatedAtMs: number;
}

/** What an old tracker takes in a second. */
const RELAYED_PER_SECOND = 10;

/** The old tracker as a destination: it is told as postbacks are, and what may have arrived is not told again, since it may count that twice. */
async function readRelay(db: D1Database, tracker: number): Promise<DestinationSetUp | null> {
  const row = await db
    .prepare(
      "SELECT status, old_origin AS oldOrigin, created_at AS createdAtMs, updated_at AS updatedAtMs FROM trackers WHERE number = ?1",
    )
    .bind(tracker)
    .first<RelayRow>();
  if (!row) return null;
  const { status, oldOrigin, ...times } = row;
  return {
    settings: {
      number: relayOf(tracker),
      kind: "postback",
      owner: { type: "programme" },
      filters: { ...DEFAULT_FILTERS, types: [] },
      template: { method: "GET", url: oldOrigin ?? "", headers: [], basic: null, body: null, needs: [] },
      answers: { bodyContains: null, accept3xx: false },
      secrets: {},
      deduplicates: false,
    },
    status: oldOrigin === null ? "ended" : status,
    version: 1,
    ratePerSecond: RELAYED_PER_SECOND,
    deadlineMs: null,
    offer: null,
    signing: [],
    signatureForm: "v1",
    ...times,
  };
}

/** What a link's notices are told by, and what of them its offer and advertiser share. */
export interface SharedNames {
  names: ToldNames;
  isMetaShared: boolean;
  areAffiliatesShared: boolean;
}

export async function readNames(db: D1Database, link: number): Promise<SharedNames> {
  const row = await db.prepare(NAMES).bind(link).first<ToldNames & { share_meta: number; share_affiliates: number }>();
  if (!row) throw new Error(`there is no link ${link}`);
  const { share_meta, share_affiliates, ...names } = row;
  return { names, isMetaShared: share_meta === 1, areAffiliatesShared: share_affiliates === 1 };
}

function setUpOf(row: Row): DestinationSetUp {
  const { ratePerSecond, deadlineMs, signing, signatureForm, ...config }: StoredConfig = JSON.parse(String(row.config));
  return {
    settings: {
      number: row.number,
      kind: row.kind,
      owner: ownerOf(row),
      filters: { ...DEFAULT_FILTERS, ...JSON.parse(String(row.filters)) },
      secrets: JSON.parse(String(row.secrets)),
      ...config,
    },
    status: row.status,
    version: row.version,
    ratePerSecond: ratePerSecond ?? null,
    deadlineMs: deadlineMs ?? null,
    offer: row.offer,
    signing: signing ?? [],
    signatureForm: signatureForm ?? "v1",
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  };
}

function ownerOf({ owner_type, owner }: Row): DestinationOwner {
  return owner_type === "programme" || owner === null ? { type: "programme" } : { type: owner_type, number: owner };
}
