/** The pixel: an image that carries a postback from a visitor's browser, where no server can send one. Its answer is the image, whatever happened. */
import { readBody } from "../../core/bounded-body.ts";
import { decidePixel } from "../../core/postback/postback.ts";
import { headersFor, SECURED } from "../answers.ts";
import { type Reception, takeIn, turnAway } from "../reception.ts";
import { type Door, pathOfAdvertiser } from "./door.ts";

/** Scripts send it too: `navigator.sendBeacon` posts text, and a shop's sandbox asks first whether it may. */
export const pixel: Door = {
  path: pathOfAdvertiser("\\.gif"),
  methods: ["GET", "POST", "OPTIONS"],
  take,
  apologise: answerGif,
};

const MAX_BODY_BYTES = 16_384;
/** Anyone may call it from anywhere, and it answers nothing that is worth reading. */
const FROM_ANYWHERE = { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" };
const PREFLIGHT_HEADERS = {
  ...SECURED,
  ...FROM_ANYWHERE,
  "Access-Control-Allow-Methods": "GET, POST",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Max-Age": "86400",
};

/** The smallest GIF there is: one transparent pixel, 42 bytes. */
const GIF = Uint8Array.from(atob("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), (byte) =>
  byte.charCodeAt(0),
);

const GIF_HEADERS = new Headers([...headersFor("image/gif"), ...Object.entries(FROM_ANYWHERE)]);

async function take(door: Reception, request: Request, target: string): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
  // It is a visitor's address.
  const reception = { ...door, address: null };
  const method = request.method === "POST" ? "POST" : "GET";
  const body = await readBody(request, MAX_BODY_BYTES);
  const decision = decidePixel(reception.sender, { method, target, headers: request.headers, ...body }, reception);
  await (decision.ok ? takeIn(reception, decision.value) : turnAway(reception, decision.refusal));
  return answerGif();
}

/** The image, as every pixel answers. */
export function answerGif(): Response {
  return new Response(GIF, { headers: GIF_HEADERS });
}
