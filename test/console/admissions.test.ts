/** Affiliates apply for offers and make links of their own; operators decide; and neither reaches beyond what is theirs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOST_OPEN_APPLICATIONS } from "../../workers/core/promoting.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
const tokens = { acme: "", blog: "", deals: "", late: "" };

const offer = (slug: string, more: object = {}) =>
  api.call("POST", "/api/offers", {
    slug,
    name: slug,
    advertiser: "acme",
    destination: "https://shop.example/?c={click_id}",
    currency: "USD",
    events: [{ name: "sale", payout: { percent: "10" } }],
    ...more,
  });

beforeAll(async () => {
  api = await startConsole();
  await api.call("POST", "/api/advertisers", { slug: "acme", name: "Acme" });
  for (const slug of ["blog", "deals", "late"]) await api.call("POST", "/api/affiliates", { slug, name: slug });
  await offer("hidden", { links_by_affiliate: true });
  await offer("asked", { access: "apply", links_by_affiliate: true });
  await offer("open", { access: "open", links_by_affiliate: true });
  await offer("served", { access: "open" });
  await api.call("PATCH", "/api/affiliates/late", { status: "paused" });
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
    ["deals", "affiliate"],
    ["late", "affiliate"],
  ] as const) {
    const { json } = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = Object(json).token;
  }
});
afterAll(() => api.stop());

async function offersOf(token: string): Promise<string[]> {
  const { json } = await api.call("GET", "/api/offers", undefined, token);
  return Object(json).items.map(({ slug }: { slug: string }) => slug);
}

async function admissionsOf(token?: string): Promise<{ offer: string; affiliate: string; state: string }[]> {
  return Object((await api.call("GET", "/api/admissions", undefined, token)).json).items;
}

const post = (path: string, token: string, body?: object) => api.call("POST", path, body, token);
const rule = (path: string, body: object, token?: string) => api.call("PUT", `/api/offers/${path}`, body, token);

describe("the catalogue", () => {
  test("is what is shown to all, while both are active", async () => {
    expect(await offersOf(tokens.blog)).toEqual(["asked", "open", "served"]);
    expect(await offersOf(tokens.late)).toEqual([]);
    await api.call("PATCH", "/api/offers/served", { status: "paused" });
    expect(await offersOf(tokens.blog)).toEqual(["asked", "open"]);
    await api.call("PATCH", "/api/offers/served", { status: "active" });
  });

  test("tells nothing of an offer that is private", async () => {
    for (const path of ["/api/offers/hidden/applications", "/api/offers/hidden/links"])
      expect((await post(path, tokens.blog, {})).status).toBe(404);
    expect((await api.call("GET", "/api/offers/hidden", undefined, tokens.blog)).status).toBe(404);
  });

  test("has the affiliate's terms, and not where clicks go", async () => {
    const { json } = await api.call("GET", "/api/offers/asked", undefined, tokens.blog);
    expect(json).toMatchObject({ access: "apply", links_by_affiliate: true, events: [{ payout: { percent: "10" } }] });
    expect(Object(json)).not.toHaveProperty("destination");
  });
});

describe("an application", () => {
  test("waits, is seen by its affiliate and operators alone, and says nothing twice", async () => {
    const made = await post("/api/offers/asked/applications", tokens.blog, { note: "  my newsletter " });
    expect(made).toMatchObject({
      status: 201,
      json: { offer: "asked", affiliate: "blog", state: "applied", note: "my newsletter", decided_at: null },
    });
    expect(Object(made.json)).not.toHaveProperty("decided_by");
    const again = await post("/api/offers/asked/applications", tokens.blog, {});
    expect(again).toMatchObject({ status: 409, json: { detail: expect.stringContaining("has not decided") } });
    expect(await admissionsOf(tokens.blog)).toHaveLength(1);
    expect(await admissionsOf(tokens.deals)).toEqual([]);
    expect((await api.call("GET", "/api/admissions", undefined, tokens.acme)).status).toBe(403);
    expect((await post("/api/offers/asked/links", tokens.blog)).status).toBe(409);
  });

  test("is decided by the operator, with a reason, which lets links be made or not", async () => {
    const refused = await rule("asked/admissions/blog", { state: "refused", reason: "no newsletters" });
    expect(refused).toMatchObject({ status: 200, json: { state: "refused", decided_by: "console token" } });
    const [own] = await admissionsOf(tokens.blog);
    expect(own).toMatchObject({ state: "refused", reason: "no newsletters", note: "my newsletter" });
    expect(own).not.toHaveProperty("decided_by");
    expect((await post("/api/offers/asked/applications", tokens.blog, {})).status).toBe(409);
    expect((await rule("asked/admissions/blog", { state: "admitted" })).json).toMatchObject({ reason: null });
    const link = await post("/api/offers/asked/links", tokens.blog);
    expect(link).toMatchObject({ status: 201, json: { offer: "asked", affiliate: "blog", destination: null } });
    const { items } = Object((await api.call("GET", "/api/audit?kind=admission")).json);
    expect(items.map(({ action }: { action: string }) => action)).toEqual(["admit", "refuse", "apply"]);
  });

  test("is nobody's to decide but the operator's", async () => {
    for (const token of Object.values(tokens))
      expect((await rule("asked/admissions/deals", { state: "admitted" }, token)).status).toBe(403);
    expect((await rule("asked/admissions/nobody", { state: "admitted" })).status).toBe(404);
    expect((await rule("nothing/admissions/deals", { state: "admitted" })).status).toBe(404);
    expect((await rule("asked/admissions/deals", { state: "applied" })).status).toBe(422);
  });

  test("an operator invites to what is private, and refuses at what is open", async () => {
    await rule("hidden/admissions/deals", { state: "admitted" });
    expect(await offersOf(tokens.deals)).toContain("hidden");
    expect((await post("/api/offers/hidden/links", tokens.deals)).status).toBe(201);
    await rule("open/admissions/deals", { state: "refused", reason: "not from deals" });
    expect(await post("/api/offers/open/links", tokens.deals)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining("refused") },
    });
  });

  test("no more wait than there is room for, also of many at once", async () => {
    const names = Array.from({ length: MOST_OPEN_APPLICATIONS + 3 }, (_, index) => `many-${index}`);
    for (const name of names) await offer(name, { access: "apply" });
    const answers: number[] = [];
    for (let at = 0; at < names.length; at += 4)
      answers.push(
        ...(await Promise.all(
          names
            .slice(at, at + 4)
            .map(async (name) => (await post(`/api/offers/${name}/applications`, tokens.deals, {})).status),
        )),
      );
    expect(answers.filter((status) => status === 201)).toHaveLength(MOST_OPEN_APPLICATIONS);
    expect(answers.filter((status) => status === 409)).toHaveLength(3);
    const waiting = await api.call("GET", "/api/admissions?state=applied&affiliate=deals&limit=1000");
    expect(Object(waiting.json).items).toHaveLength(MOST_OPEN_APPLICATIONS);
  });
});

describe("a link of one's own", () => {
  test("has a slug of ours, is live at the edge, and is nobody else's", async () => {
    const made = await post("/api/offers/open/links", tokens.blog);
    const { slug, url } = Object(made.json);
    expect(slug).toMatch(/^[0-9a-z]{7}$/);
    expect(url).toMatch(new RegExp(`/c/${slug}$`));
    expect(await api.env.EDGE.get(`link:${slug}`)).not.toBeNull();
    for (const verb of ["pause", "resume"])
      expect((await post(`/api/links/${slug}/${verb}`, tokens.deals)).status).toBe(404);
  });

  test("is refused where the operator makes links, and to operators and advertisers under this path", async () => {
    expect(await post("/api/offers/served/links", tokens.blog)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining("made by the operator") },
    });
    expect((await post("/api/offers/open/links", tokens.acme)).status).toBe(403);
    expect((await api.call("POST", "/api/offers/open/links")).status).toBe(403);
  });

  test("cannot be given a slug, a destination or another affiliate, nor be changed otherwise", async () => {
    const body = { offer: "open", affiliate: "deals", slug: "brand" };
    expect((await post("/api/links", tokens.blog, body)).status).toBe(403);
    const { slug } = Object((await post("/api/offers/open/links", tokens.blog)).json);
    const change = { destination: "https://evil.example/" };
    expect((await api.call("PATCH", `/api/links/${slug}`, change, tokens.blog)).status).toBe(403);
  });

  test("is paused and resumed by its affiliate, but not resumed when the operator paused or ended it", async () => {
    const { slug } = Object((await post("/api/offers/open/links", tokens.blog)).json);
    const turn = (verb: string) => post(`/api/links/${slug}/${verb}`, tokens.blog);
    const atEdge = async () => JSON.parse((await api.env.EDGE.get(`link:${slug}`)) ?? "{}");
    const live = await atEdge();
    expect(await turn("pause")).toMatchObject({ status: 200, json: { status: "paused", paused_by: "affiliate" } });
    expect(await atEdge()).not.toEqual(live);
    expect(await turn("pause")).toMatchObject({ status: 200 });
    expect(await turn("resume")).toMatchObject({ status: 200, json: { status: "active", paused_by: null } });
    await turn("pause");
    // The operator's word on the status takes the place of the affiliate's.
    await api.call("PATCH", `/api/links/${slug}`, { status: "paused" });
    expect((await turn("resume")).status).toBe(409);
    await api.call("PATCH", `/api/links/${slug}`, { status: "ended" });
    expect([(await turn("pause")).status, (await turn("resume")).status]).toEqual([409, 409]);
    const changes = Object((await api.call("GET", `/api/audit?kind=link&subject=${slug}`)).json).items;
    expect(changes.map(({ action, role }: { action: string; role: string }) => `${role} ${action}`)).toEqual([
      "admin change",
      "admin change",
      "affiliate change",
      "affiliate change",
      "affiliate change",
      "affiliate create",
    ]);
  });
});
