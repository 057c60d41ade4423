/**
 * The script for a shop's page where no redirect stands before it, as with Google's parallel tracking: it has a click issued there, keeps its ID in one first-party cookie, and hands it to forms
 * and links. It asks nothing and keeps nothing before it is told that the visitor agreed. As it is served: the shop's page runs it, so it needs no build and no other file.
 */

/** Of the page: `cb=slug` names the link, platforms' click IDs and sub-ids go along. Nothing else of its query leaves it. */
export const PAGE_SCRIPT = `(() => {
  const script = document.currentScript;
  const { link, consent, field = "click_id", hosts = "", days = "30", domain } = script.dataset;
  const home = new URL(script.src).origin;
  const page = new URLSearchParams(location.search);
  const TAG = /^(gclid|gbraid|wbraid|fbclid|ttclid|msclkid|ScCid|epik|rdt_cid|li_fat_id|twclid|tblci|dicbo)$/;
  const said = [...page].filter(([name]) => TAG.test(name) || /^(sub\\d\\d?|external_id|test)$/.test(name));
  const slug = page.get("cb") || link;
  const isVisit = slug && (page.has("cb") || said.some(([name]) => TAG.test(name)));
  const others = hosts.split(/[\\s,]+/).filter((host) => host !== "");
  let visit = 0;
  for (const sign of slug + said) visit = (visit * 31 + sign.charCodeAt(0)) | 0;
  visit = (visit >>> 0).toString(36);
  let asked;

  const keep = (value, seconds) => {
    document.cookie = "cb_click=" + value + "; Path=/; SameSite=Lax; Max-Age=" + seconds +
      (domain ? "; Domain=" + domain : "") + (location.protocol === "https:" ? "; Secure" : "");
  };
  const use = (id) => {
    clickback.id = id;
    document.dispatchEvent(new CustomEvent("clickback", { detail: id }));
  };
  const issue = async (agreed, ads) => {
    const query = new URLSearchParams(said);
    if (!agreed) query.set("consent", "0");
    if (ads !== undefined) query.set("ad_consent", ads ? "1" : "0");
    if (document.referrer) query.set("referrer", new URL(document.referrer).origin);
    if (self !== top) query.set("framed", "1");
    const address = home + "/c/" + encodeURIComponent(slug) + "?" + query;
    const answer = await fetch(address, { method: "POST", credentials: "omit", keepalive: true });
    return answer.ok ? (await answer.json()).click_id : null;
  };
  const clickback = async (agreed, ads) => {
    if (asked === agreed) return;
    asked = agreed;
    const [, id, kept] = /(?:^|; )cb_click=(\\w+)\\.(\\w*)/.exec(document.cookie) || [];
    if (!agreed) {
      keep("", 0);
      clickback.id = "";
    }
    if (isVisit && !(agreed && kept === visit)) {
      const fresh = await issue(agreed, ads).catch(() => null);
      // Who changed their mind meanwhile is not handed on by what was agreed before.
      if (asked !== agreed) return;
      if (fresh && agreed) {
        keep(fresh + "." + visit, days * 86400);
        return use(fresh);
      }
    }
    if (agreed && id) use(id);
  };
  clickback.id = "";
  const leadsTo = (element, attribute) => {
    try {
      return new URL(element.getAttribute(attribute) || "", document.baseURI);
    } catch {}
  };
  const isOurs = (url) => url.host === location.host || others.includes(url.host);
  document.addEventListener("formdata", ({ target, formData }) => {
    const url = leadsTo(target, "action");
    if (url && clickback.id && isOurs(url)) formData.set(field, clickback.id);
  }, true);
  const hand = ({ target }) => {
    const link = target.closest && target.closest("a[href]");
    const url = link && leadsTo(link, "href");
    if (!url || !clickback.id || !others.includes(url.host)) return;
    url.searchParams.set(field, clickback.id);
    link.setAttribute("href", url);
  };
  for (const name of ["click", "auxclick"]) document.addEventListener(name, hand, true);

  const begin = () => {
    const queued = (self.clickback && self.clickback.q) || [];
    self.clickback = clickback;
    const last = queued[queued.length - 1];
    if (last) clickback(...last);
    else if (consent === "granted") clickback(true);
  };
  if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
  else begin();
})();
`;

export const SCRIPT_PATH = "/click.js";
const FRESH_S = 3_600;

export function scriptAnswer(): Response {
  return new Response(PAGE_SCRIPT, {
    headers: {
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": `public, max-age=${FRESH_S}`,
      "Cross-Origin-Resource-Policy": "cross-origin",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
