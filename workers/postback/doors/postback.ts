/** The door of single postbacks: `/p/{advertiser}`, by GET or POST, answered in JSON. */
import { readBody } from "../../core/bounded-body.ts";
import { decidePostback } from "../../core/postback/postback.ts";
import { answer } from "../answers.ts";
import { withPromise } from "../promising.ts";
import { type Reception, takeIn, turnAway } from "../reception.ts";
import { type Door, pathOfAdvertiser } from "./door.ts";

const MAX_BODY_BYTES = 65_536;

export const postback: Door = { path: pathOfAdvertiser(""), methods: ["GET", "POST"], take, apologise: answer };

async function take(reception: Reception, request: Request, target: string): Promise<Response> {
  const method = request.method === "POST" ? "POST" : "GET";
  const body = await readBody(request, MAX_BODY_BYTES);
  const decision = decidePostback(reception.sender, { method, target, headers: request.headers, ...body }, reception);
  const said = await (decision.ok ? takeIn(reception, decision.value) : turnAway(reception, decision.refusal));
  if (reception.sender.promisedAs === null) return answer(said);
  return answer(await withPromise(reception, said, { method, target, body: body.body }));
}
