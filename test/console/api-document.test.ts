/** The OpenAPI document: clean under the rules of two linters, and clients that two generators make of it compile and work. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import { generateSource } from "oazapfts";
import { generate } from "openapi-typescript-codegen";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { calls } from "../../workers/console/calls.ts";
import { apiDocument, TAGS } from "../../workers/console/reference/api-document.ts";
import { tagOf } from "../../workers/console/web/openapi.ts";
import { PARAMETER_NAMES } from "../../workers/core/postback/parameter-names.ts";
import { type System, startSystem, TEST_SECRETS } from "../flow/system.ts";

const ORIGINS = { CLICK_ORIGIN: "https://click.clickback.test", POSTBACK_ORIGIN: "https://postback.clickback.test" };
const DOCUMENT = JSON.parse(JSON.stringify(apiDocument(ORIGINS, calls, "https://console.clickback.test")));

describe("the document", () => {
  test("is clean under redocly's recommended rules", async () => {
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source: JSON.stringify(DOCUMENT), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  test("is clean under spectral's recommended rules", async () => {
    const spectral = new Spectral();
    spectral.setRuleset({ extends: [[{ ...oas, extends: [] }, "recommended"]] });
    const problems = await spectral.run(JSON.stringify(DOCUMENT));
    expect(problems.map(({ code, path, message }) => `${code} ${path.join(".")}: ${message}`)).toEqual([]);
  });

  test("names what each call is about, in words", () => {
    const used = new Set(calls.map(({ path }) => tagOf(path)));
    expect(Object.keys(TAGS).sort()).toEqual([...used].sort());
  });

  test("tells every parameter of a postback", () => {
    const { parameters } = DOCUMENT.paths["/p/{advertiser}"].get;
    const { properties } = DOCUMENT.components.schemas.SentPostback;
    const told = new Set([...parameters.map(({ name }: { name: string }) => name), ...Object.keys(properties)]);
    expect([...told].filter((name) => name !== "advertiser").sort()).toEqual([...PARAMETER_NAMES].sort());
  });

  test("gives numbers, flags and files their kinds, and what is fixed its own", () => {
    const { parameters } = DOCUMENT.paths["/api/conversions"].get;
    const schemaOf = (wanted: string) =>
      parameters.find(({ name }: { name: string; schema: unknown }) => name === wanted)?.schema;
    expect(schemaOf("limit")).toEqual({ type: "integer", minimum: 1, maximum: 1_000 });
    expect(schemaOf("test")).toEqual({ type: "boolean" });
    const { schemas } = DOCUMENT.components;
    expect(schemas.Conversion.properties.conversion_id).toEqual({ type: "string" });
    expect(schemas.Conversion.properties.txid).toEqual({ anyOf: [{ type: "string" }, { type: "null" }] });
    expect(schemas.OfferChange.properties.slug).toEqual({ type: "string", readOnly: true });
    const { content } = DOCUMENT.paths["/api/exports/conversions.parquet"].get.responses[200];
    expect(content).toEqual({ "application/vnd.apache.parquet": { schema: { type: "string", format: "binary" } } });
  });
});

/** What somebody would write with the client that oazapfts makes. */
const PROGRAM_OF_OAZAPFTS = `
  import * as api from "./oazapfts-client.ts";

  export async function play(fetch: typeof globalThis.fetch, token: string): Promise<string[]> {
    const opts = { fetch, headers: { Authorization: \`Bearer \${token}\` } };
    const made = await api.postAdvertisers({ slug: "acme", name: "Acme" }, opts);
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    await api.postAffiliates({ slug: "blog", name: "Blog" }, opts);
    const destination = "https://shop.example/?c={click_id}";
    const events = [{ name: "sale", kind: "sale" as const, payout: { percent: "10" } }];
    const offer = { slug: "shoes", name: "Shoes", advertiser: "acme", destination, currency: "USD", events };
    await api.postOffers(offer, opts);
    await api.postLinks({ offer: "shoes", affiliate: "blog", slug: "demo" }, opts);
    // What was read can be sent back, with what is fixed in it.
    const read = await api.getOffersSlug("shoes", opts);
    if (read.status !== 200) throw new Error(JSON.stringify(read));
    const changed = await api.patchOffersSlug("shoes", { ...read.data, name: "More shoes" }, opts);
    const sent = await api.sendPostback("acme", { txid: "A-1", amount: "20.00" }, {
      fetch,
      baseUrl: "${ORIGINS.POSTBACK_ORIGIN}",
      headers: { Authorization: \`Bearer \${made.data.token}\` },
    });
    if (sent.status !== 200) throw new Error(JSON.stringify(sent));
    const receipt = await api.getReceiptsReceipt(sent.data.receipt, opts);
    const wrong = await api.getConversions({ limit: 5_000 }, opts);
    const none = await api.getConversions({ limit: 5, test: true }, opts);
    return [
      changed.status === 200 ? changed.data.name : changed.data.detail,
      receipt.status === 200 ? receipt.data.receipt === sent.data.receipt ? "receipt" : "another" : receipt.data.detail,
      wrong.status === 400 ? wrong.data.title : "taken",
      none.status === 200 ? \`\${none.data.items.length} conversions\` : none.data.detail,
    ];
  }
`;

/** What is read of each kind of thing is what a change of it takes, as the types say it. */
const SENT_BACK = ["Advertiser", "Affiliate", "Offer", "Link", "Coupon", "Source", "Tracker", "Destination"]
  .map((kind) => `export const back${kind} = (read: api.${kind}) => api.patch${kind}sSlug(read.slug, read);`)
  .join("\n");

/** And with the one that openapi-typescript-codegen makes. */
const PROGRAM_OF_CODEGEN = `
  import { AffiliatesService, ApiError, ExportsService, OffersService, OpenAPI, ReportsService } from "./codegen-client/index.ts";

  export async function play(token: string): Promise<string[]> {
    OpenAPI.TOKEN = token;
    const { items } = await OffersService.getOffers({ limit: 10 });
    const report = await ReportsService.getReports({ groupBy: "affiliate", metrics: "conversions" });
    const csv: string = await ExportsService.getExportsConversionsCsv({ limit: 10, test: false });
    const refused = await AffiliatesService.postAffiliates({ requestBody: { slug: "blog", name: "Again" } }).catch(
      (problem: unknown) => problem instanceof ApiError ? problem.status : 0,
    );
    const [columns = ""] = csv.split(",");
    return [...items.map((offer) => offer.slug), ...report.group_by, columns, String(refused)];
  }
`;

const run = promisify(execFile);

describe("a client made of it", () => {
  let folder: string;
  let system: System;
  beforeAll(async () => {
    // Beside this file, where what it imports is found.
    folder = await mkdtemp(join(import.meta.dirname, ".made-client-"));
    await writeFile(join(folder, "openapi.json"), JSON.stringify(DOCUMENT));
    system = await startSystem();
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await system.stop();
    await rm(folder, { recursive: true });
  });

  /** Asks the worker of the address's host. */
  async function ask(address: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(address, init);
    const { origin, pathname, search } = new URL(request.url);
    const toWorker = origin === ORIGINS.POSTBACK_ORIGIN ? system.fetchPostback : system.fetchConsole;
    const body = ["GET", "HEAD"].includes(request.method) ? {} : { body: await request.text() };
    const headers = Object.fromEntries(request.headers);
    const answer = await toWorker(`${pathname}${search}`, { method: request.method, headers, ...body });
    const type = answer.headers.get("content-type") ?? "";
    return new Response(await answer.arrayBuffer(), { status: answer.status, headers: { "content-type": type } });
  }

  /** Says what is wrong with the program, and gives what it exports. */
  async function compiled(name: string, program: string): Promise<{ faults: string; play: unknown }> {
    const file = join(folder, name);
    await writeFile(file, program);
    const options = "--ignoreConfig --noEmit --strict --target es2022 --module esnext --moduleResolution bundler";
    const others = "--lib es2022,dom --types node --skipLibCheck --allowImportingTsExtensions";
    const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
    const asked = [tsc, ...options.split(" "), ...others.split(" "), file];
    const faults = await run(process.execPath, asked).then(
      ({ stdout }) => stdout,
      (failure: { stdout: string }) => failure.stdout,
    );
    const { play } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    return { faults, play };
  }

  test("oazapfts: it compiles, and sells something", { timeout: 60_000 }, async () => {
    const source = await generateSource(join(folder, "openapi.json"), { useUnknown: true });
    await writeFile(join(folder, "oazapfts-client.ts"), source);
    const { faults, play } = await compiled("oazapfts-program.ts", `${PROGRAM_OF_OAZAPFTS}\n${SENT_BACK}`);
    expect(faults).toBe("");
    if (typeof play !== "function") throw new Error("the program plays nothing");
    expect(await play(ask, TEST_SECRETS.CONSOLE_TOKEN)).toEqual([
      "More shoes",
      "receipt",
      "A query parameter is not valid",
      "0 conversions",
    ]);
  });

  test("openapi-typescript-codegen: it compiles, and reads what was made", { timeout: 60_000 }, async () => {
    const output = join(folder, "codegen-client");
    await generate({ input: DOCUMENT, output, httpClient: "fetch", useOptions: true, useUnionTypes: true });
    const { faults, play } = await compiled("codegen-program.ts", PROGRAM_OF_CODEGEN);
    expect(faults).toBe("");
    if (typeof play !== "function") throw new Error("the program plays nothing");
    vi.stubGlobal("fetch", ask);
    expect(await play(TEST_SECRETS.CONSOLE_TOKEN)).toEqual(["shoes", "affiliate", "conversion_id", "409"]);
  });
});
