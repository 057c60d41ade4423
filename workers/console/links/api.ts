/** Calls about links. */
import { savedAnswer, withWarnings } from "../offers/template-warnings.ts";
import { listCalls } from "../set-up/list-calls.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { linkAnswer, linkChange, linkList, linkListFile, newLink } from "./fields.ts";
import { changeLink, createLink, linkLists, listLinks, readLink } from "./store.ts";

export const linkCalls = [
  ...listCalls(linkLists, linkListFile),
  ...setUpCalls({
    path: "/api/links",
    one: "a link",
    many: "links",
    changeSummary: "Change a link and publish it to the edge",
    newOne: newLink,
    change: linkChange,
    query: linkList,
    answer: linkAnswer,
    savedAnswer: savedAnswer(linkAnswer),
    create: async (env, input, change) => withWarnings(await createLink(env, input, change)),
    read: readLink,
    list: listLinks,
    save: async (env, key, input, change) => withWarnings(await changeLink(env, key, input, change)),
  }),
];
