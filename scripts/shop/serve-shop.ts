/** The shop to which demo links lead: an advertiser's server on this machine, which posts what is bought in its advertiser's own mode. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { isRecord } from "../../workers/core/is-record.ts";
import { describeRequest, type SenderRequest, signedGet, tokenGet } from "../../workers/core/sender/requests.ts";
import { type ConsoleFetch, callConsole, recordsIn } from "../console-api.ts";
import { HOST } from "../local/options.ts";
import { shopOrigin, shopPort } from "../local/origins.ts";
import { reach } from "../reach.ts";
import { type Advertiser, readAdvertiser } from "../sender/advertiser.ts";
import { readReceipt, settledReceipt } from "../sender/receipts.ts";
import {
  type Markup,
  type Order,
  type Product,
  productPage,
  receiptPage,
  STYLE,
  sentPage,
  wordsPage,
} from "./shop-page.ts";

/** A fresh click's row may take longer to land; then the page says that it waits. */
const TOLD_WITHIN_MS = 5_000;
/** What a form of ours may post. */
const POSTED = ["click_id", "event", "txid", "amount", "status"] as const;
const MOST_SHOWN = 500;

interface ShopParts {
  fetchConsole: ConsoleFetch;
  /** Of the console, for whoever looks at it. */
  consoleOrigin: string;
  /** Of the shop itself. */
  origin: string;
}

/** Listens on the port behind those of the receivers until the process ends. False where that is taken. */
export async function serveShop(port: number, fetchConsole: ConsoleFetch, consoleOrigin: string): Promise<boolean> {
  const parts: ShopParts = { fetchConsole, consoleOrigin, origin: shopOrigin(port) };
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) =>
      send(response, 502, wordsPage("The shop is stuck", error instanceof Error ? error.message : String(error))),
    );
  });
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(shopPort(port), HOST, () => resolve(true));
  });
}

async function answer(parts: ShopParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", parts.origin);
  if (url.pathname === "/shop.css") {
    response.writeHead(200, { "content-type": "text/css; charset=utf-8" }).end(STYLE);
    return;
  }
  const [first = "", second, ...more] = url.pathname.slice(1).split("/");
  if (more.length > 0 || (request.method === "POST") !== (second === "post")) return notFound(response);
  if (first === "receipts" && second !== undefined) {
    const told = await readReceipt(parts.fetchConsole, encodeURIComponent(second));
    return send(response, 200, receiptPage(second, told, parts.consoleOrigin));
  }
  // Another name for this machine is somebody else's page.
  if (request.headers.host !== new URL(parts.origin).host) return notFound(response);
  const product = await findProduct(parts.fetchConsole, first);
  if (product === null) return notFound(response);
  if (second === undefined) {
    const brought = [...url.searchParams].filter(([, value]) => value !== "").slice(0, MOST_SHOWN);
    return send(response, 200, productPage(product, brought, `shop-${randomBytes(4).toString("hex")}`));
  }
  // A form of another page must not post in an advertiser's name.
  if (request.headers.origin !== parts.origin)
    return send(response, 403, wordsPage("Not from here", "Only the shop's own pages may order."));
  return buy(parts, product, new URLSearchParams(await text(request)), response);
}

/** Null where no offer has this slug. */
async function findProduct(fetchConsole: ConsoleFetch, slug: string): Promise<Product | null> {
  const path = `/api/offers/${encodeURIComponent(slug)}`;
  const offer = slug === "" ? {} : await callConsole(fetchConsole, { path }, [200, 404]);
  if (typeof offer.slug !== "string") return null;
  const advertiser = String(offer.advertiser);
  // What it proves itself with is read where something is posted: each look is logged.
  const { auth } = await callConsole(fetchConsole, { path: `/api/advertisers/${encodeURIComponent(advertiser)}` });
  const events = recordsIn(offer.events).map(({ name, revenue, payout }) => ({
    name: String(name),
    hasAmount: [revenue, payout].some((price) => !isRecord(price) || !("flat" in price)),
  }));
  return {
    ...{ slug: offer.slug, name: String(offer.name), advertiser },
    ...{ currency: String(offer.currency), auth: String(auth), events },
  };
}

async function buy(parts: ShopParts, product: Product, form: URLSearchParams, response: ServerResponse): Promise<void> {
  const advertiser = await readAdvertiser(parts.fetchConsole, product.advertiser);
  const order: Order = Object.fromEntries(
    POSTED.flatMap((name) => {
      const value = form.get(name);
      return value ? [[name, value]] : [];
    }),
  );
  if (order.amount !== undefined) order.currency = product.currency;
  const request = requestOf(product, advertiser, order);
  const secrets = [advertiser.token, advertiser.secret].filter((secret) => secret !== null);
  const answered = await reach(request.url, request);
  const body = await answered.text();
  const receipt = receiptIn(body);
  const told = receipt === null ? null : await settledReceipt(parts.fetchConsole, receipt, TOLD_WITHIN_MS);
  const sent = {
    product,
    order,
    request: describeRequest(request, secrets),
    status: answered.status,
    answer: body,
    receipt,
  };
  send(response, 200, sentPage(sent, told, parts.consoleOrigin));
}

/** In the mode that the console has for the advertiser. */
function requestOf(
  { advertiser: slug }: Product,
  { origin, auth, token, secret }: Advertiser,
  order: Order,
): SenderRequest {
  const address = `${origin}/p/${encodeURIComponent(slug)}`;
  if (auth !== "signed") return tokenGet(address, order, auth === "open" ? null : token);
  if (secret === null) throw new Error(`${slug} takes signed postbacks, and its signing secret is not to be had`);
  const stamp = { nowS: Math.floor(Date.now() / 1_000), name: randomBytes(12).toString("hex") };
  return signedGet(address, order, secret, stamp);
}

function receiptIn(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && typeof parsed.receipt === "string" ? parsed.receipt : null;
  } catch {
    return null;
  }
}

function notFound(response: ServerResponse): Promise<void> {
  return send(response, 404, wordsPage("Not here", "No offer has this page. Open a demo link to come to one."));
}

async function send(response: ServerResponse, status: number, page: Markup): Promise<void> {
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "referrer-policy": "same-origin",
    })
    .end(String(await page));
}
