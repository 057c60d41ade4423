/** The tables of fields and everything that is made from them: answers, the OpenAPI document, forms, facts and the audit log say of every field what its entry says. */
import { type AnyColumn, getTableColumns, type Table } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  advertisers,
  affiliates,
  coupons,
  links,
  offerEventOverrides,
  offerEvents,
  offers,
} from "../../schema/tables.ts";
import { advertiserFields } from "../../workers/console/advertisers/fields.ts";
import { affiliateFields } from "../../workers/console/affiliates/fields.ts";
import { couponFields } from "../../workers/console/coupons/fields.ts";
import { linkFields } from "../../workers/console/links/fields.ts";
import { capFields, ruleFields } from "../../workers/console/offers/condition-fields.ts";
import { eventFields, overrideFields } from "../../workers/console/offers/event-fields.ts";
import { offerFields } from "../../workers/console/offers/fields.ts";
import { detailsOf } from "../../workers/console/set-up/details.tsx";
import { changedColumns, newColumns, showing, type ValueFields } from "../../workers/console/set-up/field-values.ts";
import { SetUpFields } from "../../workers/console/set-up/form.tsx";
import type { FormFields } from "../../workers/console/set-up/form-field.ts";
import { type AnyFields, changeOf, creationOf } from "../../workers/console/set-up/schemas.ts";
import { tokenFields } from "../../workers/console/tokens/fields.ts";
import { EVERYONE, isSeenBy, ROLES, type Role } from "../../workers/core/roles.ts";
import { migrated } from "../house/databases.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

type Tables = AnyFields & FormFields & ValueFields;

/** Every kind of thing: its table of fields, one that is made, and who sees it at all. */
const THINGS: [kind: string, fields: Tables, made: Record<string, unknown>, readers: readonly Role[]][] = [
  [
    "advertiser",
    advertiserFields,
    { slug: "acme", name: "Acme", share_affiliates: true },
    ["admin", "manager", "finance", "analyst", "advertiser"],
  ],
  [
    "affiliate",
    affiliateFields,
    { slug: "blog", name: "Blog" },
    ["admin", "manager", "finance", "analyst", "affiliate"],
  ],
  [
    "offer",
    offerFields,
    {
      slug: "shoes",
      name: "Shoes",
      advertiser: "acme",
      destination: "https://shop.example/",
      currency: "USD",
      events: [{ name: "sale", overrides: [{ affiliate: "blog", payout: { flat: "1" }, revenue: "posted" }] }],
      caps: [{ event: "sale", per: "day", limit: 3 }],
      rules: [{ countries: ["DE"], not_countries: ["US"], devices: ["tv"], systems: ["ios"], block: true }],
    },
    ROLES,
  ],
  ["link", linkFields, { slug: "demo", offer: "shoes", affiliate: "blog" }, ROLES],
];
/** Lists in an offer, by their place. */
const LISTS: [place: string, fields: Tables][] = [
  ["events", eventFields],
  ["events/0/overrides", overrideFields],
  ["caps", capFields],
  ["rules", ruleFields],
];

let api: Console;
let document: unknown;
const tokens = new Map<Role, string>([["admin", ADMIN]]);
let cookie = "";
beforeAll(async () => {
  api = await startConsole();
  document = (await api.call("GET", "/api/openapi.json", undefined, null)).json;
  for (const [kind, , made] of THINGS) expect((await api.call("POST", `/api/${kind}s`, made)).status).toBe(201);
  for (const [role, subject] of [
    ["manager"],
    ["finance"],
    ["analyst"],
    ["advertiser", "acme"],
    ["affiliate", "blog"],
  ] as const) {
    const token = await api.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
    tokens.set(role, Object(token.json).token);
  }
  cookie = await api.signIn();
});
afterAll(() => api.stop());

const look = async (path: string) => (await api.fetch(path, { authorization: "", cookie })).text();
const namesOf = (fields: Tables, holds: (field: Tables[string]) => boolean) =>
  Object.entries(fields).flatMap(([name, field]) => (holds(field) ? [name] : []));
const given = (fields: Tables) => namesOf(fields, ({ input }) => input !== undefined);
/** What stands at a place such as `events/0/overrides`. */
const at = (value: unknown, place: string) => place.split("/").reduce((inner, key) => Object(inner)[key], value);

describe.each(THINGS)("of every %s", (kind, fields, made, readers) => {
  const schemas = () => {
    const path = Object(document).paths[`/api/${kind}s`];
    const one = Object(document).paths[`/api/${kind}s/{slug}`];
    const json = ({ content }: { content: Record<string, { schema: { $ref: string } }> }) =>
      Object(document).components.schemas[content["application/json"]?.schema.$ref.split("/").at(-1) ?? ""];
    return {
      creation: Object(json(path.post.requestBody)),
      change: Object(json(one.patch.requestBody)),
      answer: Object(json(one.get.responses["200"])),
    };
  };
  const sameNames = (found: object, names: readonly string[]) =>
    expect(Object.keys(found).sort()).toEqual(names.toSorted());

  test("the OpenAPI document has each field where its entry puts it", () => {
    const { creation, change, answer } = schemas();
    sameNames(creation.properties, given(fields));
    expect(creation.required.toSorted()).toEqual(namesOf(fields, ({ required }) => required === true).sort());
    sameNames(change.properties, Object.keys(fields));
    sameNames(answer.properties, Object.keys(fields));
    const seenByAll = namesOf(fields, (field) => !field.leftOut && readers.every((role) => isSeenBy(field, role)));
    expect(answer.required.toSorted()).toEqual(seenByAll.sort());
  });

  test.each(ROLES)("%s is answered what the entries show", async (role) => {
    const answer = await api.call("GET", `/api/${kind}s/${made.slug}`, undefined, tokens.get(role));
    if (!readers.includes(role)) expect(answer.status).toBe(404);
    else
      sameNames(
        Object(answer.json),
        namesOf(fields, (field) => isSeenBy(field, role)),
      );
  });

  test("what is fixed, or only shown, cannot be changed; the rest can", async () => {
    for (const [name, { input, fixed }] of Object.entries(fields)) {
      const answer = await api.call("PATCH", `/api/${kind}s/${made.slug}`, { [name]: { no: "such value" } });
      const problem = input && !fixed ? "urn:clickback:problem:invalid_input" : "urn:clickback:problem:fixed";
      expect([name, Object(answer.json).type]).toEqual([name, problem]);
    }
  });

  test("the forms ask for what is not left out on purpose", async () => {
    const askedAt = (isNew: boolean) =>
      namesOf(fields, ({ input, fixed, form }) => {
        if (!input || form === "nowhere" || form === undefined) return false;
        return (isNew || !fixed) && form.only !== (isNew ? "change" : "new");
      });
    expect(controlsOf(await look(`/new-${kind}`))).toEqual(askedAt(true).sort());
    expect(controlsOf(await look(`/${kind}s/${made.slug}/edit`))).toEqual(askedAt(false).sort());
  });

  test("the audit log has all of it", async () => {
    const { items } = Object((await api.call("GET", `/api/audit?kind=${kind}&action=create`)).json);
    sameNames(items[0].after, Object.keys(fields));
  });
});

describe.each(LISTS)("in %s of an offer", (place, fields) => {
  test.each(ROLES)("%s is answered what the entries show", async (role) => {
    const { json } = await api.call("GET", "/api/offers/shoes", undefined, tokens.get(role));
    const item = at(json, `${place}/0`);
    const mayBeMissing = namesOf(fields, ({ leftOut }) => leftOut === true);
    const seen = namesOf(fields, (field) => isSeenBy(field, role));
    if (item === undefined) expect(seen).not.toContain("version");
    else expect([...new Set([...Object.keys(Object(item)), ...mayBeMissing])].sort()).toEqual(seen.sort());
  });

  test("the form asks for what is not left out on purpose", async () => {
    const html = await look("/offers/shoes/edit");
    for (const [name, { form }] of Object.entries(fields))
      if (form !== undefined && form !== "nowhere") expect(html).toMatch(new RegExp(`name="${place}/0/${name}[:"]`));
  });
});

test("tokens are for admins alone", () => {
  for (const role of ROLES) {
    const seen = namesOf(tokenFields, (field) => isSeenBy(field, role));
    expect(seen).toEqual(role === "admin" ? Object.keys(tokenFields) : []);
  }
});

describe("an entry alone", () => {
  const note = {
    column: "landing_note",
    input: v.nullable(v.string()),
    default: null,
    shown: v.nullable(v.string()),
    form: { control: "text", kind: "nullable", label: "Landing note" },
  } as const;
  const more = { ...linkFields, landing_note: note };
  const thing = {
    row: {
      ...newColumns(linkFields, {}),
      ...{ slug: "demo", landing_note: "as of May" },
      ...{ number: 1, offer: 1, affiliate: 1, createdAtMs: 0, updatedAtMs: 0, pausedBy: null },
    },
    offer: "shoes",
    affiliate: "blog",
    advertiser: "acme",
  };
  const viewer = (role: Role) => ({ env: { CLICK_ORIGIN: "", POSTBACK_ORIGIN: "" }, role });
  const seeing = { ...more, landing_note: { ...note, seenBy: EVERYONE } };

  test("is taken, written, shown, asked for and told", () => {
    const input = { slug: "demo", offer: "shoes", affiliate: "blog", landing_note: "as of May" };
    expect(v.safeParse(creationOf(seeing), input)).toMatchObject({ success: true, output: input });
    expect(v.safeParse(changeOf(seeing), { landing_note: null }).success).toBe(true);
    expect(newColumns(seeing, input)).toMatchObject({ landing_note: "as of May" });
    expect(newColumns(seeing, {})).toMatchObject({ landing_note: null });
    expect(changedColumns(seeing, { landing_note: "x" })).toEqual({ landing_note: "x" });
    expect(showing(seeing, EVERYONE).view(thing, viewer("affiliate"))).toMatchObject({ landing_note: "as of May" });
    expect(detailsOf(seeing, thing, viewer("affiliate"))).toContainEqual(["Landing note", "as of May"]);
    const form = { values: { landing_note: "as of May" }, problem: null };
    const html = String(SetUpFields({ fields: seeing, form, present: {}, suggestions: {} }));
    expect(html).toContain('name="landing_note:nullable" value="as of May"');
  });

  test("that says nothing about roles is shown to admins only", () => {
    const { answer, view } = showing(more, EVERYONE);
    expect(v.safeParse(v.pick(answer, ["landing_note"]), {}).success).toBe(true);
    for (const role of ROLES) {
      const isAdmin = role === "admin";
      expect("landing_note" in view(thing, viewer(role))).toBe(isAdmin);
      expect(detailsOf(more, thing, viewer(role)).some(([name]) => name === "Landing note")).toBe(isAdmin);
    }
  });
});

/** What the migrations have as defaults is at rest, and says what the entries say. */
test.each<[string, Table, Tables]>([
  ["advertisers", advertisers, advertiserFields],
  ["affiliates", affiliates, affiliateFields],
  ["offers", offers, offerFields],
  ["links", links, linkFields],
  ["coupons", coupons, couponFields],
  ["offer_events", offerEvents, eventFields],
  ["offer_event_overrides", offerEventOverrides, overrideFields],
])("defaults of the table %s are those of the fields", (name, table, fields) => {
  const database = migrated("books");
  const inSql = new Map(
    database
      .prepare("SELECT name, dflt_value FROM pragma_table_info(?)")
      .all(name)
      .map((column) => [String(column.name), column.dflt_value]),
  );
  const columns = new Map<PropertyKey, AnyColumn>(Object.entries(getTableColumns(table)));
  for (const [field, entry] of Object.entries(fields)) {
    const column = columns.get(entry.column ?? "");
    const written = inSql.get(column?.name ?? "") ?? null;
    if (!column || !entry.input || written === null) continue;
    const inDatabase = database.prepare(`SELECT ${written} AS value`).get();
    const stored = entry.default === null ? null : column.mapToDriverValue(entry.default);
    expect([field, typeof stored === "boolean" ? Number(stored) : stored]).toEqual([field, inDatabase?.value]);
  }
  for (const [property, column] of columns) {
    const entry = Object.values(fields).find((one) => one.column === property);
    if (inSql.get(column.name) !== null && property !== "version") expect(entry, column.name).toHaveProperty("default");
  }
});

/** The fields that a page's form has controls for: the first part of their paths. */
function controlsOf(html: string): string[] {
  const form = /<form method="post" class="form".*?<\/form>/s.exec(html)?.[0] ?? "";
  const names = [...form.matchAll(/ name="([^":/]+)[^"]*"/g)].map(([, name = ""]) => name);
  return [...new Set(names)].sort();
}

/** Who sees what, written once more by hand: a field that is shown to too many does what its entry says, and is noticed here alone. */
test.each<[string, Tables, Partial<Record<Role, string>>]>([
  [
    "advertisers",
    advertiserFields,
    {
      advertiser: "tags",
      affiliate:
        "slug name status auth allowed_ips pixel share_affiliates promises mapping file_reading postback_url tags",
    },
  ],
  [
    "affiliates",
    affiliateFields,
    {
      advertiser:
        "slug name status test legal_name contact vat_number payment_method payment_note payment_currency minimum_payout bank_details bank_changed_at tags",
      affiliate: "tags",
      manager: "payment_method payment_note payment_currency",
      analyst: "payment_method payment_note payment_currency",
    },
  ],
  [
    "offers",
    offerFields,
    {
      advertiser: "max_amount review_first access links_by_affiliate tags",
      affiliate:
        "destination order_space max_amount review_first share_meta claims fallback_url redirect_status referrer_policy pass_through rules caps tags",
    },
  ],
  ["events", eventFields, { advertiser: "payout review overrides", affiliate: "revenue review overrides" }],
  [
    "overrides",
    overrideFields,
    { advertiser: "affiliate payout revenue version", affiliate: "affiliate payout revenue version" },
  ],
  ["caps", capFields, { affiliate: "event per limit" }],
  ["rules", ruleFields, { affiliate: "countries not_countries devices systems destination block" }],
  ["links", linkFields, { advertiser: "paused_by tags", affiliate: "tags" }],
  ["coupons", couponFields, {}],
  [
    "tokens",
    tokenFields,
    {
      manager: "id name role subject expires_at last_used_at created_at",
      finance: "id name role subject expires_at last_used_at created_at",
      analyst: "id name role subject expires_at last_used_at created_at",
      advertiser: "id name role subject expires_at last_used_at created_at",
      affiliate: "id name role subject expires_at last_used_at created_at",
    },
  ],
])("of %s no role sees more than this", (_, fields, hidden) => {
  const found = ROLES.map((role) => [
    role,
    Object.keys(fields)
      .filter((name) => !isSeenBy(fields[name] ?? {}, role))
      .join(" "),
  ]);
  expect(Object.fromEntries(found.filter(([, names]) => names !== ""))).toEqual(hidden);
});
