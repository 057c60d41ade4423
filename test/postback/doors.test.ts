/** Which door a path leads to: one at most, as forgiving as people type. */
import { describe, expect, it } from "vitest";
import { batch } from "../../workers/postback/doors/batch.ts";
import type { Door } from "../../workers/postback/doors/door.ts";
import { DOORS, findEntrance } from "../../workers/postback/doors/doors.ts";
import { pixel } from "../../workers/postback/doors/pixel.ts";
import { postback } from "../../workers/postback/doors/postback.ts";
import { sourceWebhook } from "../../workers/postback/doors/source-webhook.ts";

const LONGEST = "x".repeat(63);

describe("a path", () => {
  it.each<[string, Door, string]>([
    ["/p/acme", postback, "acme"],
    ["/p/acme/", postback, "acme"],
    ["/P/ACME?txid=/p/other/batch", postback, "acme"],
    ["/p/pixel", postback, "pixel"],
    ["/p/batch", postback, "batch"],
    ["/p/4-my_shop", postback, "4-my_shop"],
    [`/p/${LONGEST}`, postback, LONGEST],
    ["/p/acme.gif", pixel, "acme"],
    ["/p/acme.GIF/?txid=A", pixel, "acme"],
    ["/p/acme/batch", batch, "acme"],
    ["/p/Acme/Batch/?token=x", batch, "acme"],
    ["/p/acme/shopify", sourceWebhook, "acme"],
    ["/p/Acme/My-Shop_2/?secret=x", sourceWebhook, "acme"],
    ["/p/acme/batches", sourceWebhook, "acme"],
  ])("%s leads to a door", (target, door, slug) => {
    expect(findEntrance(target)).toEqual({ door, slug });
    const path = target.split("?", 1)[0] ?? "";
    expect(DOORS.filter((one) => one.path.test(path))).toEqual([door]);
  });

  it.each([
    "/",
    "/p",
    "/p/",
    "/p//",
    "/p/-acme",
    `/p/${LONGEST}x`,
    "/p/acme//",
    "/p/acme/batch.gif",
    "/p/acme/shop/ify",
    "/p/acme/-shop",
    "/p/ac%6de",
    "//p/acme",
    "/c/acme",
    "/?/p/acme",
  ])("%s leads to none", (target) => {
    expect(findEntrance(target)).toBeNull();
  });
});
