/** Calls about affiliates. */
import { setUpCalls } from "../set-up/thing-calls.ts";
import { affiliateAnswer, affiliateChange, affiliateList, newAffiliate } from "./fields.ts";
import { changeAffiliate, createAffiliate, listAffiliates, readAffiliate } from "./store.ts";

export const affiliateCalls = setUpCalls({
  path: "/api/affiliates",
  one: "an affiliate",
  many: "affiliates",
  changeSummary: "Change an affiliate and publish its links to the edge",
  newOne: newAffiliate,
  change: affiliateChange,
  query: affiliateList,
  answer: affiliateAnswer,
  savedAnswer: affiliateAnswer,
  create: createAffiliate,
  read: readAffiliate,
  list: listAffiliates,
  save: changeAffiliate,
});
