/** Affiliates: the list, one of them with its links, and the forms that make and change one. */
import { accept } from "../../core/result.ts";
import { ADMINS, OPERATORS } from "../../core/roles.ts";
import { listLinks } from "../links/store.ts";
import { LinkTable } from "../links/table.tsx";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, Filters } from "../shell/parts/filters.tsx";
import { ChoiceField, FlagField, Form, STATUS_OPTIONS, TextField } from "../shell/parts/form.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Facts, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { readFilters } from "../shell/query.ts";
import { saveForm } from "../shell/saved-form.ts";
import { SeenIn } from "../shell/seen-in.tsx";
import { affiliateChange, affiliateList, newAffiliate } from "./fields.ts";
import { changeAffiliate, createAffiliate, listAffiliates, readAffiliate } from "./store.ts";
import type { AffiliateView } from "./view.ts";

const LOOKERS = [...OPERATORS, "affiliate"] as const;
const pathOf = (slug: string) => `/affiliates/${encodeURIComponent(slug)}`;

export const affiliatePages: Page[] = [
  {
    path: "/affiliates",
    roles: LOOKERS,
    async show({ env, visitor, url }) {
      const query = readFilters(affiliateList, url);
      if (!query.ok) return query;
      const { items, next } = await listAffiliates(env, visitor.caller, query.value);
      const isAdmin = visitor.caller.role === "admin";
      return accept({
        title: "Affiliates",
        body: (
          <>
            <Head title="Affiliates" actions={isAdmin ? <NewButton /> : undefined}>
              Who sends the clicks, and is paid for what comes of them.
            </Head>
            <Filters url={url}>
              <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
            </Filters>
            <Table
              label="Affiliates"
              columns={[
                { name: "Affiliate", cell: ({ slug }: AffiliateView) => <a href={pathOf(slug)}>{slug}</a> },
                { name: "Name", cell: ({ name }) => <Clipped text={name} /> },
                { name: "Status", cell: (row) => <AffiliateStatus {...row} /> },
                { name: "Created", cell: ({ created_at }) => <Time at={created_at} /> },
              ]}
              rows={items}
              empty={
                <NoRows url={url}>
                  <p>No affiliate is here yet. An affiliate gets links, and is paid for what comes of them.</p>
                  {isAdmin ? <NewButton /> : null}
                </NoRows>
              }
            />
            <Pager url={url} next={next} />
          </>
        ),
      });
    },
  },
  {
    path: "/new-affiliate",
    roles: ADMINS,
    show: async (look) => accept(newView(look, { values: {}, problem: null })),
    act: (sent) =>
      saveForm({
        form: sent.form,
        schema: newAffiliate,
        save: (input) => createAffiliate(sent.env, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=created`,
        again: (form) => newView(sent, form),
      }),
  },
  {
    path: "/affiliates/:slug",
    roles: LOOKERS,
    async show({ env, visitor, key, url }) {
      const found = await readAffiliate(env, visitor.caller, key);
      if (!found.ok) return found;
      const affiliate = found.value;
      const links = await listLinks(env, visitor.caller, { affiliate: affiliate.slug, limit: 50 });
      const isAdmin = visitor.caller.role === "admin";
      const addLink = `/new-link?affiliate=${encodeURIComponent(affiliate.slug)}`;
      return accept({
        title: affiliate.name,
        body: (
          <>
            <DoneNotice url={url} />
            <Head
              above={["Affiliates", "/affiliates"]}
              title={affiliate.name}
              status={<AffiliateStatus {...affiliate} />}
              actions={
                <>
                  <SeenIn filter="affiliate" slug={affiliate.slug} groupBy="offer" />
                  {isAdmin ? (
                    <a class="button" href={`${pathOf(affiliate.slug)}/edit`}>
                      Edit
                    </a>
                  ) : null}
                </>
              }
            />
            <Card>
              <Facts
                facts={[
                  ["Slug", <code>{affiliate.slug}</code>],
                  ["Test clicks", affiliate.test ? "all links make test clicks with test=1" : null],
                  ["Created", <Time at={affiliate.created_at} />],
                  ["Changed", <Time at={affiliate.updated_at} />],
                ]}
              />
            </Card>
            <Card
              title="Links"
              flush
              actions={
                isAdmin ? (
                  <a class="button" href={addLink}>
                    New link
                  </a>
                ) : undefined
              }
            >
              <LinkTable links={links.items} without="affiliate" />
            </Card>
          </>
        ),
      });
    },
  },
  {
    path: "/affiliates/:slug/edit",
    roles: ADMINS,
    async show(look) {
      const found = await readAffiliate(look.env, look.visitor.caller, look.key);
      return found.ok ? accept(editView(look, { values: found.value, problem: null })) : found;
    },
    act: (sent) =>
      saveForm({
        form: sent.form,
        schema: affiliateChange,
        save: (input) => changeAffiliate(sent.env, sent.key, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=saved`,
        again: (form) => editView(sent, form),
      }),
  },
];

function AffiliateStatus({ status, test }: Pick<AffiliateView, "status" | "test">) {
  return (
    <>
      <Status status={status} /> {test ? <TestMark /> : null}
    </>
  );
}

function NewButton() {
  return (
    <a class="button primary" href="/new-affiliate">
      New affiliate
    </a>
  );
}

function newView({ visitor }: Look, form: FormState): PageView {
  return {
    title: "New affiliate",
    body: (
      <>
        <Head above={["Affiliates", "/affiliates"]} title="New affiliate" />
        <Form form={form} csrf={visitor.csrf} save="Create affiliate" cancel="/affiliates">
          <TextField
            form={form}
            path="slug"
            label="Slug"
            required
            placeholder="the-blog"
            help="Its name in addresses and reports. It stays for ever."
          />
          <AffiliateFields form={form} />
        </Form>
      </>
    ),
  };
}

function editView({ visitor, key }: Look, form: FormState): PageView {
  return {
    title: `Edit ${key}`,
    body: (
      <>
        <Head above={[key, pathOf(key)]} title={`Edit ${key}`} />
        <Form form={form} csrf={visitor.csrf} save="Save" cancel={pathOf(key)}>
          <AffiliateFields form={form} />
          <ChoiceField
            form={form}
            path="status"
            label="Status"
            options={STATUS_OPTIONS}
            help="Clicks on the links of a paused or ended affiliate go to the fallback. Conversions of earlier clicks still count."
          />
        </Form>
      </>
    ),
  };
}

function AffiliateFields({ form }: { form: FormState }) {
  return (
    <>
      <TextField form={form} path="name" label="Name" required placeholder="The Blog" />
      <FlagField
        form={form}
        path="test"
        label="For testing"
        help="Its links make test clicks with test=1; they show everywhere, and are never counted or paid."
      />
    </>
  );
}
