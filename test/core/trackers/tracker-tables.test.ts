/** What holds for every tracker's table, and that rubbish never throws. */
import { expect, test } from "vitest";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { CREDENTIAL_NAMES, isParameterName } from "../../../workers/core/postback/parameter-names.ts";
import { prepareSender } from "../../../workers/core/postback/sender.ts";
import { decideTracked, readTracked } from "../../../workers/core/trackers/decide-tracker.ts";
import { readForeignClick } from "../../../workers/core/trackers/foreign-click.ts";
import { PERSONAL_NAMES } from "../../../workers/core/trackers/personal-names.ts";
import { prepareTracker } from "../../../workers/core/trackers/prepare-tracker.ts";
import { SHARED_STATUSES } from "../../../workers/core/trackers/shared-statuses.ts";
import { trackersAnswer } from "../../../workers/core/trackers/tracker-answers.ts";
import { shapeOf } from "../../../workers/core/trackers/tracker-role.ts";
import { secretParameter } from "../../../workers/core/trackers/tracker-secret.ts";
import { TRACKER_TABLES } from "../../../workers/core/trackers/tracker-tables.ts";
import { ringOf } from "../keys.ts";
import { isSubIdTarget } from "./targets.ts";

const RING = await ringOf({ 1: 0x11 }, 1);
const CLICK = issueClickId(RING, {
  issuedAtMs: 1_790_000_000_000,
  link: 42,
  counter: 1,
  test: false,
  provisional: false,
});
const TOLD = { clickKeys: RING, nowMs: 1_790_000_100_000 };
const HEXADECIMAL = "3".repeat(45);
const DIGITS = /^\d+$/;

test("digits are no words that trackers share: only Affise's own are its statuses", () => {
  expect(Object.keys(SHARED_STATUSES).filter((word) => DIGITS.test(word))).toEqual([]);
  for (const [dialect, { words }] of TRACKER_TABLES) {
    const digits = Object.keys(words.statuses).filter((word) => DIGITS.test(word));
    expect([dialect, digits]).toEqual([dialect, dialect === "affise" ? ["1", "2", "3", "5"] : []]);
    expect(Object.keys(words.eventStatuses ?? {}).filter((word) => DIGITS.test(word))).toEqual([]);
    expect(Object.keys(words.events ?? {}).filter((word) => DIGITS.test(word))).toEqual([]);
  }
});

test.each([...TRACKER_TABLES])(
  "%s: names and words are in lower case, mean something of ours, and none is a person's",
  (_, { words, clickNames, secret }) => {
    for (const [name, target] of Object.entries(words.names)) {
      expect(name).toBe(name.toLowerCase());
      expect([name, isParameterName(target)]).toEqual([name, true]);
      expect([name, CREDENTIAL_NAMES.has(target)]).toEqual([name, false]);
      expect([name, words.forgotten.includes(name) || words.ignored.includes(name)]).toEqual([name, false]);
    }
    for (const name of PERSONAL_NAMES) expect(words.forgotten).toContain(name);
    const metas = Object.values(words.names).filter((target) => target.startsWith("meta."));
    expect(metas.length).toBeLessThanOrEqual(10);
    for (const word of [...Object.keys(words.statuses), ...Object.keys(words.statusLists ?? {})])
      expect(word).toBe(word.toLowerCase());
    for (const target of Object.values(clickNames)) expect([target, isSubIdTarget(target)]).toEqual([target, true]);
    if (secret !== null && "parameter" in secret) expect(secret.parameter).toBe(secret.parameter.toLowerCase());
  },
);

test.each([...TRACKER_TABLES])(
  "%s: every capture has its place, and every secret segment its capture",
  (_, { routes, secret }) => {
    for (const route of routes) {
      expect(route.path.startsWith("/") || route.path.startsWith("*/")).toBe(true);
      if (route.role === "postback" && secret !== null && "segment" in secret)
        expect(route.path).toContain(`{${secret.segment}}`);
    }
    expect(routes.some(({ role }) => role === "click")).toBe(true);
    expect(routes.some(({ role }) => role === "postback")).toBe(true);
  },
);

test.each([...TRACKER_TABLES])(
  "%s: a click ID of ours is no foreign one, in either spelling, and fits no segment's shape by chance",
  (_, table) => {
    expect(readForeignClick(table, CLICK)).toBeNull();
    expect(readForeignClick(table, CLICK.toUpperCase())).toBeNull();
    const forged = `${CLICK.slice(0, -1)}${CLICK.endsWith("0") ? "1" : "0"}`;
    expect(readForeignClick(table, forged)).toBeNull();
    expect(readForeignClick(table, HEXADECIMAL)).toBeNull();
    for (const filler of ["", "{subid}", "[CLICK_ID]", "REPLACE", "OPTIONAL", "null", "undefined", "0x", "a b"])
      expect([filler, readForeignClick(table, filler)]).toEqual([filler, null]);
    expect(shapeOf(table.clickId.shape).test(`${"1".repeat(20)}\n`)).toBe(false);
  },
);

test.each([...TRACKER_TABLES])(
  "%s: an answer never shows what was sent but letters and digits, and never hides that it is to be sent again",
  (_, table) => {
    const said = () => "";
    const shown = trackersAnswer(table, { reason: "malformed_click_id" }, said, '<script>"{message};');
    expect(shown?.body ?? "").not.toMatch(/[<>]|script.*script/);
    for (const reason of ["try_again", "rate_limited"] as const)
      expect(trackersAnswer(table, { reason }, said, "")).toBeNull();
    const taken = trackersAnswer(table, null, said, "");
    for (const reason of ["bad_token", "forged_click_id", "bad_amount"] as const)
      expect(trackersAnswer(table, { reason }, said, "")?.body).not.toBe(taken?.body ?? "-");
  },
);

/** A generator that repeats itself, so that what fails can be played again. */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`whatever comes by whichever name, nothing throws, and what is taken keeps to its bounds (SEED=${SEED})`, async () => {
  const draw = drawing(SEED);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[draw(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const sender = await prepareSender(
    {
      advertiser: 7,
      slug: "acme",
      auth: "open",
      allowedIps: [],
      pixel: true,
      credentials: [],
      mapping: { preset: "affise", statuses: { paid: "approved" } },
    },
    RING,
  );
  const texts = [
    CLICK,
    CLICK.toUpperCase(),
    "51ts6sgr1cbkdhljnrv",
    "4711",
    "",
    "%",
    "%ff",
    "%00",
    "{x}",
    "OPTIONAL",
    "-1",
    "-0",
    "1,5",
    "1e9",
    "999999999999999999",
    "approved",
    "rejected",
    "reversed",
    "reinstated",
    "reject",
    "1",
    "lead",
    "x".repeat(400),
    "%F0%9F%92%B8",
    "__proto__",
    "constructor",
    "a,b,,c",
    ",",
    " ",
    "%20lead%20",
  ];
  for (const [dialect, table] of TRACKER_TABLES) {
    const tracker = await prepareTracker(
      {
        tracker: 5,
        slug: dialect,
        dialect,
        advertiser: "acme",
        allowedIps: [],
        subIds: {},
        mapping:
          draw(2) === 0
            ? {}
            : { names: { zz: "txid", yy: "-" }, events: { constructor: "x" }, statuses: { "1": "pending" } },
      },
      new Map(),
    );
    if (!tracker) throw new Error(`${dialect} is not prepared`);
    const names = [
      ...Object.keys(table.words.names),
      ...Object.keys(table.words.statusLists ?? {}),
      ...Object.keys(table.words.flags ?? {}),
      ...table.words.ignored,
      ...table.words.forgotten,
      secretParameter(table) ?? "key",
      "zz",
      "yy",
      "__proto__",
      "constructor",
      "toString",
      "meta.x",
      "amount[]",
      "data[txid]",
      "",
    ];
    for (let time = 0; time < 400; time++) {
      const query = Array.from({ length: draw(8) }, () => `${pick(names)}=${pick(texts)}`).join("&");
      const role = pick(["postback", "pixel"] as const);
      const request = {
        method: "GET",
        target: `/x?${query}`,
        headers: new Headers(),
        body: new Uint8Array(0),
      } as const;
      const tracked = readTracked(tracker, request, { role, segments: {} }, RING);
      // Without a proof nothing but claims comes in, unless the advertiser believes anybody.
      const unbelieved = decideTracked(tracker, { ...sender, auth: pick(["token", "signed"]) }, tracked, TOLD);
      expect(unbelieved.ok ? unbelieved.value.channel : unbelieved.refusal.refusal.reason).toMatch(
        role === "pixel" ? /^pixel$|_/ : /^missing_token$/,
      );
      const decision = decideTracked(tracker, sender, tracked, TOLD);
      if (!decision.ok) continue;
      const { content, channel, tracker: of } = decision.value;
      expect(channel).toBe(role === "pixel" ? "pixel" : `tracker:${dialect}`);
      expect([...(content.txid ?? "")].length).toBeLessThanOrEqual(128);
      expect(Object.keys(content.meta ?? {}).length).toBeLessThanOrEqual(10);
      expect(content.clickId === undefined || content.clickId === CLICK).toBe(true);
      expect(content.clickId !== undefined && of?.clickId !== undefined).toBe(false);
      expect(content.clickId ?? of?.clickId ?? content.txid ?? content.coupon).toBeDefined();
      if (role === "pixel") expect(content.status).toBeUndefined();
      for (const name of Object.keys(content.unread ?? {}))
        expect(table.words.forgotten).not.toContain(name.toLowerCase());
    }
  }
});
