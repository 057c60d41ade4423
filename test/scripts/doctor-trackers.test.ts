/** Postbacks that the doctor writes in other trackers' words are postbacks to their tables, and name the click. */
import { expect, test } from "vitest";
import { postbackTarget } from "../../scripts/doctor/trackers.ts";
import { roleOf } from "../../workers/core/trackers/tracker-role.ts";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";

const CLICK_ID = "20d25qjw18rg0000008hmewhrj0t8vfdd051";
const KEY = "0f3ab1c2d4e5f607";

test.each([...TRACKER_TABLES])("%s", (_, table) => {
  const [path = "", query] = postbackTarget(table, CLICK_ID, KEY)?.split("?") ?? [];
  expect(query).toContain(CLICK_ID);
  const role = roleOf(table, { method: "GET", path, query: `?${query}` });
  expect(role.role).toBe("postback");
  const { secret } = table;
  if (secret && "segment" in secret) expect(role).toMatchObject({ segments: { [secret.segment]: KEY } });
  if (secret && "parameter" in secret) expect(query).toContain(`${secret.parameter}=${KEY}`);
});
