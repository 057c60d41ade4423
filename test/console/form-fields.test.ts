/** Nothing that is written in a form of the console is passed over: whatever stands in a field is kept, or refused beside it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Form, LinesField, TextField } from "../../workers/console/shell/parts/form.tsx";
import { type Console, startConsole } from "./console.ts";

let api: Console;
let cookie = "";
let made = 0;
const slugs = new Map<string, string>();

const OFFER = {
  slug: "shoes",
  name: "Shoes",
  advertiser: "acme",
  destination: "https://shop.example/?click_id={click_id}",
  currency: "USD",
  fallback_url: "https://shop.example/closed",
  max_amount: "500",
  starts_at: "2026-01-01",
  ends_at: "2026-12-31",
  deep_link_hosts: ["shop.example"],
  caps: [{ event: "sale", per: "day", limit: 3 }],
  rules: [{ countries: ["DE"], devices: ["tv"], destination: "https://shop.example/de" }],
  events: [
    {
      name: "sale",
      payout: { percent: "10" },
      revenue: { flat: "4" },
      window_days: 9,
      overrides: [{ affiliate: "blog", payout: { flat: "1" } }],
    },
  ],
};

beforeAll(async () => {
  api = await startConsole();
  const things: [string, object][] = [
    ["advertisers", { slug: "acme", name: "Acme", mapping: { preset: "voluum", names: { theirs: "txid" } } }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["offers", OFFER],
    ["links", { slug: "demo", offer: "shoes", affiliate: "blog", destination: "https://shop.example/demo" }],
    ["coupons", { code: "SPRING", offer: "shoes", affiliate: "blog" }],
    [
      "destinations",
      {
        slug: "tracker",
        name: "Tracker",
        kind: "postback",
        url: "https://tracker.example.com/?c={external_id}",
        headers: [{ name: "x-a", value: "b" }],
      },
    ],
  ];
  for (const [kind, thing] of things) {
    const answer = await api.call("POST", `/api/${kind}`, thing);
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    slugs.set(kind, Object(answer.json).slug);
  }
  cookie = await api.signIn();
});
afterAll(() => api.stop());

interface Control {
  name: string;
  tag: string;
  /** As the browser would send it; null: a box without its tick. */
  value: string | null;
  options: string[];
  isFixed: boolean;
}

const NEW: [path: string, base: Record<string, string>][] = [
  ["/new-advertiser", { "slug:required": "x", "name:required": "Globex" }],
  ["/new-affiliate", { "slug:required": "x", "name:required": "Letter" }],
  [
    "/new-offer",
    {
      "slug:required": "x",
      "name:required": "Boots",
      "advertiser:required": "acme",
      "destination:required": "https://shop.example/",
      "currency:required": "USD",
      "events/0/name:required": "sale",
      "events/0/payout:sum": "10",
      "events/0/revenue:sum": "20",
    },
  ],
  ["/new-link", { "offer:required": "shoes", "affiliate:required": "blog" }],
  ["/new-coupon", { "code:required": "WINTER", "offer:required": "shoes", "affiliate:required": "blog" }],
  ["/new-destination", { "slug:required": "x", "name:required": "T", url: "https://tracker.example.com/?t={txid}" }],
];
describe.each(NEW)("at %s", (path, base) => {
  test("whatever is written in one field is kept or refused there", async () => {
    expect(await lost(path, base)).toEqual([]);
  });
});

describe.each(["advertisers", "affiliates", "offers", "links", "coupons", "destinations"])(
  "where one of the %s is changed",
  (kind) => {
    test("whatever is written in one field, or emptied, is kept or refused there", async () => {
      expect(await lost(`/${kind}/${slugs.get(kind)}/edit`, {})).toEqual([]);
    });
  },
);

test("a copy of an offer is what it was, under another slug and without its links", async () => {
  const { events, ...rest } = OFFER;
  const source = { ...rest, slug: "copied", events: events.map((event) => ({ ...event, digits: 4 })) };
  expect((await api.call("POST", "/api/offers", source)).status).toBe(201);
  const dearer = { events: [{ name: "sale", payout: { percent: "12" } }] };
  expect((await api.call("PATCH", "/api/offers/copied", dearer)).status).toBe(200);
  await api.call("POST", "/api/links", { slug: "of-copied", offer: "copied", affiliate: "blog" });
  const filledIn = controlsOf(await look("/new-offer?copy=copied")).flatMap(({ name, value }): [string, string][] =>
    value === null ? [] : [[name, name === "slug:required" ? "copy" : value]],
  );
  expect((await send("/new-offer?copy=copied", filledIn)).status).toBe(303);
  const offer = async (slug: string) => Object((await api.call("GET", `/api/offers/${slug}`)).json);
  const [was, is] = [await offer("copied"), await offer("copy")];
  const its = { slug: "copy", created_at: is.created_at, updated_at: is.updated_at };
  expect(was.events[0]).toMatchObject({ version: 2, payout: { percent: "12" } });
  expect(is).toEqual({ ...was, ...its, number: is.number, events: [{ ...was.events[0], version: 1 }] });
  expect(Object((await api.call("GET", "/api/links?offer=copy")).json).items).toEqual([]);
  expect((await api.fetch("/new-offer?copy=nowhere", { authorization: "", cookie })).status).toBe(404);
});

describe("what somebody else changed while a form was open", () => {
  const OTHERS: [kind: string, change: Record<string, unknown>, mine: [control: string, value: string]][] = [
    ["advertisers", { name: "Theirs" }, ["auth", "signed"]],
    ["affiliates", { name: "Theirs" }, ["contact", "mine"]],
    ["offers", { name: "Theirs" }, ["fallback_url", "https://shop.example/mine"]],
    ["links", { destination: "https://shop.example/theirs" }, ["test", "true"]],
    ["coupons", { until: "2027-01-01T00:00:00.000Z" }, ["from", "2026-01-02"]],
    ["destinations", { name: "Theirs" }, ["url", "https://tracker.example.com/mine?t={txid}"]],
  ];
  test.each(OTHERS)("is not undone on the form of %s, but by who sends it again", async (kind, change, mine) => {
    const path = `/${kind}/${slugs.get(kind)}/edit`;
    await expectKeptApart(path, `/api/${kind}/${slugs.get(kind)}`, change, mine);
  });

  test("is not undone on the form of a user", async () => {
    // Somebody stays an admin.
    await api.call("POST", "/api/users", { email: "bob@example.com", name: "Bob", role: "admin" });
    const made = await api.call("POST", "/api/users", { email: "ann@example.com", name: "Ann", role: "admin" });
    const { number } = Object(made.json);
    await expectKeptApart(`/people/${number}`, `/api/users/${number}`, { role: "analyst" }, ["name", "Ann B."]);
  });
});

/** Opens a form, has somebody else change the thing, and sends the form with a change of its own. */
async function expectKeptApart(
  path: string,
  call: string,
  change: Record<string, unknown>,
  [control, value]: [string, string],
): Promise<void> {
  const [field = ""] = Object.keys(change);
  const sentOf = (html: string) =>
    controlsOf(html).flatMap((one): [string, string][] => {
      const sent = pathOf(one.name) === control ? value : one.value;
      return sent === null ? [] : [[one.name, sent]];
    });
  const old = sentOf(await look(path));
  expect(old.map(([name]) => pathOf(name))).toEqual(expect.arrayContaining([field, control]));
  expect(await api.call("PATCH", call, change)).toMatchObject({ status: 200 });
  const refused = await send(path, old);
  const html = await refused.text();
  expect(html).toContain("Somebody changed this while you had the form open");
  expect((await api.call("GET", call)).json).toMatchObject(change);
  // Whoever sends it again means it.
  const again = await send(path, sentOf(html));
  expect([again.status, again.status === 303 ? "" : await again.text()]).toEqual([303, ""]);
  expect((await api.call("GET", call)).json).not.toMatchObject(change);
  // And a form that was made since is sent as ever.
  expect((await send(path, sentOf(await look(path)))).status).toBe(303);
}

test("what is marked is counted as it is marked, and what no field shows is said above them", () => {
  const drawn = (pointers: readonly string[]) => {
    const errors = pointers.map((pointer) => ({ pointer, detail: `wrong at ${pointer}.` }));
    const form = {
      values: { ips: ["a", "b"] },
      problem: { name: "invalid_input", detail: "All of it.", errors },
    } as const;
    const fields = [
      LinesField({ form, path: "ips", kind: "lines", label: "Addresses" }),
      TextField({ form, path: "name", label: "Name" }),
    ];
    const html = String(Form({ form, save: "Save", cancel: "/", children: fields }));
    return /Nothing was saved.<\/strong> ([^<]*)/.exec(html)?.[1];
  };
  expect(drawn(["#/ips/0", "#/ips/1", "#/name"])).toBe("Mend the 2 fields that are marked.");
  expect(drawn(["#/ips/0", "#/ips/1"])).toBe("Mend the field that is marked.");
  expect(drawn(["#/name", "#/elsewhere"])).toBe("wrong at #/elsewhere. Mend the field that is marked.");
  expect(drawn(["#/elsewhere"])).toBe("All of it.");
  expect(drawn(["#"])).toBe("All of it.");
});

/** What was written and neither kept nor refused beside its field: one field at a time, each with several words. */
async function lost(path: string, base: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  const names = controlsOf(await look(path)).flatMap(({ name, isFixed }) => (isFixed ? [] : [name]));
  for (const name of names)
    for (let at = 0, count = 1; at < count; at++) {
      // As it stands by now: what was kept is there already.
      const controls = controlsOf(await look(path));
      const control = controls.find((one) => one.name === name && !one.isFixed);
      if (!control) continue;
      const words = wordsFor(control);
      count = words.length;
      const word = words[at];
      if (word === undefined) continue;
      const answer = await send(path, filled(controls, base, control, word));
      const isSaid =
        answer.status === 303 ? await isKept(answer, control, word) : isRefused(await answer.text(), control);
      if (!isSaid) found.push(`${name} = ${JSON.stringify(word)}: ${answer.status}`);
    }
  return found;
}

const FRESH = /^(slug|code):required$/;
/** Left to what the name says, it stands there afterwards as that. */
const BY_NAME = /^events\/\d+\/kind$/;

/** What somebody may write there that stands there not yet. */
function wordsFor({ name, tag, options, value }: Control): (string | null)[] {
  if (tag === "select")
    return options.filter((option) => option !== value && !(option === "" && BY_NAME.test(name))).slice(0, 3);
  if (tag === "checkbox") return value === null ? ["true"] : [null];
  const words = name.endsWith(":words")
    ? ["theirs = txid", "theirs = txid\ntheirs = click_id", "constructor = txid"]
    : [name.endsWith(":lines") ? "7.example" : "7", "zz probe"];
  return value === "" ? words : [...words, ""];
}

function filled(controls: readonly Control[], base: Record<string, string>, changed: Control, word: string | null) {
  const sent = controls.flatMap((control): [string, string][] => {
    const value = control === changed ? word : (base[control.name] ?? control.value);
    return value === null ? [] : [[control.name, value]];
  });
  // Slugs and codes are never used again.
  const fresh = sent.find(([name]) => base[name] !== undefined && FRESH.test(name));
  if (fresh && changed.name !== fresh[0]) fresh[1] = `x${++made}`;
  return sent;
}

async function isKept(answer: Sent, { name }: Control, word: string | null): Promise<boolean> {
  const place = answer.headers.get("location")?.split("?")[0] ?? "";
  const html = await look(`${place}/edit`);
  const now = controlsOf(html).find(
    (control) => !control.isFixed && pathOf(control.name) === pathOf(name) && isSum(control.name) === isSum(name),
  );
  if (now) return same(now.value) === same(word);
  // What stays for ever is asked for no more: the page and the API tell it. What a change took away is not there at all.
  const told = JSON.stringify((await api.call("GET", `/api${place}`)).json);
  return word === "" ? true : told.includes(JSON.stringify(word).slice(1, -1));
}

const pathOf = (name: string) => name.split(":")[0] ?? "";
const isSum = (name: string) => name.endsWith(":sum");

/** Blanks around it, and the digits of a number, are not what somebody meant. */
function same(value: string | null): string {
  const text = (value ?? "").trim();
  return /^\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text.toLowerCase();
}

/** A choice may be what makes another field wrong. */
function isRefused(html: string, { name, tag }: Control): boolean {
  if (tag === "select" && html.includes('class="fault"')) return true;
  const path = pathOf(name).split("/");
  const places = path.map((_, end) => `field-${path.slice(0, end + 1).join("-")}-fault`);
  return places.some((place) => html.includes(`id="${place}"`));
}

type Sent = Awaited<ReturnType<Console["fetch"]>>;

const look = async (path: string) => (await api.fetch(path, { authorization: "", cookie })).text();
const send = (path: string, fields: readonly (readonly [string, string])[]): Promise<Sent> =>
  api.fetch(
    path,
    {
      authorization: "",
      cookie,
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
    },
    {
      method: "POST",
      body: new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString(),
    },
  );
/** The controls of a page's form, with what they would send. */
function controlsOf(html: string): Control[] {
  const form = /<form method="post" class="form".*?<\/form>/s.exec(html)?.[0] ?? "";
  const tags = form.matchAll(/<input([^>]*)>|<textarea([^>]*)>([^<]*)<\/textarea>|<select([^>]*)>(.*?)<\/select>/gs);
  return [...tags].flatMap(([, input, area, text = "", select, inner = ""]): Control[] => {
    const head = input ?? area ?? select ?? "";
    const name = attribute(head, "name") ?? "";
    const options = [...inner.matchAll(/<option([^>]*)>/g)].map(([, option = ""]) => option);
    const chosen = options.find((option) => / selected/.test(option)) ?? options[0] ?? "";
    const common = { name, isFixed: attribute(head, "type") === "hidden" || / readonly/.test(head) };
    if (select !== undefined)
      return [
        {
          ...common,
          tag: "select",
          value: attribute(chosen, "value") ?? "",
          options: options.map((one) => attribute(one, "value") ?? ""),
        },
      ];
    if (area !== undefined) return [{ ...common, tag: "textarea", value: unescaped(text), options: [] }];
    if (attribute(head, "type") === "checkbox")
      return [{ ...common, tag: "checkbox", value: / checked/.test(head) ? "true" : null, options: [] }];
    return [{ ...common, tag: "text", value: attribute(head, "value") ?? "", options: [] }];
  });
}

function attribute(head: string, name: string): string | undefined {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(head)?.[1];
  return found === undefined ? undefined : unescaped(found);
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
