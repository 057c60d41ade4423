/** Style, scripts and mark of the pages: texts in the bundle, each at an address that names its content, so that browsers keep them for a year. */
import type { Hono } from "hono";
import chartSource from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import chartStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import { sha256 } from "../../core/sha256.ts";
import type { ConsoleEnv } from "../web/call.ts";
import chart from "./assets/chart.client.js" with { type: "text" };
import columns from "./assets/columns.client.js" with { type: "text" };
import page from "./assets/console.client.js" with { type: "text" };
import style from "./assets/console.css" with { type: "text" };
import importing from "./assets/importing.client.js" with { type: "text" };
import language from "./assets/language.client.js" with { type: "text" };
import linkBuilder from "./assets/link-builder.client.js" with { type: "text" };
import live from "./assets/live.client.js" with { type: "text" };
import mark from "./assets/mark.svg" with { type: "text" };
import picker from "./assets/picker.client.js" with { type: "text" };
import review from "./assets/review.client.js" with { type: "text" };
import search from "./assets/search.client.js" with { type: "text" };
import tableFile from "./assets/table-file.client.js" with { type: "text" };
import testPanel from "./assets/test-panel.client.js" with { type: "text" };

const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

const ASSETS = {
  "console.css": { text: style, type: CSS },
  "console.js": { text: page, type: JAVASCRIPT },
  "columns.js": { text: columns, type: JAVASCRIPT },
  "chart.css": { text: chartStyle, type: CSS },
  "uplot.js": { text: `${language}\n${chartSource}`, type: JAVASCRIPT },
  "chart.js": { text: chart, type: JAVASCRIPT },
  "live.js": { text: live, type: JAVASCRIPT },
  "link-builder.js": { text: linkBuilder, type: JAVASCRIPT },
  "importing.js": { text: importing, type: JAVASCRIPT },
  "picker.js": { text: picker, type: JAVASCRIPT },
  "review.js": { text: review, type: JAVASCRIPT },
  "search.js": { text: search, type: JAVASCRIPT },
  "table-file.js": { text: tableFile, type: JAVASCRIPT },
  "test-panel.js": { text: testPanel, type: JAVASCRIPT },
  "mark.svg": { text: mark, type: "image/svg+xml" },
} as const satisfies Record<string, { text: string; type: string }>;
export type AssetName = keyof typeof ASSETS;

const FOR_EVER = "public, max-age=31536000, immutable";

const hashes = new Map(Object.entries(ASSETS).map(([name, { text }]) => [name, sha256(text).slice(0, 12)]));

/** The address of an asset as it is now. */
export function assetPath(name: AssetName): string {
  return `/assets/${hashes.get(name)}/${name}`;
}

/** An address of another version, which a page from before a deploy still asks for, gets what there is now, and is not kept. */
export function routeAssets(app: Hono<ConsoleEnv>): void {
  app.get("/assets/:hash/:name", ({ req }) => {
    const name = req.param("name");
    if (!isAssetName(name)) return new Response("There is no such file.\n", { status: 404 });
    const { text, type } = ASSETS[name];
    const cacheControl = req.param("hash") === hashes.get(name) ? FOR_EVER : "no-cache";
    return new Response(text, { headers: { "content-type": type, "cache-control": cacheControl } });
  });
}

function isAssetName(name: string): name is AssetName {
  return Object.hasOwn(ASSETS, name);
}
