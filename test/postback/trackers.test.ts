/** The door of other trackers: whose a message is, who is believed, what is not spoken, and what it answers where something fails. */
import { describe, expect, it } from "vitest";
import type { AdvertiserRecord, TrackerRecord } from "../../schema/records.ts";
import { relayRequest } from "../../workers/core/courier/relay-notice.ts";
import { REQUESTS_AT_ONCE } from "../../workers/postback/rates.ts";
import { ACME, type Answer, clickId, Door, trackerRecord } from "./door.ts";

const HOST = "tracker.example";
const KEY = "0f3ab1c2";
const CLICK = await clickId();
const ZETA: AdvertiserRecord = { ...ACME, advertiser: 8, slug: "zeta" };

async function doorWith(
  dialect: string,
  secret: string | null,
  rest: Partial<TrackerRecord> = {},
  ...more: AdvertiserRecord[]
) {
  const door = new Door(ACME, ...more);
  door.putTracker(await trackerRecord(dialect, secret, rest), HOST);
  return door;
}

const at = (door: Door, target: string, init: RequestInit = {}): Promise<Answer> =>
  door.sendRequest(new Request(`https://${HOST}${target}`, { redirect: "manual", ...init }));

describe("whose it is", () => {
  it("the advertiser's whose click it names; the tracker's where nobody knows the link, or the click is the old tracker's", async () => {
    const door = await doorWith("keitaro", KEY, {}, ZETA);
    await at(door, `/${KEY}/postback?subid=${CLICK}`);
    door.putOwner(42, "zeta");
    const later = await doorWith("keitaro", KEY, {}, ZETA);
    later.putOwner(42, "zeta");
    await at(later, `/${KEY}/postback?subid=${CLICK}`);
    await at(later, `/${KEY}/postback?subid=51ts6sgr1cbkdhljnrv`);
    expect(door.queued.map(({ advertiser }) => advertiser)).toEqual([7]);
    expect(later.queued.map(({ advertiser }) => advertiser)).toEqual([8, 7]);
  });

  it("nobody's where its advertiser is not published: the sender still has it", async () => {
    const door = await doorWith("keitaro", KEY, { advertiser: "nobody" });
    const answer = await at(door, `/${KEY}/postback?subid=51ts6sgr1cbkdhljnrv`);
    expect([answer.status, answer.json.reason, door.queued]).toEqual([503, "try_again", []]);
  });

  it("is read with the words of the advertiser whose click it names", async () => {
    const door = await doorWith("keitaro", KEY, {}, { ...ZETA, mapping: { statuses: { 1: "rejected" } } });
    door.putOwner(42, "zeta");
    await at(door, `/${KEY}/postback?subid=${CLICK}&status=1`);
    expect((await at(door, `/${KEY}/postback?subid=51ts6sgr1cbkdhljnrv&status=1`)).json.reason).toBe("bad_status");
    expect(door.queued).toMatchObject([{ advertiser: 8, content: { status: "rejected", originalStatus: "1" } }]);
  });
});

describe("who is believed", () => {
  it.each<[string, string | null, Partial<TrackerRecord>, Partial<AdvertiserRecord>, string | null, [number, string]]>([
    ["by the key", KEY, {}, { auth: "signed" }, null, [200, "accepted"]],
    ["by one of two keys", `older000\n${KEY}`, {}, {}, null, [200, "accepted"]],
    ["by no other key", "other000", {}, {}, null, [401, "bad_token"]],
    ["by its address", null, { allowedIps: ["192.0.2.0/24"] }, {}, "192.0.2.7", [200, "accepted"]],
    ["from no other address", null, { allowedIps: ["192.0.2.0/24"] }, {}, "198.51.100.7", [403, "address_not_allowed"]],
    ["without an address", null, { allowedIps: ["192.0.2.0/24"] }, {}, null, [403, "address_not_allowed"]],
    [
      "by both where both are set",
      KEY,
      { allowedIps: ["192.0.2.0/24"] },
      {},
      "198.51.100.7",
      [403, "address_not_allowed"],
    ],
    ["by neither, in open mode", null, {}, { auth: "open" }, null, [200, "accepted"]],
    ["by neither, in token mode", null, {}, { auth: "token" }, null, [401, "missing_token"]],
    ["by neither, in signed mode", null, {}, { auth: "signed" }, null, [401, "missing_token"]],
    [
      "in open mode from the advertiser's addresses only",
      null,
      {},
      { auth: "open", allowedIps: ["203.0.113.1"] },
      "192.0.2.7",
      [403, "address_not_allowed"],
    ],
    [
      "where a list of addresses cannot be read, nobody",
      null,
      { allowedIps: ["everywhere"] },
      { auth: "open" },
      "192.0.2.7",
      [403, "address_not_allowed"],
    ],
  ])("%s", async (_, secret, tracker, advertiser, address, answered) => {
    const door = await doorWith("keitaro", secret, tracker);
    door.put({ ...ACME, ...advertiser });
    const headers: HeadersInit = address === null ? {} : { "CF-Connecting-IP": address };
    const answer = await at(door, `/${KEY}/postback?subid=${CLICK}`, { headers });
    expect([answer.status, answer.json.reason ?? answer.json.status]).toEqual(answered);
    expect(door.queued).toHaveLength(answered[0] === 200 ? 1 : 0);
    if (answered[0] !== 200)
      expect(door.refused).toMatchObject([
        { channel: "tracker:keitaro", reason: answered[1], advertiser: 7, stranger: true },
      ]);
  });

  it("nobody, where the secret was sealed for another tracker", async () => {
    const other = await trackerRecord("voluum", KEY);
    const door = await doorWith("keitaro", null, other.sealed === undefined ? {} : { sealed: other.sealed });
    expect((await at(door, `/${KEY}/postback?subid=${CLICK}`)).json.reason).toBe("bad_token");
    expect(door.logs).toContain("tracker_secret_sealed_elsewhere");
  });

  it("a wrong secret stands in no log either, whatever the advertiser's own mapping says of its name", async () => {
    const door = await doorWith("affise", KEY);
    door.put({ ...ACME, mapping: { names: { secure: "meta.secure" } } });
    expect((await at(door, `/postback?clickid=${CLICK}&secure=mistyped`)).json.reason).toBe("bad_token");
    expect(door.refused).toMatchObject([{ reason: "bad_token", clickId: CLICK, params: { clickid: CLICK } }]);
    expect(door.logs + JSON.stringify(door.refused)).not.toContain("mistyped");
  });

  it("by an advertiser's own token nobody: it is not the tracker's", async () => {
    const door = await doorWith("affise", KEY);
    expect((await at(door, `/postback?clickid=${CLICK}&token=${KEY}`)).json.reason).toBe("missing_token");
  });
});

it.each<[string, string, Partial<TrackerRecord>, string]>([
  ["no key", `/postback?clickid=${CLICK}`, {}, "missing_token"],
  ["another key", `/postback?clickid=${CLICK}&secure=other000`, {}, "bad_token"],
  ["neither click nor order", `/postback?secure=${KEY}&sum=3`, {}, "names_nothing"],
  ["a path that is not spoken", "/some/other/path", {}, "not_spoken"],
  ["a link without an alias", "/click?pid=1&offer_id=2", {}, "unknown_alias"],
  ["a postback to what is closed", `/postback?clickid=${CLICK}&secure=${KEY}`, { closed: true }, "unknown_path"],
  ["a path of what is closed", "/some/other/path", { closed: true }, "unknown_path"],
])("with %s a sender reads nothing of what only we have", async (_, target, tracker, reason) => {
  const door = await doorWith("affise", KEY, tracker);
  const { json } = await at(door, target);
  expect(json.reason).toBe(reason);
  expect(json.message).toMatch(/\w/);
  expect(json.message).not.toMatch(/console|\/p\/|Bearer|advertiser|mapped|import|alias|click_id|txid/);
});

describe("everything else on the host", () => {
  it("is sent on to where the old tracker still is, with path and query, and bodies keep their method", async () => {
    const door = await doorWith("keitaro", KEY, { oldOrigin: "https://old.example" });
    const page = await at(door, "/lander/shoes/?a=b%20c");
    expect([page.status, page.headers.get("Location")]).toEqual([302, "https://old.example/lander/shoes/?a=b%20c"]);
    const posted = await at(door, "/admin_api/v1/clicks/update_costs", { method: "POST", body: "{}" });
    expect([posted.status, posted.headers.get("Location")]).toEqual([
      307,
      "https://old.example/admin_api/v1/clicks/update_costs",
    ]);
    const below = await door.sendRequest(
      new Request("https://postback.example/t/keitaro/no/such/path?x", { redirect: "manual" }),
    );
    expect([below.status, below.headers.get("Location")]).toEqual([302, "https://old.example/no/such/path?x"]);
    expect([door.queued, door.refused]).toEqual([[], []]);
  });

  it("a link that nobody imported is sent on as well, and the log has a row of it", async () => {
    const door = await doorWith("tune", null, { oldOrigin: "https://old.example" });
    const answer = await at(door, "/aff_c?offer_id=26&aff_id=1&aff_sub=ann%40example.com");
    expect([answer.status, answer.headers.get("Location")]).toEqual([
      302,
      "https://old.example/aff_c?offer_id=26&aff_id=1&aff_sub=ann%40example.com",
    ]);
    expect(door.refused).toMatchObject([{ reason: "unknown_alias", params: { alias: "26/1", path: "/aff_c" } }]);
    expect(JSON.stringify(door.refused)).not.toContain("example.com");
  });

  it("leads nowhere where the old tracker is gone: the log says what was asked for, and no secret", async () => {
    const door = await doorWith("keitaro", KEY);
    const answer = await at(door, `/lander/${KEY}/index.html?email=ann%40example.com`);
    expect([answer.status, answer.json.reason]).toEqual([404, "not_spoken"]);
    expect(door.refused).toMatchObject([
      {
        channel: "tracker:keitaro",
        reason: "not_spoken",
        params: { what: "a lander", path: "/lander/(hidden)/index.html" },
      },
    ]);
  });

  it("nowhere too, where the old host is this one", async () => {
    const door = await doorWith("keitaro", KEY, { oldOrigin: `https://${HOST}` });
    expect((await at(door, "/lander/")).status).toBe(404);
  });

  it("has an image where an image is asked for", async () => {
    const answer = await at(await doorWith("tune", null), "/aff_i?offer_id=26");
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "image/gif"]);
  });

  it.each(["/favicon.ico", "/robots.txt", "/apple-touch-icon-120x120-precomposed.png", "/.well-known/security.txt"])(
    "of %s, which browsers ask every host for, nothing stands in the log",
    async (path) => {
      const door = await doorWith("keitaro", KEY);
      expect((await at(door, path)).status).toBe(404);
      const old = await doorWith("keitaro", KEY, { oldOrigin: "https://old.example" });
      expect((await at(old, path)).headers.get("Location")).toBe(`https://old.example${path}`);
      expect([...door.refused, ...old.refused]).toEqual([]);
    },
  );

  it("a postback by another method is no postback", async () => {
    const door = await doorWith("keitaro", KEY);
    for (const method of ["HEAD", "PUT", "DELETE", "OPTIONS"])
      expect((await at(door, `/${KEY}/postback?subid=${CLICK}`, { method })).status).toBe(404);
    expect(door.queued).toEqual([]);
    expect(JSON.stringify(door.refused)).not.toContain(KEY);
  });

  it("our own doors stand there as well", async () => {
    const door = await doorWith("keitaro", KEY);
    expect((await at(door, "/p/acme?txid=A-1")).json.reason).toBe("missing_token");
    expect((await at(door, "/p/acme/postback", { method: "POST" })).json.reason).toBe("unknown_path");
  });
});

describe("where nothing is set up", () => {
  it.each([
    `https://${HOST}/${KEY}/postback`,
    "https://postback.example/t/keitaro/x",
    "https://postback.example/t/KEITARO",
  ])("%s leads nowhere", async (url) => {
    const door = new Door(ACME);
    const answer = await door.sendRequest(new Request(url));
    expect([answer.status, answer.json.reason]).toEqual([404, "unknown_path"]);
    expect(door.refused).toEqual([]);
  });

  it("nor does what is of a dialect that this version does not know", async () => {
    const door = await doorWith("keitaro", KEY, { dialect: "a younger one" });
    expect((await at(door, `/${KEY}/postback?subid=${CLICK}`)).json.reason).toBe("unknown_path");
  });

  it("nor does what is closed, and the log has the postbacks that came meanwhile", async () => {
    const door = await doorWith("tune", KEY, { closed: true, oldOrigin: "https://old.example" });
    const answer = await at(door, `/aff_lsr?transaction_id=${CLICK}&amount=40&security_token=${KEY}`);
    expect([answer.status, answer.json.reason]).toEqual([404, "unknown_path"]);
    expect(door.queued).toEqual([]);
    expect(door.refused).toMatchObject([
      { channel: "tracker:tune", reason: "unknown_path", params: { transaction_id: CLICK, amount: "40" } },
    ]);
    expect(JSON.stringify(door.refused)).not.toContain(KEY);
    for (const path of ["/aff_i?offer_id=26", "/other"])
      expect([path, (await at(door, path)).json.reason]).toEqual([path, "unknown_path"]);
    expect(door.refused).toHaveLength(1);
  });

  it("a host is one in any case, with or without its port", async () => {
    const door = await doorWith("keitaro", KEY);
    expect(
      (await door.sendRequest(new Request(`https://TRACKER.example:8443/${KEY}/postback?subid=${CLICK}`))).status,
    ).toBe(200);
    expect(
      (await door.sendRequest(new Request(`https://x.tracker.example/${KEY}/postback?subid=${CLICK}`))).status,
    ).toBe(404);
  });
});

describe("what failed is said so that it is sent again", () => {
  it.each(["keitaro", "tune", "prosper202"])("%s hears 503 where the queue cannot take it", async (dialect) => {
    const door = await doorWith(dialect, null);
    door.put({ ...ACME, auth: "open" });
    door.faults.postbacks = ["throws", "throws"];
    const [path, name] =
      {
        tune: ["/aff_lsr", "transaction_id"],
        prosper202: ["/tracking202/static/gpb.php", "subid"],
        keitaro: [`/${KEY}/postback`, "subid"],
      }[dialect] ?? [];
    const answer = await at(door, `${path}?${name}=${CLICK}`);
    expect([answer.status, answer.json.reason, answer.headers.get("Retry-After")]).toEqual([503, "try_again", "5"]);
  });

  it("over the rate, too, where we would say 429", async () => {
    const door = await doorWith("tune", KEY);
    door.rates.SENDER_RATE = 0;
    let last: Answer | undefined;
    for (let time = 0; time < REQUESTS_AT_ONCE; time++)
      last = await at(door, `/aff_lsr?transaction_id=${CLICK}&security_token=${KEY}`);
    expect([last?.status, last?.json.reason]).toEqual([503, "rate_limited"]);
  });

  it("and where the edge's records cannot be read", async () => {
    const door = await doorWith("keitaro", KEY);
    door.faults.kv = "throws";
    expect((await at(door, `/${KEY}/postback?subid=${CLICK}`)).status).toBe(503);
  });
});

it("what keeps coming is read once: one record of the tracker, one of the link's owner, one of the advertiser", async () => {
  const door = await doorWith("keitaro", KEY);
  door.putOwner(42, "acme");
  for (let time = 0; time < 5; time++) await at(door, `/${KEY}/postback?subid=${CLICK}&tid=${time}`);
  expect([door.queued.length, door.kvReads]).toEqual([5, 3]);
});

describe("a click that the old tracker may know", () => {
  const relayed = { oldOrigin: "https://old.example", relayUntilMs: Date.now() + 86_400_000 };
  const FOREIGN = "51ts6sgr1cbkdhljnrv";
  const query = `subid=${FOREIGN}&status=lead&ip=192.0.2.9`;

  it("brings the request along as it came, for the old tracker, as long as set-up says so", async () => {
    const door = await doorWith("keitaro", KEY, relayed);
    await at(door, `/${KEY}/postback?${query}`);
    await at(door, `/${KEY}/postback?a=b`, {
      method: "POST",
      body: new URLSearchParams({ subid: FOREIGN, note: "a&b" }),
    });
    await door.sendRequest(new Request(`https://postback.example/t/keitaro/${KEY}/postback?${query}`));
    expect(door.queued.map(({ tracker }) => tracker)).toEqual([
      { number: 5, clickId: FOREIGN, target: `/${KEY}/postback?${query}` },
      { number: 5, clickId: FOREIGN, target: `/${KEY}/postback?a=b&subid=${FOREIGN}&note=a%26b` },
      { number: 5, clickId: FOREIGN, target: `/${KEY}/postback?${query}` },
    ]);
    expect(JSON.stringify(door.queued.map(({ content }) => content))).not.toContain("192.0.2.9");
  });

  it.each<[string, string | null, Partial<TrackerRecord>, string]>([
    ["of ours", KEY, relayed, `subid=${CLICK}`],
    ["after that time", KEY, { ...relayed, relayUntilMs: 1 }, query],
    ["without an old host", KEY, { relayUntilMs: relayed.relayUntilMs }, query],
    ["of a test", KEY, { ...relayed, test: true }, query],
    ["in a request of more than 4,096 characters", KEY, relayed, `${query}&long=${"x".repeat(4_096)}`],
  ])("brings nothing along %s", async (_, secret, rest, sent) => {
    const door = await doorWith("keitaro", secret, rest);
    expect((await at(door, `/${KEY}/postback?${sent}`)).status).toBe(200);
    expect(door.queued.map(({ tracker }) => tracker?.target)).toEqual([undefined]);
  });

  it("brings nothing along that was relayed already: an old host may lead to one that is spoken here", async () => {
    const door = await doorWith("keitaro", KEY, relayed);
    const told = relayRequest("https://old.example", `/${KEY}/postback?${query}`);
    expect(told.ok).toBe(true);
    const headers = told.ok ? Object.fromEntries(told.value.headers) : {};
    await at(door, `/${KEY}/postback?${query}`, { headers });
    expect(door.queued.map(({ tracker }) => tracker?.target)).toEqual([undefined]);
  });

  it.each([
    ["secure=a&clickid=F", "affise", "secure=a&clickid=F"],
    ["token=a&cid=F", "voluum", "cid=F"],
    ["cid=F&%74OKEN=a&x=%zz", "voluum", "cid=F&x=%zz"],
  ])(
    "brings along what the old tracker knows, and no secret that is set-up's here: %s",
    async (sent, dialect, told) => {
      const id = dialect === "voluum" ? "wUHBTLI5MVGHQU9M170TMJ8U" : "5f1d7a84b9e3c20001a2b3c4";
      const door = await doorWith(dialect, "a", relayed);
      await at(door, `/postback?${sent.replace("F", id)}`);
      await at(door, "/postback", { method: "POST", body: new URLSearchParams(sent.replace("F", id)) });
      const [asSent, posted] = door.queued.map(({ tracker }) => tracker?.target);
      expect(asSent).toBe(`/postback?${told.replace("F", id)}`);
      expect(new URLSearchParams(posted?.slice("/postback?".length))).toEqual(
        new URLSearchParams(told.replace("F", id)),
      );
    },
  );

  it("brings nothing along by the pixel", async () => {
    const door = await doorWith("voluum", null, relayed);
    door.put({ ...ACME, pixel: true });
    await at(door, "/conversion.gif?cid=wUHBTLI5MVGHQU9M170TMJ8U");
    expect(door.queued.map(({ tracker }) => tracker)).toEqual([
      { number: 5, clickId: "wUHBTLI5MVGHQU9M170TMJ8U", unproven: true },
    ]);
  });

  it("says where nobody vouched for it: whose the click is is known only behind the door", async () => {
    const door = await doorWith("voluum", null, relayed);
    door.put({ ...ACME, auth: "open" });
    await at(door, "/postback?cid=wUHBTLI5MVGHQU9M170TMJ8U");
    expect(door.queued).toMatchObject([{ advertiser: 7, tracker: { unproven: true } }]);
  });
});

it("an address is kept as a hash, and of a pixel's visitor not at all", async () => {
  const door = await doorWith("voluum", KEY);
  door.put({ ...ACME, pixel: true });
  const headers = { "CF-Connecting-IP": "192.0.2.7" };
  await at(door, `/postback?cid=${CLICK}&token=${KEY}`, { headers });
  await at(door, `/conversion.gif?cid=${CLICK}`, { headers });
  expect(door.queued.map(({ addressHash }) => typeof addressHash)).toEqual(["string", "undefined"]);
});

it.each([
  [`${HOST}.`, 200, "accepted"],
  [`${HOST}:8443`, 200, "accepted"],
  [`${"a".repeat(600)}.example`, 404, "unknown_path"],
])("of the host %s there is a tracker or none, and no failure", async (host, status, became) => {
  const door = await doorWith("keitaro", KEY);
  const { status: answered, json } = await door.sendRequest(
    new Request(`https://${host}/${KEY}/postback?subid=${CLICK}`),
  );
  expect([answered, json.reason ?? json.status]).toEqual([status, became]);
});
