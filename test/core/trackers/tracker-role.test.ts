/** Which role a request has on each tracker's host: placed links become aliases, postbacks are told from clicks, and ours lose only where a table claims the path. */
import { expect, test } from "vitest";
import { roleOf } from "../../../workers/core/trackers/tracker-role.ts";
import { TRACKER_TABLES } from "../../../workers/core/trackers/tracker-tables.ts";

const UUID = "6F1F0B9e-2d43-4c5a-9a61-0b3a7a1f4c11";

function roleAt(dialect: string, target: string, method = "GET", subIds: Record<string, string> = {}) {
  const table = TRACKER_TABLES.get(dialect);
  if (!table) throw new Error(`there is no ${dialect}`);
  const [path = "", ...query] = target.split("?");
  return roleOf(table, { method, path, query: query.length === 0 ? "" : `?${query.join("?")}` }, subIds);
}

test.each([
  ["keitaro", "/x7Kd93ab?sub_id_1=a&sub_id_2=b%20c&kw=d", { alias: "x7Kd93ab", query: "?sub1=a&sub2=b%20c&kw=d" }],
  ["keitaro", "/x7Kd93ab/", { alias: "x7Kd93ab", query: "" }],
  ["keitaro", "/x7Kd93ab).", { alias: "x7Kd93ab).", otherwise: "x7Kd93ab", query: "" }],
  ["keitaro", "/?x7Kd93ab&sub_id_1=a", { alias: "?x7Kd93ab", query: "?sub1=a" }],
  ["keitaro", "/?x7Kd93ab=&sub_id_1=a", { alias: "?x7Kd93ab", query: "?sub1=a" }],
  ["keitaro", "/caf%C3%A9", { alias: "café", query: "" }],
  ["voluum", `/${UUID}?zone=7`, { alias: UUID.toLowerCase(), query: "?zone=7" }],
  ["voluum", `/${UUID}%22`, { alias: UUID.toLowerCase(), query: "" }],
  ["tune", "/aff_c?offer_id=12&aff_id=34&aff_sub=x&aff_sub2=y", { alias: "12/34", query: "?sub1=x&sub2=y" }],
  ["tune", "/aff_c?aff_id=34&amp;offer_id=12&source=z", { alias: "12/34", query: "?sub6=z" }],
  ["tune", "/aff_c?offer_id=12&aff_id=34&url_id=5", { alias: "12/34/5", otherwise: "12/34", query: "" }],
  ["tune", "/aff_c?offer_id=12&aff_id=34&url_id=", { alias: "12/34", query: "" }],
  ["tune", "/SH1v", { alias: "SH1v", query: "" }],
  ["everflow", "/28KL6/2CTPL/?sub1=a", { alias: "28KL6/2CTPL", query: "?sub1=a" }],
  ["everflow", "/28KL6/2CTPL?uid=9&sub1=a", { alias: "28KL6/2CTPL/9", otherwise: "28KL6/2CTPL", query: "?sub1=a" }],
  ["affise", "/click?pid=34&offer_id=12&sub1=a&ref_id=r", { alias: "12/34", query: "?sub1=a&external_id=r" }],
  ["affise", "/click?pid=34&offer_id=12&l=7", { alias: "12/34/7", otherwise: "12/34", query: "" }],
  ["binom", "/click.php?key=abc&t1=x", { alias: "abc", query: "?sub1=x" }],
  ["binom", "/t/click.php?key=abc", { alias: "abc", query: "" }],
  ["binom", "/click?key=abc", { alias: "abc", query: "" }],
  ["binom", "/abc?external_id=e", { alias: "abc", query: "?external_id=e" }],
])("%s: %s is a click", (dialect, target, click) => {
  expect(roleAt(dialect, target)).toEqual({ role: "click", ...click });
  expect(roleAt(dialect, target, "HEAD")).toEqual({ role: "click", ...click });
  expect(roleAt(dialect, target, "PUT").role).not.toBe("click");
});

test("set-up names sub-ids where the tracker's customers do, before the table", () => {
  expect(roleAt("voluum", `/${UUID}?zone=7&cid=8`, "GET", { zone: "sub3", cid: "external_id" })).toMatchObject({
    query: "?sub3=7&external_id=8",
  });
  expect(roleAt("tune", "/aff_c?offer_id=1&aff_id=2&source=z", "GET", { source: "sub9" })).toMatchObject({
    query: "?sub9=z",
  });
});

test.each([
  ["keitaro", "/0f3ab1c2/postback?subid=1", "postback"],
  ["voluum", "/postback?cid=1", "postback"],
  ["voluum", "/conversion.gif?cid=1", "pixel"],
  ["tune", "/aff_lsr?transaction_id=1", "postback"],
  ["tune", "/aff_goal?a=lsr&goal_id=1", "postback"],
  ["tune", "/aff_goal?a=l&goal_id=1", "pixel"],
  ["tune", "/aff_l?offer_id=1", "pixel"],
  ["tune", "/aff_goal", "unlisted"],
  ["tune", "/aff_i?offer_id=1&aff_id=2", "listed"],
  ["everflow", "/?nid=1&transaction_id=2", "postback"],
  ["everflow", "/", "unlisted"],
  ["everflow", "/sdk/click", "listed"],
  ["affise", "/postback?clickid=1", "postback"],
  ["affise", "/click?pid=34", "unlisted"],
  ["binom", "/click.php?cnv_id=1&key=2", "postback"],
  ["binom", "/tracker/click.php?cnv_id=1", "postback"],
  ["binom", "/click?cnv_id=1", "postback"],
  ["binom", "/click.php?lp=1", "listed"],
  ["keitaro", "/lander/shoes/index.html", "listed"],
  ["keitaro", "/?_lp=1", "listed"],
  ["keitaro", "/a/b/c", "unlisted"],
])("%s: %s is %s", (dialect, target, role) => {
  expect(roleAt(dialect, target).role).toBe(role);
});

test("a key in the path is captured", () => {
  expect(roleAt("keitaro", "/0f3ab1c2/postback?subid=1")).toEqual({ role: "postback", segments: { key: "0f3ab1c2" } });
});

test("no table claims a path of ours: links, advertisers' doors and other trackers go on working on its host", () => {
  const ours = [
    "/c/demo",
    "/p/acme",
    "/p/acme.gif",
    "/p/acme/batch",
    "/p/acme/shopify",
    "/p/postback",
    "/t/keitaro/x7",
  ];
  for (const dialect of TRACKER_TABLES.keys())
    for (const target of ours)
      for (const method of ["GET", "POST"])
        expect([dialect, target, roleAt(dialect, target, method).role]).toEqual([dialect, target, "unlisted"]);
});

test("rubbish has a role, and takes no time", () => {
  const rubbish = [
    `/${".".repeat(16_000)}x`,
    `/${"%22".repeat(5_000)}`,
    "/%",
    "/%ff?%=%&&=&%ff",
    "",
    "//",
    "/?",
    "/?=",
    "/?&&",
    `/?${"a=1&".repeat(4_000)}`,
  ];
  const before = performance.now();
  for (const dialect of TRACKER_TABLES.keys())
    for (const target of rubbish) expect(typeof roleAt(dialect, target).role).toBe("string");
  expect(performance.now() - before).toBeLessThan(2_000);
});
