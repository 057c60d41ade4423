/** Calls about offers. */
import { setUpCalls } from "../set-up/thing-calls.ts";
import { newOffer, offerAnswer, offerChange, offerList } from "./fields.ts";
import { changeOffer, createOffer, listOffers, readOffer } from "./store.ts";
import { savedAnswer, withWarnings } from "./template-warnings.ts";

export const offerCalls = setUpCalls({
  path: "/api/offers",
  one: "an offer",
  many: "offers",
  changeSummary: "Change an offer and publish its links to the edge",
  newOne: newOffer,
  change: offerChange,
  query: offerList,
  answer: offerAnswer,
  savedAnswer: savedAnswer(offerAnswer),
  create: async (env, input, change) => withWarnings(await createOffer(env, input, change)),
  read: readOffer,
  list: listOffers,
  save: async (env, key, input, change) => withWarnings(await changeOffer(env, key, input, change)),
});
