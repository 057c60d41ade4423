/** Other trackers' hosts at the click worker: placed links are clicks on ours, unknown ones go on to the old tracker, all else is the postback worker's, and ordinary clicks notice nothing. */
import { beforeEach, describe, expect, test } from "vitest";
import { aliasKey, type TrackerRecord, trackerKeyOfHost, trackerKeyOfPath } from "../../schema/records.ts";
import { readClickId } from "../../workers/core/click-id.ts";
import { openKeyRing } from "../../workers/core/key-ring.ts";
import { roleOf } from "../../workers/core/trackers/tracker-role.ts";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";
import { CLICK_KEYS, type Edge, locationOf, startEdge } from "./edge.ts";

const HOST = "https://trk.example.com";
const TRACKER: TrackerRecord = {
  tracker: 1,
  slug: "old",
  dialect: "keitaro",
  advertiser: "acme",
  allowedIps: [],
  subIds: { keyword: "sub3", clid: "external_id" },
};
let edge: Edge;

beforeEach(() => {
  edge = startEdge();
  publish({});
  alias("x7Kd93ab", "demo");
});

function publish(change: Partial<TrackerRecord>): void {
  const record = { ...TRACKER, ...change };
  for (const key of [trackerKeyOfHost("trk.example.com"), trackerKeyOfPath("old")]) edge.stored.set(key, record);
}

function alias(name: string, link: string): void {
  edge.stored.set(aliasKey("old", name), { link });
}

/** The click of an answer that leads on. */
async function clickOf(answer: Response) {
  const read = await readClickId(
    await openKeyRing("CLICK_KEYS", CLICK_KEYS),
    locationOf(answer).searchParams.get("click_id") ?? "",
  );
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

describe("a placed link", () => {
  test.each([
    ["on its host", `${HOST}/x7Kd93ab`],
    ["in another case of the host", "https://TRK.Example.com/x7Kd93ab"],
    ["at another port", "https://trk.example.com:8443/x7Kd93ab"],
    ["below the path where it is tried", "https://go.example/t/old/x7Kd93ab"],
    ["with what sticks to it", `${HOST}/x7Kd93ab).`],
    ["with a slash behind it", `${HOST}/x7Kd93ab/`],
  ])("is a click on the link that its alias names: %s", async (_, address) => {
    const answer = await edge.visit(`${address}?sub_id_1=a&keyword=red%20shoes&clid=e1&other=x`);
    expect(answer.status).toBe(302);
    expect(locationOf(answer).origin).toBe("https://shop.example");
    await edge.settle();
    const [click] = edge.clicks();
    expect(click).toMatchObject({ externalId: "e1" });
    expect(await clickOf(answer)).toMatchObject({ link: 7, test: false });
    expect(click?.subs).toEqual(["a", "", "red shoes"]);
    expect(click?.clickId).toBe(locationOf(answer).searchParams.get("click_id"));
    expect(edge.handedOver).toEqual([]);
  });

  test("answers HEAD with a redirect, and other methods are the postback worker's", async () => {
    expect((await edge.visit(`${HOST}/x7Kd93ab`, { method: "HEAD" })).status).toBe(302);
    await edge.visit(`${HOST}/x7Kd93ab`, { method: "POST" });
    await edge.visit(`${HOST}/x7Kd93ab`, { method: "PUT" });
    expect(edge.handedOver).toEqual([`POST ${HOST}/x7Kd93ab`, `PUT ${HOST}/x7Kd93ab`]);
  });

  test("keeps consent and test ours", async () => {
    edge.publish("demo", { test: true });
    const denied = locationOf(await edge.visit(`${HOST}/x7Kd93ab?consent=0&keyword=red`));
    expect(denied.searchParams.get("click_id")).toBe("");
    expect(await clickOf(await edge.visit(`${HOST}/x7Kd93ab?test=1`))).toMatchObject({ test: true });
    await edge.settle();
    expect(edge.clicks().map(({ subs }) => subs)).toEqual([undefined, undefined]);
  });

  test("of a dialect with a deep link leads to that page", async () => {
    publish({ dialect: "tune" });
    alias("12/34", "demo");
    edge.publish("demo", { deepLinkHosts: ["shop.example"] });
    const url = encodeURIComponent("https://shop.example/p/42");
    const answer = await edge.visit(`${HOST}/aff_c?offer_id=12&aff_id=34&aff_sub=news&url=${url}`);
    expect(locationOf(answer).pathname).toBe("/p/42");
    await edge.settle();
    expect(edge.clicks()[0]?.subs).toEqual(["news"]);
  });

  test("falls back to what it names otherwise", async () => {
    publish({ dialect: "tune" });
    alias("12/34", "demo");
    expect((await edge.visit(`${HOST}/aff_c?offer_id=12&aff_id=34&url_id=5`)).status).toBe(302);
    edge.publish("other", { link: 8 });
    alias("12/34/5", "other");
    const fresh = await edge.visit(`${HOST}/aff_c?offer_id=12&aff_id=34&url_id=5&x=1`);
    expect(fresh.status).toBe(302);
  });

  test("whose link is paused, or not there, is answered as that link is", async () => {
    edge.publish("demo", { closed: "link_paused", fallbackUrl: "https://shop.example/over" });
    expect(locationOf(await edge.visit(`${HOST}/x7Kd93ab`)).href).toBe("https://shop.example/over");
    alias("lost", "nowhere");
    expect((await edge.visit(`${HOST}/lost`)).status).toBe(404);
  });

  test("of a tracker that is closed leads nowhere", async () => {
    publish({ closed: true, oldOrigin: "https://old.example.com" });
    expect((await edge.visit(`${HOST}/x7Kd93ab`)).status).toBe(410);
    await edge.visit(`${HOST}/0f3ab1c2/postback?subid=1`);
    expect(edge.handedOver).toHaveLength(1);
  });
});

describe("a link without an alias", () => {
  test("goes on to the old tracker as it came, with no click of ours", async () => {
    publish({ oldOrigin: "https://old.example.com" });
    const address = "/unknown/?a=%20b&sub_id_1=c&url=https://x.example/%3Fd";
    for (const place of [HOST, "https://go.example/t/old"]) {
      const answer = await edge.visit(`${place}${address}`);
      expect([answer.status, answer.headers.get("location")]).toEqual([302, `https://old.example.com${address}`]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    await edge.settle();
    expect(edge.clicks()).toEqual([]);
    // For the log, which says so.
    expect(edge.handedOver).toEqual([`GET ${HOST}${address}`, `GET https://go.example/t/old${address}`]);
  });

  test("is answered as a link of ours that is not there, where there is no old tracker, and logged by the postback worker", async () => {
    const ours = await edge.visit("/c/nowhere");
    for (const place of [HOST, "https://go.example/t/old"]) {
      const answer = await edge.visit(`${place}/unknown?a=1`);
      expect([answer.status, await answer.clone().text(), [...answer.headers]]).toEqual([
        404,
        "There is no such link.\n",
        [...ours.headers],
      ]);
    }
    await edge.settle();
    expect(edge.handedOver).toEqual([`GET ${HOST}/unknown?a=1`, "GET https://go.example/t/old/unknown?a=1"]);
  });
});

describe("everything else", () => {
  test.each([
    ["a postback", "/0f3ab1c2/postback?subid=1&payout=2"],
    ["a lander", "/lander/shoes/index.html"],
    ["what no table knows", "/a/b/c"],
  ])("%s is handed over with its address as it came", async (_, target) => {
    for (const place of [HOST, "https://go.example/t/old"]) await edge.visit(`${place}${target}`);
    expect(edge.handedOver).toEqual([`GET ${HOST}${target}`, `GET https://go.example/t/old${target}`]);
  });

  test("of a dialect that this version does not know is handed over too", async () => {
    publish({ dialect: "of tomorrow" });
    await edge.visit(`${HOST}/x7Kd93ab`);
    expect(edge.handedOver).toEqual([`GET ${HOST}/x7Kd93ab`]);
  });

  test("on a host that is no tracker's is 404, and so is a path below /t/ that is nobody's", async () => {
    for (const address of ["/x7Kd93ab", "/t/nobody/x7Kd93ab", "/t/", "/t", "/t/Old.x/y"])
      expect((await edge.visit(address)).status).toBe(404);
    expect(edge.handedOver).toEqual([]);
  });

  test("in a folder of its host that is called as the path where trackers are tried is still that host's", async () => {
    publish({ dialect: "prosper202" });
    alias("123", "demo");
    const answer = await edge.visit(`${HOST}/t/tracking202/redirect/dl.php?t202id=123`);
    expect(await clickOf(answer)).toMatchObject({ link: 7 });
    expect(edge.handedOver).toEqual([]);
  });

  test("that KV cannot say anything of comes again, unless it was known", async () => {
    edge = startEdge("0");
    publish({});
    alias("x7Kd93ab", "demo");
    edge.faults.kv = () => Promise.reject(new Error("KV is away"));
    expect((await edge.visit(`${HOST}/x7Kd93ab`)).status).toBe(503);
    edge.faults.kv = null;
    expect((await edge.visit(`${HOST}/x7Kd93ab`)).status).toBe(302);
    edge.faults.kv = () => Promise.reject(new Error("KV is away"));
    expect((await edge.visit(`${HOST}/x7Kd93ab`)).status).toBe(302);
  });
});

describe("links of ours", () => {
  test("work on a tracker's host too, and ask for no tracker", async () => {
    for (const address of [`${HOST}/c/demo`, "https://go.example/c/demo", `${HOST}/c/demo).&sub1=a`])
      expect((await edge.visit(address)).status).toBe(302);
    expect(edge.reads.filter((key) => key.startsWith("tracker:"))).toEqual([]);
    expect(edge.handedOver).toEqual([]);
  });

  test("have paths that no table speaks of: so nobody looks whose host it is", () => {
    for (const [dialect, table] of TRACKER_TABLES)
      for (const path of ["/c/demo", "/c/demo/", "/c/demo)."])
        expect([dialect, path, roleOf(table, { method: "GET", path, query: "?sub1=a" }).role]).toEqual([
          dialect,
          path,
          "unlisted",
        ]);
  });
});
