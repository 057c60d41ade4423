/** Calls about advertisers. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { credentialsAnswer, credentialsView } from "./credentials.ts";
import { advertiserChange, advertiserList, newAdvertiser, rotation } from "./fields.ts";
import { changeAdvertiser, createAdvertiser, listAdvertisers, readAdvertiser, rotateAdvertiser } from "./store.ts";
import { advertiserAnswer, advertiserView, newAdvertiserAnswer } from "./view.ts";

export const advertiserCalls = [
  call({
    method: "post",
    path: "/api/advertisers",
    summary: "Create an advertiser; answers its token and signing secret too",
    roles: ADMINS,
    query: NO_QUERY,
    body: newAdvertiser,
    status: 201,
    answer: newAdvertiserAnswer,
    handle: async ({ env, caller, nowMs, body }) => {
      const created = await createAdvertiser(env, body, { by: caller, atMs: nowMs });
      if (!created.ok) return created;
      const { token, signing_secret } = await credentialsView(env, created.value, nowMs);
      return accept({ ...advertiserView(env, created.value), token, signing_secret });
    },
  }),
  call({
    method: "get",
    path: "/api/advertisers",
    summary: "List advertisers",
    roles: EVERYONE,
    query: advertiserList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(advertiserAnswer),
    handle: async ({ env, caller, query }) => accept(await listAdvertisers(env, caller, query)),
  }),
  call({
    method: "get",
    path: "/api/advertisers/:slug",
    summary: "Read an advertiser",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: advertiserAnswer,
    handle: async ({ env, caller, key }) => {
      const found = await readAdvertiser(env, caller, key);
      return found.ok ? accept(advertiserView(env, found.value)) : found;
    },
  }),
  call({
    method: "patch",
    path: "/api/advertisers/:slug",
    summary: "Change an advertiser and publish it to the edge",
    roles: ADMINS,
    query: NO_QUERY,
    body: advertiserChange,
    status: 200,
    answer: advertiserAnswer,
    handle: async ({ env, caller, nowMs, key, body }) => {
      const changed = await changeAdvertiser(env, key, body, { by: caller, atMs: nowMs });
      return changed.ok ? accept(advertiserView(env, changed.value)) : changed;
    },
  }),
  call({
    method: "get",
    path: "/api/advertisers/:slug/credentials",
    summary: "Show an advertiser's token and signing secret, and the previous ones that are still valid",
    roles: ADMINS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: credentialsAnswer,
    handle: async ({ env, caller, nowMs, key }) => {
      const found = await readAdvertiser(env, caller, key);
      return found.ok ? accept(await credentialsView(env, found.value, nowMs)) : found;
    },
  }),
  call({
    method: "post",
    path: "/api/advertisers/:slug/rotate",
    summary: "Make a new token and signing secret; the present ones are valid until the given time",
    roles: ADMINS,
    query: NO_QUERY,
    body: rotation,
    status: 200,
    answer: credentialsAnswer,
    handle: async ({ env, caller, nowMs, key, body }) => {
      const rotated = await rotateAdvertiser(env, key, body.until, { by: caller, atMs: nowMs });
      return rotated.ok ? accept(await credentialsView(env, rotated.value, nowMs)) : rotated;
    },
  }),
];
