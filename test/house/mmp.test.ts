/** The pages of mobile measurement partners: their postback URLs are read as they say once macros are filled in, and refused where they are not; no page is missing. */
import { expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { decidePostback } from "../../workers/core/postback/postback.ts";
import { prepareSender } from "../../workers/core/postback/sender.ts";
import { ringOf } from "../core/keys.ts";
import { filesUnder, read } from "./files.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 8);
const ring = await ringOf({ 1: 0x11 }, 1);
const CLICK = await issueClickId(ring, { issuedAtMs: NOW_MS, link: 1, counter: 1, test: false, provisional: false });
const record = { advertiser: 1, slug: "acme", auth: "open", allowedIps: [], pixel: false, credentials: [] } as const;
const sender = await prepareSender({ ...record, allowedIps: [], credentials: [] }, ring);

const PAGES = filesUnder("docs/mmp").filter((file) => file.endsWith(".md"));
/** Indented lines of a page that are postbacks, and its macros: round brackets, FreeMarker's, curly ones. */
const postbacksIn = (page: string): string[] =>
  [...page.matchAll(/^ {4}(https:\/\/postback\.example\/\S.*)$/gm)].map(([, url = ""]) => url);
const MACRO = /\$\{[^}]*\}|\{[^}]*\}|\([\w-]+\)/;

function filledFor(macro: string): string {
  if (/click|cl\?/i.test(macro)) return CLICK;
  if (/revenue|monetary|amount/i.test(macro)) return "4.99";
  if (/currency/i.test(macro)) return "EUR";
  if (/created_at|timestamp|-ts|UTC/i.test(macro)) return "1795420800";
  return "purchase";
}

function sent(url: string) {
  const target = url.slice("https://postback.example".length);
  const request = { method: "GET", target, headers: new Headers(), body: new Uint8Array(0) } as const;
  return decidePostback(sender, request, { nowMs: NOW_MS, clickKeys: ring });
}

test("each partner has a page", () => {
  const listed = [...read("docs/mmp.md").matchAll(/\]\(mmp\/(\w+)\.md\)/g)].map(([, name]) => `docs/mmp/${name}.md`);
  expect(listed.sort()).toEqual([...PAGES].sort());
});

test.each(PAGES)("%s: filled in, its postbacks are read; not filled in, none becomes an order", (file) => {
  const urls = postbacksIn(read(file));
  expect(urls.length).toBeGreaterThan(1);
  for (const url of urls) {
    const filled = url.replaceAll("CLICK_ID", CLICK).replaceAll("VALUE", "4.99").replaceAll("CURRENCY", "EUR");
    const taken = sent(filled.replace(new RegExp(MACRO, "g"), (macro) => encodeURIComponent(filledFor(macro))));
    if (!taken.ok) throw new Error(`${url}: ${taken.refusal.refusal.reason} ${taken.refusal.refusal.parameter}`);
    const { content } = taken.value;
    expect(content.clickId).toBe(CLICK);
    expect(content.notes).toBeUndefined();
    expect(content.status).toBe(url.includes("status=rejected") ? "rejected" : undefined);
    expect(content.txid !== undefined).toBe(url.includes("txid="));
    // Nothing but the template itself: whatever its brackets are.
    const bare = sent(url.replaceAll(" ", "%20"));
    const reasons = MACRO.test(url)
      ? /^(?:unexpanded_macro|malformed_click_id)$/
      : /^(?:bad_amount|malformed_click_id)$/;
    expect(bare.ok ? `${url} is taken` : bare.refusal.refusal.reason).toMatch(reasons);
  }
});
