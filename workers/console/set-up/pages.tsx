/** The pages that every kind of thing has that is set up: its list, the head of its own page, and the forms that make and change one. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { isSeenBy, OPERATORS, type Role } from "../../core/roles.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import { askedFor, readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Choosing, Tick } from "../shell/parts/choosing.tsx";
import { Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Form } from "../shell/parts/form.tsx";
import { DoneNotice, Head, Notice } from "../shell/parts/section.tsx";
import { Pager } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { suggest } from "../shell/suggestions.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { fileColumns, type ListShape, shapeOf } from "../views/list-shape.ts";
import type { ListName } from "../views/lists.ts";
import { ViewTabs } from "../views/view-tabs.tsx";
import type { Caller } from "../web/caller.ts";
import type { Schema } from "../web/input.ts";
import type { ListPage } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import { mayWrite } from "./field.ts";
import { copiedValues, newValues, SetUpFields, type Suggestions } from "./form.tsx";
import type { FormFields, Suggested } from "./form-field.ts";
import { columnsOf } from "./list-kind.ts";

/** What a kind of thing is called, and where its pages are. */
export interface KindOfThing {
  /** `offer` */
  one: string;
  /** `Offers` */
  many: string;
  /** `/offers` */
  path: string;
}

export function pathOf({ path }: KindOfThing, slug: string): string {
  return `${path}/${encodeURIComponent(slug)}`;
}

/** `/import-links` */
export function importPathOf({ path }: Pick<KindOfThing, "path">): string {
  return `/import-${path.slice(1)}`;
}

/** What is done to many things of a list at once, to those that are ticked or to all that fit. */
export interface AtOnce {
  /** Who may. */
  actors: readonly Role[];
  form(): Child;
  /** Where the form leads. */
  act(sent: Submission): Promise<Result<Response, Problem>>;
}

/** What stands before a row's name for who may choose it. */
export type TickOf = (slug: string) => Child;

interface ListOf<Query, View> {
  roles: readonly Role[];
  /** What they are, in a sentence. */
  lead: string;
  query: Schema<Query>;
  list(env: Env, caller: Caller, query: Query): Promise<ListPage<View>>;
  filters(look: Look): Promise<Child> | Child;
  /** The columns of the file as which it goes out, and comes in. */
  file?: Parameters<typeof columnsOf>[0];
  /** Who may make one: admins, unless said. */
  writers?: readonly Role[];
  /** Where who sees but one of them is led, past the list; null for everybody else. */
  only?(look: Look): Promise<string | null>;
  /** What the list is called for this role, where it is not as ever. */
  called?(role: Role): string | undefined;
  atOnce?: AtOnce;
  /** Operators tag them. */
  isTagged?: true;
  /** The rows; `add` is the button that makes one, for those who may; `tick` what chooses a row. */
  table(rows: readonly View[], add: Child, look: Look & { tick: TickOf }, shape: ListShape): Child | Promise<Child>;
}

export function listPage<Query, View>(kind: KindOfThing & { list: ListName }, its: ListOf<Query, View>): Page {
  const { atOnce } = its;

  async function view(look: Look, problem: Problem | null): Promise<Result<PageView | Response, Problem>> {
    const { env, user, url } = look;
    const only = await its.only?.(look);
    if (only) return accept(seeOther(only));
    // What was wrong is said here, whatever view the list opens with.
    const here = problem === null ? look : { ...look, url: new URL(url.search || "?view=none", url) };
    const shape = await shapeOf(here, kind.list);
    if (shape instanceof Response) return accept(shape);
    const query = readFilters(its.query, url);
    if (!query.ok) return query;
    const unknown = await unknownSlug(env.DB, user.caller, query.value);
    if (unknown !== null) return refuse(unknown);
    const [{ items, next }, filters] = await Promise.all([its.list(env, user.caller, query.value), its.filters(look)]);
    const add = (
      <a class="button primary" href={`/new-${kind.one}`}>
        New {kind.one}
      </a>
    );
    const title = its.called?.(user.caller.role) ?? kind.many;
    const mayAdd = (its.writers ?? holders("set_up")).some((role) => role === user.caller.role);
    const offered = atOnce?.actors.includes(user.caller.role) && items.length > 0 ? atOnce : null;
    const tick: TickOf = (slug) => (offered ? <Tick value={slug} label={slug} /> : null);
    const around = (rows: Child) =>
      offered ? (
        <Choosing action={url.pathname + url.search}>
          {rows}
          {offered.form()}
        </Choosing>
      ) : (
        rows
      );
    const table = await its.table(items, mayAdd ? add : null, { ...look, tick }, { ...shape, around });
    return accept({
      title,
      scripts: ["columns.js"],
      body: (
        <>
          <DoneNotice url={url} />
          <Head
            title={title}
            actions={
              <>
                {its.file ? (
                  <FileButtons
                    kind={kind}
                    shape={shape}
                    names={columnsOf(its.file, user.caller.role)}
                    mayImport={mayAdd}
                  />
                ) : null}
                {mayAdd ? add : null}
              </>
            }
          >
            {its.lead}
          </Head>
          <ViewTabs shape={shape} user={user} />
          <Filters url={url}>
            {filters}
            {its.isTagged && OPERATORS.some((role) => role === user.caller.role) ? (
              <TextFilter url={url} name="tags" label="Tag" />
            ) : null}
          </Filters>
          {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
          {table}
          <Pager url={url} next={next} />
        </>
      ),
    });
  }

  const page: Page = { path: kind.path, roles: its.roles, show: (look) => view(look, null) };
  if (!atOnce) return page;
  const { actors } = atOnce;
  return {
    ...page,
    actors,
    async act(sent) {
      const done = await atOnce.act(sent);
      return done.ok ? done : view(sent, done.refusal);
    },
  };
}

/** The list as it is filtered, as a file; and the way to take one in. */
function FileButtons(props: { kind: KindOfThing; shape: ListShape; names: readonly string[]; mayImport: boolean }) {
  const { kind, shape, names, mayImport } = props;
  const asked = askedFor(shape.url);
  for (const name of ["cursor", "limit", "sort"]) asked.delete(name);
  const columns = fileColumns(shape, names, "slug");
  if (columns !== null) asked.set("columns", columns.join(","));
  // Excel takes it for UTF-8 then.
  asked.set("bom", "1");
  return (
    <>
      <a class="button" href={`/api/exports${kind.path}.csv?${asked}`} download>
        CSV
      </a>
      {mayImport ? (
        <a class="button" href={importPathOf(kind)}>
          Import
        </a>
      ) : null}
    </>
  );
}

/** The head of a thing's own page; `children`: the ways from it to elsewhere. */
export function ThingHead(
  props: PropsWithChildren<{
    kind: KindOfThing;
    look: Look;
    slug: string;
    title: string;
    status: Child;
    tags?: readonly string[] | undefined;
    /** Who may change it: admins, unless said. */
    writers?: readonly Role[];
  }>,
) {
  const { kind, look, slug, title, status, tags, writers = holders("set_up"), children } = props;
  return (
    <>
      <DoneNotice url={look.url} />
      <Head
        above={[kind.many, kind.path]}
        title={title}
        status={
          <>
            {status} <TagChips tags={tags} path={kind.path} />
          </>
        }
        actions={
          <>
            {children}
            {writers.some((role) => role === look.user.caller.role) ? (
              <a class="button" href={`${pathOf(kind, slug)}/edit`}>
                Edit
              </a>
            ) : null}
          </>
        }
      />
    </>
  );
}

type Lists = Partial<Record<Suggested, Parameters<typeof suggest>[2]>>;

interface FormsOf<New, Changed> {
  fields: FormFields;
  /** What everything is called that the forms fold away. */
  more?: string;
  newOne: Schema<New>;
  change: Schema<Changed>;
  /** What a form says, as the API takes it; by default as it is. */
  prepare?(values: unknown): unknown;
  create(env: Env, input: New, change: ChangeStamp): Promise<Result<{ slug: string }, Problem>>;
  read(env: Env, caller: Caller, key: string): Promise<Result<object, Problem>>;
  save(env: Env, key: string, input: Changed, change: ChangeStamp): Promise<Result<{ slug: string }, Problem>>;
  /** Where the slugs come from that fields suggest. */
  lists?: Lists;
  /** Who may make and change one: admins, unless said. */
  writers?: readonly Role[];
  /** What stands above the form of a new one. */
  intro?(look: Look): Child;
  /** What stands in the form of a new one besides the defaults. */
  begin?(query: URLSearchParams): Record<string, unknown>;
  /** Whether `?copy=` begins a new one as another one is. */
  copies?: true;
}

/** The forms that make and change one. */
export function formPages<New, Changed>(kind: KindOfThing, its: FormsOf<New, Changed>): Page[] {
  const { more, prepare = (values: unknown) => values, writers = holders("set_up"), intro, begin } = its;
  /** Nobody is asked for what they do not see, or may not write. */
  const askedOf = ({ user }: Look): FormFields =>
    Object.fromEntries(
      Object.entries(its.fields).filter(
        ([, field]) => isSeenBy(field, user.caller.role) && mayWrite(field, user.caller.role),
      ),
    );

  async function newView(look: Look): Promise<(form: FormState) => PageView> {
    const suggestions = await suggestionsFrom(look, its.lists ?? {});
    const fields = askedOf(look);
    return (form) => ({
      title: `New ${kind.one}`,
      body: (
        <>
          <Head above={[kind.many, kind.path]} title={`New ${kind.one}`} />
          {intro?.(look) ?? null}
          <Form form={form} save={`Create ${kind.one}`} cancel={kind.path}>
            <SetUpFields fields={fields} form={form} present={null} suggestions={suggestions} more={more} />
          </Form>
        </>
      ),
    });
  }

  function editView(look: Look, present: object, form: FormState): PageView {
    const { key } = look;
    const fields = askedOf(look);
    const path = pathOf(kind, key);
    return {
      title: `Edit ${key}`,
      body: (
        <>
          <Head above={[key, path]} title={`Edit ${key}`} />
          <Form form={form} save="Save" cancel={path}>
            <SetUpFields fields={fields} form={form} present={present} suggestions={{}} more={more} />
          </Form>
        </>
      ),
    };
  }

  return [
    {
      path: `/new-${kind.one}`,
      roles: writers,
      async show(look) {
        const view = await newView(look);
        const query = look.url.searchParams;
        const from = its.copies ? query.get("copy") : null;
        const copied = from === null ? accept({}) : await its.read(look.env, look.user.caller, from);
        if (!copied.ok) return copied;
        const fields = askedOf(look);
        const values = { ...newValues(fields, query), ...begin?.(query), ...copiedValues(fields, copied.value) };
        return accept(view({ values, problem: null }));
      },
      act: async (sent) =>
        saveForm({
          form: sent.form,
          schema: its.newOne,
          prepare,
          save: (input) => its.create(sent.env, input, { by: sent.user.caller, atMs: sent.nowMs }),
          done: ({ slug }) => `${pathOf(kind, slug)}?done=created`,
          again: await newView(sent),
        }),
    },
    {
      path: `${kind.path}/:slug/edit`,
      roles: writers,
      async show(look) {
        const found = await its.read(look.env, look.user.caller, look.key);
        return found.ok ? accept(editView(look, found.value, { values: found.value, problem: null })) : found;
      },
      async act(sent) {
        const found = await its.read(sent.env, sent.user.caller, sent.key);
        if (!found.ok) return found;
        return saveForm({
          form: sent.form,
          schema: its.change,
          prepare,
          present: found.value,
          save: (input) => its.save(sent.env, sent.key, input, { by: sent.user.caller, atMs: sent.nowMs }),
          done: ({ slug }) => `${pathOf(kind, slug)}?done=saved`,
          again: (form) => editView(sent, found.value, form),
        });
      },
    },
  ];
}

/** What the fields of a new one offer to choose from. */
async function suggestionsFrom({ env, user }: Look, lists: Lists): Promise<Suggestions> {
  const offered = Object.entries(lists).map(async ([kind, list]) => [kind, await suggest(env, user, list)] as const);
  return Object.fromEntries(await Promise.all(offered));
}
