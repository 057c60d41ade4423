/** Calls about views of lists, and about which columns lists show. */
import * as v from "valibot";
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { named } from "../web/named-schemas.ts";
import { notFound } from "../web/problem.ts";
import { columnChoice, columnsAnswer, newView, viewAnswer, viewChange, viewList } from "./fields.ts";
import { listNamed } from "./lists.ts";
import { changeView, deleteView, keepColumns, keepView, listViewsOf, readKeptList } from "./store.ts";

const view = named("View", viewAnswer);

export const viewCalls = [
  call({
    method: "get",
    path: "/api/views",
    summary: "List the views that this token or user keeps, and those that are shared with its role",
    roles: EVERYONE,
    query: viewList,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(view) }),
    handle: async ({ env, caller, query }) => accept({ items: await listViewsOf(env, caller, query.list) }),
  }),
  call({
    method: "post",
    path: "/api/views",
    summary: "Keep a view of a list under a name: what stands behind the ? of its page",
    roles: holders("views"),
    query: NO_QUERY,
    body: newView,
    status: 201,
    answer: view,
    handle: ({ env, caller, nowMs, body }) => keepView(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "patch",
    path: "/api/views/:slug",
    summary: "Change a view, share it with a role, or open its list with it",
    roles: holders("views"),
    query: NO_QUERY,
    body: viewChange,
    status: 200,
    answer: view,
    handle: ({ env, caller, nowMs, key, body }) => changeView(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: "/api/views/:slug",
    summary: "Delete a view",
    roles: holders("views"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key }) => deleteView(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/columns/:slug",
    summary: "Read which columns a list's page shows to this token or user",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: columnsAnswer,
    async handle({ env, caller, key }) {
      const list = listNamed(key, caller);
      if (list === null) return refuse(notFound("list", key));
      const { columns } = await readKeptList(env, caller, list);
      return accept({ list, columns });
    },
  }),
  call({
    method: "put",
    path: "/api/columns/:slug",
    summary:
      "Choose which columns a list's page shows to this token or user, and in which order; null is as without a choice",
    roles: holders("views"),
    query: NO_QUERY,
    body: columnChoice,
    status: 200,
    answer: columnsAnswer,
    async handle({ env, caller, nowMs, key, body }) {
      const list = listNamed(key, caller);
      if (list === null) return refuse(notFound("list", key));
      await keepColumns(env, list, body.columns, { by: caller, atMs: nowMs });
      return accept({ list, columns: body.columns });
    },
  }),
];
