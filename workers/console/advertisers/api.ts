/** Calls about advertisers, and about what they prove themselves with. */
import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { logDeed } from "../audit/deeds.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { credentialsAnswer, credentialsView } from "./credentials.ts";
import { disown, disowning, disowningAnswer } from "./disowning.ts";
import {
  advertiserAnswer,
  advertiserChange,
  advertiserList,
  newAdvertiser,
  newAdvertiserAnswer,
  rotation,
} from "./fields.ts";
import {
  changeAdvertiser,
  createAdvertiser,
  findAdvertiser,
  listAdvertisers,
  readAdvertiser,
  rotateAdvertiser,
} from "./store.ts";

export const advertiserCalls = [
  ...setUpCalls({
    path: "/api/advertisers",
    one: "an advertiser",
    many: "advertisers",
    createSummary: "Create an advertiser; answers its token and signing secret too, to who may see them",
    changeSummary: "Change an advertiser and publish it to the edge",
    newOne: newAdvertiser,
    change: advertiserChange,
    query: advertiserList,
    answer: advertiserAnswer,
    savedAnswer: advertiserAnswer,
    createdAnswer: newAdvertiserAnswer,
    async create(env, input, change) {
      const created = await createAdvertiser(env, input, change);
      if (!created.ok) return created;
      if (!may(change.by, "credentials")) return accept(created.value.view);
      const { token, signing_secret } = await credentialsView(env, created.value.row, change.atMs);
      return accept({ ...created.value.view, token, signing_secret });
    },
    read: readAdvertiser,
    list: listAdvertisers,
    save: changeAdvertiser,
  }),
  call({
    method: "get",
    path: "/api/advertisers/:slug/credentials",
    summary: "Show an advertiser's token and signing secret, and the previous ones that are still valid",
    roles: holders("credentials"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: credentialsAnswer,
    handle: async ({ env, caller, nowMs, key }) => {
      const found = await findAdvertiser(env, caller, key);
      if (!found.ok) return found;
      const deed = { action: "view secrets", kind: "advertiser", subject: key, after: null } as const;
      await logDeed(env, { by: caller, atMs: nowMs }, deed);
      return accept(await credentialsView(env, found.value.row, nowMs));
    },
  }),
  call({
    method: "post",
    path: "/api/advertisers/:slug/rotate",
    summary: "Make a new token and signing secret; the present ones are valid until the given time",
    roles: holders("credentials"),
    query: NO_QUERY,
    body: rotation,
    status: 200,
    answer: credentialsAnswer,
    handle: async ({ env, caller, nowMs, key, body }) => {
      const rotated = await rotateAdvertiser(env, key, body.until, { by: caller, atMs: nowMs });
      return rotated.ok ? accept(await credentialsView(env, rotated.value, nowMs)) : rotated;
    },
  }),
  call({
    method: "post",
    path: "/api/advertisers/:slug/disown",
    summary:
      "Take back what a version of the credentials that has ended vouched for since a time, a page of conversions at a time; with dry_run, count it",
    roles: holders("disown"),
    query: NO_QUERY,
    body: disowning,
    status: 202,
    answer: disowningAnswer,
    handle: ({ env, caller, nowMs, key, body }) => disown(env, key, body, { by: caller, atMs: nowMs }),
  }),
];
