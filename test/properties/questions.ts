/** What can be asked of the console: every GET of the OpenAPI document, every page, and what is done with deliveries, with parameters that are right, wrong, and other people's. */
import fc from "fast-check";
import * as v from "valibot";
import { formatInstant } from "../../workers/core/instant.ts";
import { FAMILIES, METRICS } from "../../workers/core/metrics/definitions.ts";
import { GROUPS } from "../../workers/core/metrics/dimensions.ts";
import { derivePseudonyms } from "../../workers/core/pseudonyms.ts";
import { ringOf } from "../core/keys.ts";
import type { Heard } from "./console-in-process.ts";
import { START_MS } from "./known-clicks.ts";
import type { TableName, World } from "./seen-cells.ts";

/** A question whose texts are numbers, which each pair of worlds puts words to: so questions are drawn before the worlds are known. */
export interface Question {
  /** With its parameter as `:name`. */
  path: string;
  isPage: boolean;
  isSent: boolean;
  word: number;
  query: { name: string; choices: readonly string[]; word: number }[];
}

const document = v.object({
  paths: v.record(
    v.string(),
    v.object({
      /** Of what is no path of the console's. */
      servers: v.optional(v.unknown()),
      post: v.optional(v.unknown()),
      get: v.optional(
        v.object({
          parameters: v.array(
            v.object({
              name: v.string(),
              in: v.string(),
              schema: v.looseObject({ enum: v.optional(v.array(v.unknown())), type: v.optional(v.unknown()) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface Askable {
  path: string;
  isPage: boolean;
  /** True for a POST. */
  isSent: boolean;
  parameters: { name: string; choices: readonly string[] }[];
}

/** What pages take besides the parameters of calls. */
const OF_PAGES = [{ name: "period", choices: ["today", "7d", "30d", "month"] }];
/** Not asked here: it only says what is set up for everybody, or ends the session. */
const LEFT_OUT = ["/sign-out"];

/** What is done with somebody's deliveries; each says what it came to. What saves set-up is held to its own by tests of its own. */
const SENT = /^\/api\/destinations\/\{slug\}\/(test|replay|cancel|backfill|stop-backfill)$/;

const HOURS = [-1, 0, 5, 24, 31, 48, 72];
const TIMES = [
  ...HOURS.map((hours) => formatInstant(START_MS + hours * 3_600_000)),
  ...["2026-11-01", "2026-11-02", "2026-11-04", "2026-11"],
];
const LISTS = [
  ...GROUPS,
  ...[
    "affiliate,link",
    "day,offer",
    "offer,affiliate,event",
    "link,sub1",
    "country,device",
    "referrer",
    "hour",
    "coupon,customer",
  ],
];
/** A flag of a query string. */
const FLAGS = ["true", "false", "1", "0"] as const;
const CHOICES: Record<string, readonly string[]> = {
  from: TIMES,
  to: TIMES,
  limit: ["1", "2", "3", "5", "1000"],
  group_by: LISTS,
  metrics: [...FAMILIES, FAMILIES.join(","), ...METRICS.map(({ name }) => name)],
  tz: ["UTC", "Europe/Berlin", "America/New_York"],
  event: ["sale", "lead"],
  test: ["true", "false"],
  sort: ["conversions", "revenue", "payout", "amount"],
};

/** Everything that can be asked for, by what the console says of itself. */
export function askables(openApi: Heard, pages: readonly string[]): Askable[] {
  const { paths } = v.parse(document, JSON.parse(openApi.body));
  const calls = Object.entries(paths).flatMap(([path, { get, servers }]): Askable[] => {
    if (!get || servers !== undefined) return [];
    const parameters = get.parameters
      .filter((one) => one.in === "query")
      .map(({ name, schema }) => ({
        name,
        choices: schema.type === "boolean" ? FLAGS : (schema.enum?.map(String) ?? CHOICES[name] ?? []),
      }));
    return [{ path: path.replaceAll(/\{(\w+)\}/g, ":$1"), isPage: false, isSent: false, parameters }];
  });
  const sent = Object.entries(paths).flatMap(([path, { post }]): Askable[] =>
    post !== undefined && SENT.test(path)
      ? [{ path: path.replaceAll(/\{(\w+)\}/g, ":$1"), isPage: false, isSent: true, parameters: [] }]
      : [],
  );
  const all = new Map(calls.flatMap(({ parameters }) => parameters.map((one) => [one.name, one] as const)));
  const ofPages = [...all.values(), ...OF_PAGES];
  const looks = pages.map((path) => ({ path, isPage: true, isSent: false, parameters: ofPages }));
  return [...calls, ...sent, ...looks].filter(({ path }) => !LEFT_OUT.includes(path));
}

/** Questions: more often those of calls that take much, and less often what the asker is refused whatever there is. */
export function questionsOf(
  askables: readonly Askable[],
  isRefused: (one: Askable) => boolean,
): fc.Arbitrary<Question> {
  const [one, ...others] = askables.map((askable) => ({
    arbitrary: questionOf(askable),
    weight: isRefused(askable) ? 1 : 4 + (askable.isPage ? 0 : 2 * askable.parameters.length),
  }));
  if (!one) throw new Error("nothing can be asked");
  return fc.oneof(one, ...others);
}

function questionOf({ path, isPage, isSent, parameters }: Askable): fc.Arbitrary<Question> {
  const word = fc.nat(1_000_000);
  const [one, ...others] = parameters.map((parameter) => word.map((chosen) => ({ ...parameter, word: chosen })));
  const none: fc.Arbitrary<Question["query"]> = fc.constant([]);
  const atMost = (maxLength: number) =>
    one ? fc.uniqueArray(fc.oneof(one, ...others), { maxLength, selector: nameOf }) : none;
  const query = fc.oneof(none, atMost(1), atMost(1), atMost(3));
  return fc.record({ path: fc.constant(path), isPage: fc.constant(isPage), isSent: fc.constant(isSent), word, query });
}

function nameOf({ name }: { name: string }): string {
  return name;
}

const ring = await ringOf({ 1: 2 }, 1);
const PSEUDONYMS = await Promise.all(
  [1, 2].map(async (advertiser) => {
    const pseudonyms = await derivePseudonyms(ring, advertiser);
    return [1, 2, 3].flatMap((number) => [pseudonyms("affiliate", number), pseudonyms("link", number)]);
  }),
);

/** What something is called in one of the worlds, by the parameters that ask for it. */
type Vocabulary = Record<Word, readonly string[]>;

const SUBJECTS = ["advertiser", "offer", "affiliate", "link", "destination"] as const;
const WORDS = [...SUBJECTS, "receipt", "click_id", "conversion_id", "txid", "after", "cursor", "delivery"] as const;
type Word = (typeof WORDS)[number] | "any";

export function vocabularyOf(worlds: readonly World[]): Vocabulary {
  const told = (texts: readonly unknown[]) => [...new Set([...texts.map((text) => String(text ?? "none")), "nowhere"])];
  const cells = (table: TableName, column: string) =>
    worlds.flatMap((world) => world[table].map((row) => row[column] ?? null));
  const of = (subject: string) => PSEUDONYMS.flat().filter((name) => name.startsWith(`${subject}-`));
  const [receipts, conversions] = [cells("postbacks", "receipt"), cells("conversions", "conversion_id")];
  const clicks = [
    ...cells("clicks", "click_id"),
    ...cells("postbacks", "click_id"),
    ...cells("conversions", "click_id"),
  ];
  const entries = worlds.flatMap(({ entries }) => entries.map((row) => `${row.conversion_id}-${row.seq}`));
  const places = worlds.flatMap(({ postbacks }) => postbacks.map((row) => `${row.received_at}-${row.receipt}`));
  const words = {
    advertiser: told(cells("advertisers", "slug")),
    offer: told(cells("offers", "slug")),
    affiliate: told([...cells("affiliates", "slug"), ...of("affiliate")]),
    link: told([...cells("links", "slug"), ...of("link")]),
    receipt: told(receipts),
    click_id: told(clicks),
    conversion_id: told(conversions),
    txid: told([...cells("conversions", "txid"), ...cells("postbacks", "txid")]),
    after: told([...receipts, ...conversions, ...entries, ...clicks]),
    destination: told(cells("destinations", "slug")),
    source: told(cells("sources", "slug")),
    tracker: told(cells("trackers", "slug")),
    alias: told(cells("link_aliases", "alias")),
    delivery: told(cells("deliveries", "delivery_id")),
    statement: told(
      cells("statements", "id")
        .map((id) => `draft-${id}`)
        .concat(cells("statements", "number").map(String)),
    ),
    claim: told(cells("claims", "receipt")),
    bulk: told(cells("review_bulks", "number")),
    status_change: told(cells("status_changes", "number")),
    what_if: told(cells("what_ifs", "number")),
    signal: told(cells("signals", "number")),
    user: told(cells("users", "number")),
    coupon: told(cells("coupons", "slug")),
    reason: told(cells("review_reasons", "slug")),
    cursor: told([...places, ...conversions, ...cells("deliveries", "delivery_id"), "1", "2", "3", "50"]),
  };
  return {
    ...words,
    any: told([...cells("conversions", "coupon"), ...cells("tokens", "id"), ...Object.values(words).flat()]),
  };
}

/** Which words a parameter takes: its name says it, or the path that it stands in, such as that of an offer's page. */
function wordOf(name: string, path: string): Word {
  const named = WORDS.find((word) => word === name);
  if (named) return named;
  if (path.includes("/conversions/")) return "conversion_id";
  if (path.includes("/deliveries/")) return "delivery";
  return (
    SUBJECTS.find((subject) => path.includes(`/${subject}s/`)) ?? (path.includes("/postbacks/") ? "receipt" : "any")
  );
}

/** The question in the words of these worlds. */
export function addressOf({ path, word, query }: Question, vocabulary: Vocabulary): string {
  const said = (name: string, chosen: number) => {
    const words = vocabulary[wordOf(name, path)];
    return words[chosen % words.length] ?? "none";
  };
  const whole = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(said(name, word)));
  const parameters = query.map(({ name, choices, word: chosen }): [string, string] => [
    name,
    choices[chosen % choices.length] ?? said(name, chosen),
  ]);
  const text = new URLSearchParams(parameters).toString();
  return text === "" ? whole : `${whole}?${text}`;
}

/** What a call sends: everything, what failed, or one delivery by its name, somebody's or nobody's; undefined where it only asks. */
export function bodyOf({ path, isSent, word }: Question, vocabulary: Vocabulary): string | undefined {
  if (!isSent) return undefined;
  if (!/(replay|cancel)$/.test(path)) return "{}";
  const id = vocabulary.delivery[word % vocabulary.delivery.length] ?? "none";
  const choices = [{ statuses: ["sent", "gave_up", "failed"] }, { statuses: ["failed"] }, { ids: [id] }];
  return JSON.stringify(choices[word % choices.length]);
}
