/** The aliases of a tracker: the list, what a pasted or uploaded one would change, and then its setting. */
import type { Child } from "hono/jsx";
import { must } from "../../core/must.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { aliasForms } from "../../core/trackers/tracker-role.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { FileField, PASTED, PastedLines, sentBytes } from "../shell/parts/sent-lines.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Nothing, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { type ListedAlias, MOST_LINES, readAliasList } from "./alias-file.ts";
import {
  type AliasPlan,
  type AliasView,
  aliasList,
  deleteAliases,
  listAliases,
  MOST_ALIASES,
  planAliases,
  saveAliases,
} from "./aliases.ts";
import { findTracker } from "./store.ts";

/** The button that sets what was looked at; the page's script leaves it to the browser. */
const SEND = "send";
const GONE = "gone";
const SHOWN = 50;
const DONE: Record<string, string> = { set: "Set, and published to the edge.", gone: "Taken away." };

export const aliasesPage: Page = {
  path: "/trackers/:slug/aliases",
  roles: OPERATORS,
  actors: holders("set_up"),
  show: (look) => view(look, new URLSearchParams(), null),
  upload: act,
};

async function act(sent: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, key, form, nowMs } = sent;
  const found = await findTracker(env, user.caller, key);
  if (!found.ok) return found;
  const change = { by: user.caller, atMs: nowMs };
  const there = (done: string) => accept(seeOther(`/trackers/${encodeURIComponent(key)}/aliases?done=${done}`));
  if (form.has(GONE)) {
    const gone = await deleteAliases(env, key, form.getAll(GONE), change);
    return gone.ok ? there("gone") : gone;
  }
  const list = await readAliasList(new TextDecoder().decode(sentBytes(sent)));
  if (!list.ok) return view(sent, form, <Notice tone="bad">{list.refusal.detail}</Notice>);
  const plan = await planAliases(env, found.value, list.value);
  if (!form.has(SEND)) return view(sent, form, <WhatWouldBe list={list.value} plan={plan} />);
  for (let at = 0; at < list.value.length; at += MOST_ALIASES) {
    const saved = await saveAliases(env, key, list.value.slice(at, at + MOST_ALIASES), change);
    if (!saved.ok) return saved;
  }
  if (plan.faults.length === 0) return there("set");
  return view(
    sent,
    form,
    <>
      <Notice tone="warn">Set, but for what stands below: {count(plan.faults.length, "line", "lines")}.</Notice>
      <Faults list={list.value} plan={plan} />
    </>,
  );
}

async function view(look: Look, form: URLSearchParams, answer: Child): Promise<Result<PageView, Problem>> {
  const { env, user, key, url } = look;
  const query = readFilters(aliasList, url);
  if (!query.ok) return query;
  const [tracker, aliases] = await Promise.all([
    findTracker(env, user.caller, key),
    listAliases(env, user.caller, key, query.value),
  ]);
  if (!tracker.ok) return tracker;
  if (!aliases.ok) return aliases;
  const { name, dialect, slug } = tracker.value.row;
  const maySetUp = may(user.caller, "set_up");
  const done = DONE[url.searchParams.get("done") ?? ""];
  return accept({
    title: `Aliases of ${name}`,
    scripts: maySetUp ? ["table-file.js"] : [],
    body: (
      <>
        <Head above={[name, `/trackers/${encodeURIComponent(slug)}`]} title="Aliases">
          How its placed links name links of ours: {formsOf(dialect)}.
        </Head>
        {done === undefined ? null : <Notice tone="good">{done}</Notice>}
        {maySetUp ? <SetForm form={form} path={url.pathname} dialect={dialect} answer={answer} /> : null}
        <Filters url={url}>
          <TextFilter url={url} name="alias" label="Alias" />
          <TextFilter url={url} name="link" label="Link" />
        </Filters>
        <AliasTable aliases={aliases.value.items} url={url} maySetUp={maySetUp} />
        <Pager url={url} next={aliases.value.next} />
      </>
    ),
  });
}

/** `{offer_id}/{aff_id} or {tiny}` */
function formsOf(dialect: string): Child {
  const table = TRACKER_TABLES.get(dialect);
  const forms = table ? aliasForms(table) : [];
  return forms.map((form, place) => (
    <>
      {place === 0 ? "" : " or "}
      <code>{form}</code>
    </>
  ));
}

interface SetFormProps {
  form: URLSearchParams;
  path: string;
  dialect: string;
  answer: Child;
}

function SetForm({ form, path, dialect, answer }: SetFormProps) {
  const [alias = ""] = aliasForms(must(TRACKER_TABLES.get(dialect), "the table of dialect", dialect));
  return (
    <form method="post" action={path} enctype="multipart/form-data" data-table-file="answer">
      <Card title="Set aliases">
        <p>
          CSV of two columns, the alias and the link’s slug; in place of the alias the placed link itself will do. What
          is not in the list stays as it is.
        </p>
        <div class="inline">
          <FileField />
          <button type="submit" class="primary">
            Look
          </button>
        </div>
        <PastedLines
          pasted={form.get(PASTED) ?? ""}
          placeholder={`alias,link\n${alias},demo`}
          help={<>At most {MOST_LINES.toLocaleString("en")} lines; the API takes more, in parts.</>}
        />
      </Card>
      <div id="answer" aria-live="polite">
        {answer}
      </div>
    </form>
  );
}

function WhatWouldBe({ list, plan }: { list: readonly ListedAlias[]; plan: AliasPlan }) {
  const fresh = plan.set.filter(({ was, slug }) => was !== slug);
  const made = fresh.filter(({ was }) => was === null).length;
  const said = [
    count(made, "alias would be new", "aliases would be new"),
    count(fresh.length - made, "would lead elsewhere", "would lead elsewhere"),
    count(plan.set.length - fresh.length, "is so already", "are so already"),
    count(plan.faults.length, "line cannot be set", "lines cannot be set"),
  ].filter((part) => part !== null);
  return (
    <>
      <Notice tone={fresh.length === 0 && plan.faults.length > 0 ? "bad" : plan.faults.length > 0 ? "warn" : "good"}>
        <p>{said.join("; ")}.</p>
        {fresh.length === 0 ? null : (
          <p>
            <button type="submit" name={SEND} value="1" class="primary">
              Set {fresh.length.toLocaleString("en")} {fresh.length === 1 ? "alias" : "aliases"}
            </button>
          </p>
        )}
      </Notice>
      <Faults list={list} plan={plan} />
      {fresh.length === 0 ? null : (
        <Card title={fresh.length > SHOWN ? `The first ${SHOWN} of them` : "What would be set"} flush>
          <Table
            label="What would be set"
            columns={[
              { name: "Alias", cell: ({ alias }: AliasPlan["set"][number]) => <Clipped text={alias} /> },
              { name: "Link", cell: ({ slug }) => <Named of="link" slug={slug} /> },
              { name: "Now", cell: ({ was }) => (was === null ? <Nothing /> : was) },
            ]}
            rows={fresh.slice(0, SHOWN)}
            empty={null}
          />
        </Card>
      )}
    </>
  );
}

function Faults({ list, plan }: { list: readonly ListedAlias[]; plan: AliasPlan }) {
  if (plan.faults.length === 0) return null;
  return (
    <Card title="Cannot be set" flush>
      <Table
        label="Cannot be set"
        columns={[
          { name: "Line", number: true, cell: ({ index }: AliasPlan["faults"][number]) => list[index]?.line ?? "" },
          { name: "Alias", cell: ({ index }) => <Clipped text={list[index]?.alias ?? null} /> },
          { name: "Link", cell: ({ index }) => <Named of="link" slug={list[index]?.link} /> },
          { name: "Why", cell: ({ detail }) => detail },
        ]}
        rows={plan.faults.slice(0, SHOWN)}
        empty={null}
      />
      {plan.faults.length > SHOWN ? (
        <p class="help">
          The first {SHOWN} of {plan.faults.length.toLocaleString("en")}.
        </p>
      ) : null}
    </Card>
  );
}

function AliasTable({ aliases, url, maySetUp }: { aliases: readonly AliasView[]; url: URL; maySetUp: boolean }) {
  const choose = {
    name: "Take away",
    cell: ({ alias }: AliasView) => (
      <input type="checkbox" name={GONE} value={alias} aria-label={`Take ${alias} away`} form="gone" />
    ),
  };
  return (
    <>
      <Table
        label="Aliases"
        columns={[
          { name: "Alias", cell: ({ alias }: AliasView) => <Clipped text={alias} /> },
          {
            name: "Link",
            cell: ({ link }) => <Named of="link" slug={link} href={`/links/${encodeURIComponent(link)}`} />,
          },
          {
            name: "Try it at",
            cell: ({ try_url: at }) => (at === null ? <Nothing /> : <code class="break">{at}</code>),
          },
          { name: "Set", cell: ({ made_at: at }) => <Time at={at} /> },
          ...(maySetUp ? [choose] : []),
        ]}
        rows={aliases}
        empty={
          <NoRows url={url}>
            <p>No aliases yet. Until there are, no placed link of this tracker’s leads anywhere here.</p>
          </NoRows>
        }
      />
      {maySetUp && aliases.length > 0 ? (
        <form id="gone" method="post" action={url.pathname} enctype="multipart/form-data">
          <button type="submit">Take the chosen away</button>
        </form>
      ) : null}
    </>
  );
}

/** Null where there is none of them. */
function count(number: number, one: string, many: string): string | null {
  return number === 0 ? null : `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
