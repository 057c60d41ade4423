/** What each role may do is what its rights say: every call and every form of a page, made by every role. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { calls } from "../../workers/console/calls.ts";
import { PAGES } from "../../workers/console/routes.tsx";
import { KEPT_SECRET } from "../../workers/console/set-up/kept-secrets.ts";
import { RIGHTS } from "../../workers/core/rights.ts";
import { ROLES, type Role } from "../../workers/core/roles.ts";
import { plantSetUp } from "./books.ts";
import { ADMIN, type Answer, type Console, startConsole } from "./console.ts";

/** Only the bundler imports scripts and styles as texts; the pages that are asked run in workerd. */
vi.mock("../../workers/console/shell/assets.ts", () => ({ routeAssets: () => {}, assetPath: (name: string) => name }));

/** What is sent to be read and changes nothing, and the ways in and out. */
const ONLY_READ = ["/api/reconcile", "/receipts", "/reconcile", "/sign-in", "/sign-out", "/sessions"];

const SUBJECTS: Partial<Record<Role, string>> = { advertiser: "acme", affiliate: "blog" };

let api: Console;
const tokens = new Map<Role, string>([["admin", ADMIN]]);
const cookies = new Map<Role, string>();
beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  for (const role of ROLES) {
    if (role !== "admin") tokens.set(role, await tokenOf(role));
    cookies.set(role, await api.signIn(tokens.get(role)));
  }
});
afterAll(() => api.stop());

async function tokenOf(role: Role): Promise<string> {
  const subject = SUBJECTS[role];
  const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject && { subject }) });
  return String(Object(made.json).token);
}

function isOfARight(roles: readonly Role[]): boolean {
  return Object.values(RIGHTS).some((right) => right.roles === roles);
}

test("what is sent takes a right, but for what is only read", () => {
  const strays = [
    ...calls.filter(({ method }) => method !== "get").map(({ path, roles }) => ({ path, roles })),
    ...PAGES.filter(({ act, upload }) => act || upload).map(({ path, roles, actors = roles }) => ({
      path,
      roles: actors,
    })),
  ].filter(({ path, roles }) => !ONLY_READ.includes(path) && !isOfARight(roles));
  expect(strays.map(({ path }) => path)).toEqual([]);
});

function isRefused({ status, json }: Answer): boolean {
  return status === 403 && String(Object(json).detail).includes("may not make this call");
}

test.each(ROLES)("%s: every call that is not of its rights is refused, and none else that is read", async (role) => {
  const token = tokens.get(role);
  for (const { method, path, roles } of calls) {
    const isTheirs = roles.includes(role);
    // What is theirs and changes something is not made here.
    if (isTheirs && method !== "get") continue;
    if (path.startsWith("/receipts")) continue;
    const place = path.replaceAll(/:\w+/g, "nothing");
    const body = method === "get" ? undefined : {};
    const answer = await api.call(method.toUpperCase(), place, body, token);
    expect([method, path, isRefused(answer)]).toEqual([method, path, !isTheirs]);
  }
});

test.each(ROLES)("%s: every page and every form that is not of its rights is refused", async (role) => {
  const cookie = cookies.get(role) ?? "";
  const isForOthers = async (answer: Awaited<ReturnType<Console["fetch"]>>) =>
    answer.status === 403 && (await answer.text()).includes("This page is not for the role");
  for (const { path, roles, actors = roles, act, upload } of PAGES) {
    const place = path.replaceAll(/:\w+/g, "nothing");
    const shown = await api.fetch(place, { authorization: "", cookie });
    expect([path, await isForOthers(shown)]).toEqual([path, !roles.includes(role)]);
    if (!(act || upload) || actors.includes(role)) continue;
    const headers = {
      ...{ authorization: "", cookie, "sec-fetch-site": "same-origin" },
      "content-type": "application/x-www-form-urlencoded",
    };
    const sent = await api.fetch(place, headers, { method: "POST", body: "" });
    expect([path, "form", await isForOthers(sent)]).toEqual([path, "form", true]);
  }
});

test("a manager is told no secret of what it makes, and sends no kept one to an address of its own", async () => {
  const manager = tokens.get("manager");
  const advertiser = await api.call("POST", "/api/advertisers", { slug: "made", name: "Made" }, manager);
  expect([advertiser.status, "token" in Object(advertiser.json), "signing_secret" in Object(advertiser.json)]).toEqual([
    ...[201, false, false],
  ]);
  const webhook = { slug: "hook", name: "Hook", kind: "webhook", url: "https://hooks.example.com/in" };
  const made = await api.call("POST", "/api/destinations", webhook, manager);
  expect([made.status, Object(made.json).secret]).toEqual([201, null]);
  const told = {
    ...{ slug: "told", name: "Told", kind: "postback", url: "https://tracker.example.com/?key={secret.key}" },
    secrets: { key: "of-the-admin" },
  };
  expect((await api.call("POST", "/api/destinations", told)).status).toBe(201);
  const change = (body: object, token = manager) => api.call("PATCH", "/api/destinations/told", body, token);
  expect((await change({ name: "Still told" })).status).toBe(200);
  const elsewhere = { url: "https://manager.example.com/?key={secret.key}" };
  expect((await change(elsewhere)).text).toContain("The template takes {secret.key}: write it here.");
  expect((await change({ ...elsewhere, secrets: { key: KEPT_SECRET } })).status).toBe(422);
  expect((await change({ headers: [{ name: "x-key", value: "{secret.key}" }] })).status).toBe(422);
  expect((await change({ ...elsewhere, secrets: { key: "of-the-manager" } })).status).toBe(200);
  expect((await change({ url: "https://tracker.example.com/?key={secret.key}" }, ADMIN)).status).toBe(200);
});

test("an advertiser's page shows its secrets to who may see them", async () => {
  const page = async (role: Role) =>
    (await api.fetch("/advertisers/acme", { authorization: "", cookie: cookies.get(role) ?? "" })).text();
  expect(await page("admin")).toMatch(/whsec_[A-Za-z0-9]{16}/);
  expect(await page("manager")).not.toMatch(/whsec_[A-Za-z0-9]{16}/);
});
