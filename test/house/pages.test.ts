/** Every page of the console stands in its document and is opened by the browser's tests, and the menu leads each role to what it may see. */
import { expect, test, vi } from "vitest";
import { PAGES } from "../../workers/console/routes.tsx";
import { PLACES } from "../../workers/console/shell/layout.tsx";
import type { Role } from "../../workers/core/roles.ts";
import { read } from "./files.ts";

/** Only the bundler imports scripts and styles as texts; no page is shown here. */
vi.mock("../../workers/console/shell/assets.ts", () => ({ routeAssets: () => {}, assetPath: (name: string) => name }));

/** Forms that another page leads to are told of with it; the sign-in's own pages with how one gets in. */
const TOLD_ELSEWHERE = /^\/(?:new-|sign-)|\/(?:edit|test)$/;
/** Opened by tests of their own, or only sent to. */
const OPENED_ELSEWHERE = ["/sign-in", "/sign-out", "/advertisers/:slug/test"];
/** Made by the same code as the one that is opened: `set-up/pages.tsx`. */
const OF_ONE_MAKER = /^\/(?:new-|\w+\/:slug\/edit$)/;

interface Place {
  path: string;
  roles: readonly Role[];
}

/** Paths that no code span of the document tells, its parameter under whatever name. */
function untold(pages: readonly Pick<Place, "path">[], document: string): string[] {
  const told = new Set([...document.matchAll(/`(\/[^`]*)`/g)].map(([, path = ""]) => path.replace(/\{\w+\}/g, ":")));
  const paths = pages.map(({ path }) => path).filter((path) => !TOLD_ELSEWHERE.test(path) && !/:slug$/.test(path));
  return paths.filter((path) => !told.has(path.replace(/:\w+/g, ":")));
}

/** Paths that no list of the browser's tests leads to. */
function unopened(pages: readonly Pick<Place, "path">[], source: string): string[] {
  const opened = [...source.matchAll(/\["[\w-]+", ["`](\/[^"`]*)["`]\]/g)].map(
    ([, path = ""]) => path.split("?")[0] ?? "",
  );
  const leadsTo = (path: string) => {
    const form = new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`);
    return opened.some((one) => form.test(one.replaceAll(/\$\{\w+\}/g, "some")));
  };
  const paths = pages.map(({ path }) => path).filter((path) => !OPENED_ELSEWHERE.includes(path));
  return paths.filter((path) => !OF_ONE_MAKER.test(path) && !leadsTo(path));
}

/** Places of the menu that lead to no page, or to one that is for other roles. */
function astray(places: readonly Place[], pages: readonly Place[]): string[] {
  const found = places.filter(({ path, roles }) => {
    const page = pages.find((one) => one.path === path);
    return page === undefined || [...page.roles].sort().join() !== [...roles].sort().join();
  });
  return found.map(({ path }) => path);
}

const DOCUMENT = read("docs/console.md");
const SOURCE = read("test/browser/every-page.ts");
const ANOTHER: Place = { path: "/forgotten", roles: ["admin"] };

test("docs/console.md tells of every page", () => {
  expect(untold(PAGES, DOCUMENT)).toEqual([]);
  expect(untold([...PAGES, ANOTHER], DOCUMENT)).toEqual(["/forgotten"]);
});

test("every page is opened in a browser", () => {
  expect(unopened(PAGES, SOURCE)).toEqual([]);
  expect(unopened([...PAGES, ANOTHER], SOURCE)).toEqual(["/forgotten"]);
});

test("the menu leads every role to pages that are for it", () => {
  expect(astray(PLACES.flat(), PAGES)).toEqual([]);
  expect(astray([...PLACES.flat(), ANOTHER], PAGES)).toEqual(["/forgotten"]);
  expect(astray([{ path: "/audit", roles: ["admin", "affiliate"] }], PAGES)).toEqual(["/audit"]);
});
