/** Destinations over the API: whose they are, what is made of templates, what is refused with what to do, and what the audit log keeps. */
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSecret, readOpeningKeys } from "../../workers/core/sealed-secrets.ts";
import { type Receiver, startReceiver } from "../courier/receiver.ts";
import { waitFor } from "../flow/system.ts";
import { COURIER_KEYS, type Console, startConsole } from "./console.ts";

let api: Console;
let receiver: Receiver;
const tokens = { acme: "", blog: "", deals: "", analyst: "" };

beforeAll(async () => {
  api = await startConsole({ LOOPBACK_PORTS: "any" });
  receiver = await startReceiver();
  for (const slug of ["acme", "rival"]) await api.call("POST", "/api/advertisers", { slug, name: slug });
  for (const slug of ["blog", "deals"]) await api.call("POST", "/api/affiliates", { slug, name: slug });
  for (const [slug, advertiser] of [
    ["shoes", "acme"],
    ["hats", "rival"],
  ])
    await api.call("POST", "/api/offers", {
      ...{ slug, name: slug, advertiser, currency: "USD", events: [{ name: "sale" }] },
      destination: "https://shop.example/?c={click_id}",
    });
  await api.call("POST", "/api/links", { offer: "shoes", affiliate: "blog" });
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
    ["deals", "affiliate"],
  ] as const)
    tokens[subject] = Object((await api.call("POST", "/api/tokens", { name: subject, role, subject })).json).token;
  tokens.analyst = Object((await api.call("POST", "/api/tokens", { name: "ann", role: "analyst" })).json).token;
});
afterAll(async () => {
  await receiver.stop();
  await api.stop();
});

const POSTBACK = { name: "Tracker", kind: "postback", url: "https://tracker.example.com/pb?cid={external_id}" };

let made = 0;
async function create(body: object, token?: string) {
  const slug = `d${made++}`;
  const { status, json } = await api.call("POST", "/api/destinations", { slug, ...POSTBACK, ...body }, token);
  return { slug, status, json: Object(json) };
}
const faults = ({ json }: { json: { errors?: { pointer: string; detail: string }[] } }) =>
  (json.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);

describe("whose it is", () => {
  test("an affiliate sets up its own, sees and changes no other, and is told nothing of the other side", async () => {
    const own = await create({}, tokens.blog);
    expect(own.status).toBe(201);
    expect(own.json).not.toHaveProperty("affiliate");
    expect((await api.call("GET", `/api/destinations/${own.slug}`)).json).toMatchObject({
      affiliate: "blog",
      advertiser: null,
    });
    const others = await create({ affiliate: "deals" });
    const programmes = await create({});
    const { json } = await api.call("GET", "/api/destinations?limit=1000", undefined, tokens.blog);
    expect(Object(json).items.map(({ slug }: { slug: string }) => slug)).toEqual([own.slug]);
    for (const { slug } of [others, programmes]) {
      expect((await api.call("GET", `/api/destinations/${slug}`, undefined, tokens.blog)).status).toBe(404);
      expect((await api.call("PATCH", `/api/destinations/${slug}`, { name: "mine" }, tokens.blog)).status).toBe(404);
      expect((await api.call("GET", `/api/destinations/${slug}/credentials`, undefined, tokens.blog)).status).toBe(404);
    }
    expect((await create({ affiliate: "deals" }, tokens.blog)).status).toBe(422);
    expect((await create({ affiliate: "blog" }, tokens.blog)).status).toBe(201);
    expect((await api.call("PATCH", `/api/destinations/${own.slug}`, { name: "Mine" }, tokens.blog)).status).toBe(200);
    expect((await create({}, tokens.analyst)).status).toBe(403);
  });

  test.each([
    ["blog", "margin"],
    ["blog", "advertiser"],
    ["acme", "payout"],
    ["acme", "sub1"],
  ] as const)("%s cannot be told {%s}", async (who, macro) => {
    const answer = await create({ url: `https://tracker.example.com/pb?x={${macro}}` }, tokens[who]);
    expect(answer.status).toBe(422);
    expect(faults(answer)).toEqual([`#/url {${macro}}: This macro tells what the destination's owner does not see.`]);
  });

  test("an offer that is not theirs to see cannot be named, nor a share of what is theirs", async () => {
    expect(faults(await create({ offers: ["shoes", "hats"] }, tokens.blog))).toEqual([
      '#/offers/1 There is no offer "hats", or it is not yours to see.',
    ]);
    const own = await create({ offers: ["shoes"], countries: ["de"], minimum_amount: "9.99" }, tokens.blog);
    expect(own.json).toMatchObject({ offers: ["shoes"], countries: ["DE"], minimum_amount: "9.99" });
    expect((await create({ share: 50 }, tokens.blog)).status).toBe(422);
    expect((await create({ share: 12.5 })).json).toMatchObject({ share: 12.5 });
  });

  test("there is an end to how many an owner has, but not to those that have ended", async () => {
    const slugs: string[] = [];
    for (;;) {
      const { status, slug } = await create({}, tokens.deals);
      if (status !== 201) break;
      slugs.push(slug);
    }
    expect(slugs.length).toBeLessThanOrEqual(20);
    const [first = ""] = slugs;
    expect((await api.call("PATCH", `/api/destinations/${first}`, { status: "ended" }, tokens.deals)).status).toBe(200);
    expect((await create({}, tokens.deals)).status).toBe(201);
    expect((await api.call("PATCH", `/api/destinations/${first}`, { status: "active" }, tokens.deals)).status).toBe(
      422,
    );
  });
});

describe("a template", () => {
  test("of another tracker is translated, and what was made of it is told and kept", async () => {
    const answer = await create({
      url: "https://tracker.example.com/pb?cid={clickid}&s={aff_sub2}&t=[[[transactionid]]]",
    });
    expect(faults(answer)).toEqual([expect.stringContaining("#/url {transactionid} can mean several things.")]);
    const told = await create({
      url: "https://tracker.example.com/pb?cid={{clickid}}&s={aff_sub2}&t={transactionid}",
      meanings: { transactionid: "txid" },
    });
    expect(told.json).toMatchObject({
      url: "https://tracker.example.com/pb?cid={click_id}&s={sub2}&t={txid}",
      translated: expect.arrayContaining([{ place: "address", written: "{aff_sub2}", became: "{sub2}" }]),
    });
    const renamed = await api.call("PATCH", `/api/destinations/${told.slug}`, { name: "Other" });
    expect(Object(renamed.json).translated).toEqual(told.json.translated);
  });

  test("with a macro that nobody knows is refused, with what it is perhaps meant for", async () => {
    expect(faults(await create({ url: "https://tracker.example.com/pb?c={externl_id}" }))).toEqual([
      "#/url {externl_id}: There is no macro of this name. Perhaps {external_id} is meant.",
    ]);
  });

  test("that is ready asks for what it needs, and says which click token goes into the link", async () => {
    const { json } = await api.call("GET", "/api/ready-templates", undefined, tokens.blog);
    expect(Object(json).items).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "Taboola", click_token: "{click_id}" })]),
    );
    expect(faults(await create({ ready: "Tabola", url: "" }))).toEqual([
      expect.stringContaining('#/ready There is no ready template "Tabola".'),
    ]);
    expect(faults(await create({ ready: "Taboola", url: "" }))).toEqual([
      expect.stringMatching(/^#\/values .*event is missing/),
    ]);
    const ready = await create({ ready: "Taboola", url: "", values: { event: "make purchase" } }, tokens.blog);
    expect(ready).toMatchObject({
      status: 201,
      json: { ready: "Taboola", url: expect.stringContaining("name=make%20purchase&") },
    });
    const path = `/api/destinations/${ready.slug}`;
    expect((await api.call("PATCH", path, { url: "https://tracker.example.com/" })).status).toBe(422);
    const changed = await api.call("PATCH", path, { values: { event: "lead" } });
    expect(Object(changed.json).url).toContain("name=lead&");
    const own = await api.call("PATCH", path, { ready: null, url: "https://tracker.example.com/?c={click_id}" });
    expect(own).toMatchObject({ status: 200, json: { ready: null } });
  });

  test("read and sent back changes nothing", async () => {
    const { slug, json } = await create({ ready: "Taboola", url: "", values: { event: "a" } });
    const { secret: _, ...read } = json;
    const again = await api.call("PATCH", `/api/destinations/${slug}`, { ...read, updated_at: read.updated_at });
    expect({ ...Object(again.json), updated_at: null }).toEqual({ ...read, updated_at: null });
  });
});

test.each([
  ["http://10.0.0.1/", "Write the host's name"],
  ["https://[::1]/", "Write the host's name"],
  ["https://printer.local/", "Write a host on the open internet"],
  ["https://tracker.example.com:8443/", "Write an address on the usual port"],
  ["https://user:secret@tracker.example.com/", "Write a whole address"],
  ["https://{sub1}.example.com/", "Scheme, host and port are written out"],
])("the guard says what to do about %s", async (url, advice) => {
  const answer = await create({ url });
  expect(answer.status).toBe(422);
  expect(faults(answer).join()).toContain(advice);
});

test("a webhook is told by https alone, in our form, and its receiver verifies by a secret", async () => {
  expect(faults(await create({ kind: "webhook", url: "http://system.example.com/hook" })).join()).toContain("https://");
  expect(faults(await create({ kind: "webhook", url: "https://system.example.com/{sub1}" })).join()).toContain(
    "no macros",
  );
  const hook = await create({ kind: "webhook", url: "https://system.example.com/hook" });
  expect(hook.json).toMatchObject({ method: "POST", secret: expect.stringMatching(/^whsec_/), deduplicates: true });
  const path = `/api/destinations/${hook.slug}/credentials`;
  expect((await api.call("GET", path)).json).toEqual({ secret: hook.json.secret });
  expect((await api.call("GET", path, undefined, tokens.analyst)).status).toBe(403);
  const { json } = await api.call("GET", `/api/audit?kind=destination&subject=${hook.slug}`);
  expect(Object(json).items.map(({ action }: { action: string }) => action)).toEqual(["view secrets", "create"]);
});

test("alerts are told in the form that a destination has, and to the programme's own alone", async () => {
  const types = ["alert.opened", "alert.repeated", "alert.cleared"];
  expect(faults(await create({ types }, tokens.blog))).toEqual([
    "#/types Alerts are for the programme's own destinations.",
  ]);
  const body = { method: "POST", body: '{"text":{alert_slack}}', types };
  const slack = await create({ ...body, url: `${receiver.origin}/slack`, kind: "tool" });
  const ours = await create({ types, url: `${receiver.origin}/ours`, kind: "webhook" });
  expect([slack.status, ours.status]).toEqual([201, 201]);
  const alert = {
    ...{ number: 7, rule: "sender_silent", label: "Sender silent", advertiser: "acme", destination: null },
    ...{
      said: "Nothing came.",
      url: "https://console.example/postbacks",
      sinceMs: 0,
      openedAtMs: 1_000,
      closedAtMs: null,
    },
  };
  const news = { alert, news: { type: "alert.opened" }, atMs: 1_000 } as const;
  expect(await api.env.COURIER_CALLS.tellAlerts([news, news])).toBe(2);
  const at = (path: string) => receiver.told.filter((one) => one.path === path);
  const told = await waitFor(() => at("/ours")[0], 60_000);
  await waitFor(() => at("/slack").length > 0, 60_000);
  expect(JSON.parse(at("/slack")[0]?.body ?? "")).toEqual({
    text: ":red_circle: *Sender silent: acme* Nothing came. Since 1970-01-01 00:00 UTC. <https://console.example/postbacks|Look at the rows>",
  });
  expect(JSON.parse(told.body)).toMatchObject({
    type: "alert.opened",
    timestamp: "1970-01-01T00:00:01.000Z",
    data: { alert: 7, rule: "sender_silent", advertiser: "acme", since: "1970-01-01T00:00:00.000Z", closed_at: null },
  });
  expect(told.headers["webhook-signature"]).toMatch(/^v1,/);
  // Told once, however often it is handed over; and a test is an alert, too.
  expect(await api.env.COURIER_CALLS.tellAlerts([news])).toBe(2);
  await api.call("POST", `/api/destinations/${slack.slug}/test`);
  await waitFor(() => at("/slack").length === 2, 60_000);
  expect(at("/slack")[1]?.body).toContain("This is a test");
});

test("a webhook's secret is made anew while the one before it signs too, and by ed25519 its receiver has a public key", async () => {
  const hook = await create({ kind: "webhook", url: `${receiver.origin}/hook` });
  const path = `/api/destinations/${hook.slug}`;
  const fresh = Object((await api.call("POST", `${path}/rotate`, {})).json).secret;
  expect(fresh).toMatch(/^whsec_/);
  expect(fresh).not.toBe(hook.json.secret);
  expect((await api.call("GET", `${path}/credentials`)).json).toEqual({ secret: fresh });
  const before = receiver.told.length;
  await api.call("POST", `${path}/test`);
  const told = await waitFor(() => receiver.told.slice(before).find((one) => one.path === "/hook"), 60_000);
  const headers = Object.fromEntries(Object.entries(told.headers).map(([name, value]) => [name, String(value)]));
  for (const secret of [hook.json.secret, fresh])
    expect(new Webhook(secret).verify(told.body, headers)).toEqual(JSON.parse(told.body));
  expect((await api.call("POST", `${path}/rotate`, {}, tokens.analyst)).status).toBe(403);
  const tracker = await create({});
  expect((await api.call("POST", `/api/destinations/${tracker.slug}/rotate`, {})).status).toBe(422);
  expect((await api.call("PATCH", path, { signature: "v1a" })).json).toMatchObject({ signature: "v1a" });
  expect(Object((await api.call("GET", `${path}/credentials`)).json).secret).toMatch(/^whpk_/);
}, 90_000);

test("secrets are sealed anew by admins, and those that no key opens are named, with webhooks of older keys", async () => {
  const url = "https://tracker.example.com/pb?key={secret.key}&cid={external_id}";
  const [sound, broken] = [
    await create({ url, secrets: { key: "one" } }),
    await create({ url, secrets: { key: "two" } }),
  ];
  const read = (slug: string) =>
    api.env.DB.prepare("SELECT secrets FROM destinations WHERE slug = ?").bind(slug).first<string>("secrets");
  const before = await read(sound.slug);
  await api.env.DB.prepare("UPDATE destinations SET secrets = ? WHERE slug = ?")
    .bind(JSON.stringify({ key: "sealed-under-a-key-that-is-gone" }), broken.slug)
    .run();
  const { status, json } = await api.call("POST", "/api/destinations/reseal");
  expect(status).toBe(200);
  expect(json).toMatchObject({ key: 1, resealed: 0, older_webhooks: [], next: null });
  expect(Object(json).lost).toContainEqual({ destination: broken.slug, secret: "key" });
  expect(Object(json).lost).not.toContainEqual({ destination: sound.slug, secret: "key" });
  // What is under the highest key stays as it is.
  expect(await read(sound.slug)).toBe(before);
  expect((await api.call("POST", "/api/destinations/reseal", undefined, tokens.blog)).status).toBe(403);
});

test("a secret is sealed to the courier, needed where the template takes it, and shown nowhere", async () => {
  const url = "https://tracker.example.com/pb?key={secret.key}&cid={external_id}";
  expect(faults(await create({ url }))).toEqual(["#/secrets The template takes {secret.key}: write it here."]);
  const { slug, json } = await create({ url, secrets: { key: "s3cr3t-value" } });
  expect(json.secrets).toEqual({ key: "••••••••" });
  const path = `/api/destinations/${slug}`;
  expect((await api.call("PATCH", path, { secrets: json.secrets, name: "Renamed" })).status).toBe(200);
  const row = await api.env.DB.prepare("SELECT * FROM destinations WHERE slug = ?").bind(slug).first();
  const opening = await readOpeningKeys(COURIER_KEYS);
  const { number, secrets } = Object(row);
  expect(opening.ok && (await openSecret(opening.value, number, JSON.parse(secrets).key))).toBe("s3cr3t-value");
  const whole = JSON.stringify([row, (await api.env.DB.prepare("SELECT * FROM audit").all()).results]);
  expect(whole).not.toContain("s3cr3t-value");
  expect(faults({ json: Object((await api.call("PATCH", path, { secrets: { kee: "x" } })).json) }).join()).toContain(
    "{secret.kee}",
  );
  const without = await api.call("PATCH", path, { url: "https://tracker.example.com/pb?cid={external_id}" });
  expect(without).toMatchObject({ status: 200, json: { secrets: {} } });
});

test("the audit log has each change with who made it, and the version counts what was saved", async () => {
  const { slug } = await create({}, tokens.blog);
  const version = async () =>
    Object(await api.env.DB.prepare("SELECT version FROM destinations WHERE slug = ?").bind(slug).first()).version;
  expect(await version()).toBe(1);
  await api.call("PATCH", `/api/destinations/${slug}`, { statuses: ["approved"] }, tokens.blog);
  const { json } = await api.call("GET", `/api/audit?kind=destination&subject=${slug}`);
  expect(Object(json).items).toMatchObject([
    {
      action: "change",
      actor: "blog",
      role: "affiliate",
      before: { statuses: ["approved", "reversed"] },
      after: { statuses: ["approved"] },
    },
    { action: "create", actor: "blog", before: null },
  ]);
  expect(await version()).toBeGreaterThan(1);
});

describe("deliveries", () => {
  const ask = async (method: string, path: string, body?: unknown, token?: string) => {
    const { status, json } = await api.call(method, path, body, token);
    return { status, json: Object(json) };
  };
  let slug = "";
  const statusOf = async (id: string) => (await ask("GET", `/api/deliveries/${id}?destination=${slug}`)).json;

  test("a test is sent, and is read with what went out, secrets blanked, and what came back", async () => {
    const url = `${receiver.origin}/pb?cid={external_id}&payout={payout}&id={delivery_id}`;
    ({ slug } = await create({ url }, tokens.blog));
    expect((await ask("GET", `/api/destinations/${slug}/status`)).json).toMatchObject({
      gate: "open",
      waiting: 0,
      sent: 0,
    });
    receiver.answer = () => ({ status: 200, body: "taken" });
    const sent = await ask("POST", `/api/destinations/${slug}/test`, undefined, tokens.blog);
    expect(sent.status).toBe(202);
    const id = sent.json.delivery_id;
    const told = await waitFor(async () => {
      const found = await statusOf(id);
      return found.status === "sent" && found;
    });
    expect(told).toMatchObject({ destination: slug, attempts: 1, http: 200, test: true, origin: "test" });
    expect(told.tries).toMatchObject([
      {
        number: 1,
        outcome: "sent",
        answer: "taken",
        request: { method: "GET", url: expect.stringContaining(`id=${id}`) },
      },
    ]);
    expect(receiver.told.at(-1)?.query).toEqual({ cid: "test-external-id", payout: "4.00", id });
    const status = (await ask("GET", `/api/destinations/${slug}/status`, undefined, tokens.blog)).json;
    expect(status).toMatchObject({ sent: 1, failed: 0, median_ms: expect.any(Number) });
  }, 60_000);

  test("are listed with filters, to whose they are alone", async () => {
    const list = async (query: string, token?: string) =>
      (await ask("GET", `/api/deliveries?${query}`, undefined, token)).json.items;
    const [one] = await list(`destination=${slug}`);
    expect(one).toMatchObject({ status: "sent", entry_id: `${one.conversion_id}-1` });
    expect(await list("", tokens.blog)).toEqual([one]);
    expect(await list("", tokens.deals)).toEqual([]);
    expect(await list("", tokens.acme)).toEqual([]);
    expect(await list(`destination=${slug}&status=failed`)).toEqual([]);
    expect(await list(`destination=${slug}&type=conversion.reversed`)).toEqual([]);
    expect(await list(`conversion_id=${one.conversion_id}`)).toEqual([one]);
    expect(await list("from=2030-01-01")).toEqual([]);
    const path = `/api/deliveries/${one.delivery_id}?destination=${slug}`;
    expect((await ask("GET", path, undefined, tokens.deals)).status).toBe(404);
    expect((await ask("GET", path, undefined, tokens.blog)).status).toBe(200);
    for (const verb of ["pause", "resume", "test"])
      for (const token of [tokens.deals, tokens.analyst])
        expect([403, 404]).toContain((await ask("POST", `/api/destinations/${slug}/${verb}`, undefined, token)).status);
    expect((await ask("POST", `/api/destinations/${slug}/replay`, {}, tokens.blog)).status).toBe(422);
  });

  test("are sent again under a new ID, wait while it is paused, and can be ended then", async () => {
    const path = `/api/destinations/${slug}`;
    const before = receiver.told.length;
    const again = await ask("POST", `${path}/replay`, { statuses: ["sent"] }, tokens.blog);
    expect(again).toMatchObject({ status: 202, json: { deliveries: 1 } });
    await waitFor(() => receiver.told.length === before + 1);
    expect(new Set(receiver.told.slice(-2).map(({ query }) => query.id)).size).toBe(2);
    expect((await ask("POST", `${path}/pause`, undefined, tokens.blog)).json).toMatchObject({ status: "paused" });
    const { json } = await ask("POST", `${path}/test`, undefined, tokens.blog);
    expect((await ask("GET", `${path}/status`)).json).toMatchObject({ gate: "paused", waiting: 1 });
    const ended = await ask("POST", `${path}/cancel`, { ids: [json.delivery_id] }, tokens.blog);
    expect(ended.json).toEqual({ deliveries: 1 });
    expect(await statusOf(json.delivery_id)).toMatchObject({ reason: "cancelled" });
    expect((await ask("POST", `${path}/resume`, undefined, tokens.blog)).json).toMatchObject({ status: "active" });
    const audit = (await ask("GET", `/api/audit?subject=${slug}`)).json.items;
    expect(audit.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(["resume", "cancel", "replay", "test", "change", "create"]),
    );
  }, 60_000);

  test("of history are told by admins alone, with a dry run that changes nothing", async () => {
    const range = { from: "2026-01-01", to: "2026-01-02", dry_run: true };
    expect((await ask("POST", `/api/destinations/${slug}/backfill`, range, tokens.blog)).status).toBe(403);
    expect(await ask("POST", `/api/destinations/${slug}/backfill`, range)).toMatchObject({
      status: 202,
      json: { started: false, entries: 0, to_tell: 0 },
    });
    expect((await ask("POST", `/api/destinations/${slug}/backfill`, { ...range, to: "2025-12-31" })).status).toBe(422);
  });
});
