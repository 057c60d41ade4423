/** The pixel: an image that carries a postback from a visitor's browser, where no server can send one. Its answer is the image, whatever happened. */
import { decidePixel } from "../../core/postback/postback.ts";
import { headersFor } from "../answers.ts";
import { type Reception, takeIn, turnAway } from "../reception.ts";
import { type Door, pathOfAdvertiser } from "./door.ts";

export const pixel: Door = { path: pathOfAdvertiser("\\.gif"), methods: ["GET"], take, apologise: answerGif };

/** The smallest GIF there is: one transparent pixel, 42 bytes. */
const GIF = Uint8Array.from(atob("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), (byte) =>
  byte.charCodeAt(0),
);

const GIF_HEADERS = headersFor("image/gif");

async function take(door: Reception, _request: Request, target: string): Promise<Response> {
  // It is a visitor's address.
  const reception = { ...door, address: null };
  const decision = decidePixel(reception.sender, target, reception);
  await (decision.ok ? takeIn(reception, decision.value) : turnAway(reception, decision.refusal));
  return answerGif();
}

function answerGif(): Response {
  return new Response(GIF, { headers: GIF_HEADERS });
}
