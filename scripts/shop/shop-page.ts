/** The pages of the local shop: what an advertiser's shop knows of a click, a product to buy, and what was sent and answered. */
import { html } from "hono/html";

export type Markup = ReturnType<typeof html>;

/** Something that the shop can post of an offer. */
export interface Event {
  name: string;
  /** Whether its price hangs on the amount. */
  hasAmount: boolean;
}

export interface Product {
  /** The offer's slug and name, and its advertiser's slug. */
  slug: string;
  name: string;
  advertiser: string;
  currency: string;
  /** How its advertiser proves what it posts. */
  auth: string;
  events: readonly Event[];
}

/** What is posted of an order, by the names of its parameters. */
export type Order = Record<string, string>;

export interface Sent {
  product: Product;
  order: Order;
  /** As text, with the secrets masked. */
  request: string;
  status: number;
  answer: string;
  receipt: string | null;
}

export interface Told {
  status: string;
  reason: string | null;
  message: string | null;
  conversion: string | null;
}

/** What `/shop.css` answers. */
export const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
header{border-bottom:1px solid;padding-bottom:.5rem}pre{padding:.75rem;border:1px solid;border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dd{margin:0;overflow-wrap:anywhere}form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin:.75rem 0}
label{display:grid}input,button{font:inherit;padding:.45rem .7rem}small{opacity:.8}`;

/** The page of a product, with what the click brought. */
export function productPage(product: Product, brought: readonly [string, string][], txid: string): Markup {
  const clickId = brought.find(([name]) => name === "click_id")?.[1] ?? "";
  return page(
    product.name,
    html`<p>You followed an affiliate’s link. This shop plays the advertiser <b>${product.advertiser}</b>; all of it is on this machine.</p>
      <h2>What the click brought</h2>
      ${
        brought.length === 0
          ? html`<p>Nothing: this page was not opened by a link, so a purchase cannot be put down to an affiliate.</p>`
          : html`<dl>${brought.map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl>`
      }
      <h2>Buy</h2>
      ${product.events.map(
        (event) => html`<form method="post" action="/${product.slug}/post">
          ${hidden({ event: event.name, txid: `${txid}-${event.name}`, click_id: clickId })}
          ${event.hasAmount ? html`<label>Amount in ${product.currency} <input name="amount" inputmode="decimal" value="40.00" required></label>` : ""}
          <button>${event.hasAmount ? "Buy" : "Do"}: ${event.name}</button>
        </form>`,
      )}
      <p><small>The shop’s server then posts it to Clickback, ${product.auth === "signed" ? "signed" : product.auth === "token" ? "with its token" : "without a proof, as its advertiser is open"}.</small></p>`,
  );
}

/** What was posted, what was answered, and what became of it. */
export function sentPage(sent: Sent, told: Told | null, consoleOrigin: string): Markup {
  const { product, order, receipt } = sent;
  const isRefund = order.status === "reversed";
  return page(
    isRefund ? "Refunded" : "Thank you",
    html`<p>The order is <code>${order.txid ?? ""}</code>.</p>
      <h2>The shop’s server sent</h2><pre>${sent.request}</pre>
      <h2>Clickback answered ${sent.status}</h2><pre>${sent.answer}</pre>
      ${receipt === null ? "" : html`<h2>What became of it</h2>${toldPart(receipt, told, consoleOrigin)}`}
      ${
        isRefund || receipt === null
          ? ""
          : html`<form method="post" action="/${product.slug}/post">
              ${hidden({ event: order.event ?? "", txid: order.txid ?? "", click_id: order.click_id ?? "", status: "reversed" })}
              <button>Refund it</button>
            </form>`
      }
      <p><small>Load this page again to send the same message again: its receipt is a duplicate, and nothing is booked twice.</small></p>`,
  );
}

/** The receipt by itself, to look again. */
export function receiptPage(receipt: string, told: Told | null, consoleOrigin: string): Markup {
  return page("What became of it", toldPart(receipt, told, consoleOrigin));
}

/** A line of words, such as where nothing is to be found. */
export function wordsPage(title: string, words: string): Markup {
  return page(title, html`<p>${words}</p>`);
}

function toldPart(receipt: string, told: Told | null, consoleOrigin: string): Markup {
  if (told === null)
    return html`<p>Receipt <code>${receipt}</code>: still waiting. <a href="/receipts/${receipt}">Look again</a></p>`;
  const { status, reason, message, conversion } = told;
  return html`<dl>
      <dt>Receipt</dt><dd><code>${receipt}</code></dd>
      <dt>Status</dt><dd><b>${status}</b>${reason === null ? "" : html` (${reason})`}${message === null ? "" : html`: ${message}`}</dd>
    </dl>
    ${conversion === null ? "" : html`<p><a href="${consoleOrigin}/conversions/${conversion}">See the conversion in the console</a></p>`}`;
}

function hidden(values: Order): Markup {
  const set = Object.entries(values).filter(([, value]) => value !== "");
  return html`${set.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;
}

function page(title: string, body: Markup): Markup {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · the local shop</title><link rel="stylesheet" href="/shop.css"></head>
<body><header><small>The local shop of <code>npm start</code></small><h1>${title}</h1></header><main>${body}</main></body></html>`;
}
