/** Calls about affiliates. */
import { listCalls } from "../set-up/list-calls.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { affiliateAnswer, affiliateChange, affiliateList, affiliateListFile, newAffiliate } from "./fields.ts";
import { affiliateLists, changeAffiliate, createAffiliate, listAffiliates, readAffiliate } from "./store.ts";

export const affiliateCalls = [
  ...listCalls(affiliateLists, affiliateListFile),
  ...setUpCalls({
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
  }),
];
