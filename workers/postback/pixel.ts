/** The pixel: an image that carries a postback from a visitor's browser, where no server can send one. Its answer is the image, whatever happened. */
import { decidePixel } from "../core/postback/postback.ts";
import { answerGif } from "./answers.ts";
import { takeIn, turnAway, type Visit } from "./visit.ts";

export async function takePixel(visit: Visit, target: string): Promise<Response> {
  const told = { nowMs: visit.nowMs, clickKeys: visit.keys.clicks };
  const decision = decidePixel(visit.sender, target, told);
  await (decision.ok ? takeIn(visit, decision.value) : turnAway(visit, decision.refusal));
  return answerGif();
}
