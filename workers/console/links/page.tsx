/** Links: the list, one of them with what an affiliate hangs on it, and the forms that make and change one. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE } from "../../core/roles.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers, readOffer } from "../offers/store.ts";
import { UnknownMacros } from "../offers/unknown-macros.tsx";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { ChoiceField, FlagField, Form, STATUS_OPTIONS, TextField } from "../shell/parts/form.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { Pager } from "../shell/parts/table.tsx";
import { Facts, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { readFilters } from "../shell/query.ts";
import { saveForm } from "../shell/saved-form.ts";
import { SeenIn } from "../shell/seen-in.tsx";
import { suggest } from "../shell/suggestions.ts";
import { LinkBuilder } from "./builder.tsx";
import { linkChange, linkList, newLink } from "./fields.ts";
import { changeLink, createLink, listLinks, readLink } from "./store.ts";
import { LinkTable } from "./table.tsx";
import type { LinkView } from "./view.ts";

const pathOf = (slug: string) => `/links/${encodeURIComponent(slug)}`;

export const linkPages: Page[] = [
  {
    path: "/links",
    roles: EVERYONE,
    async show({ env, visitor, url }) {
      const query = readFilters(linkList, url);
      if (!query.ok) return query;
      const [{ items, next }, offers, affiliates] = await Promise.all([
        listLinks(env, visitor.caller, query.value),
        suggest(env, visitor, listOffers),
        suggest(env, visitor, listAffiliates),
      ]);
      return accept({
        title: "Links",
        body: (
          <>
            <Head
              title="Links"
              actions={
                visitor.caller.role === "admin" ? (
                  <a class="button primary" href="/new-link">
                    New link
                  </a>
                ) : undefined
              }
            >
              One affiliate’s way to one offer.
            </Head>
            <Filters url={url}>
              <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
              <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
              <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
            </Filters>
            <LinkTable links={items} url={url} />
            <Pager url={url} next={next} />
          </>
        ),
      });
    },
  },
  {
    path: "/new-link",
    roles: ADMINS,
    show: async (look) => {
      const { searchParams } = look.url;
      const values = { offer: searchParams.get("offer") ?? "", affiliate: searchParams.get("affiliate") ?? "" };
      return accept(await newView(look, { values, problem: null }));
    },
    async act(sent) {
      const page = await newView(sent, { values: {}, problem: null });
      const lists = await suggestions(sent);
      return saveForm({
        form: sent.form,
        schema: newLink,
        save: (input) => createLink(sent.env, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=created`,
        again: (form) => ({ ...page, body: <NewLink form={form} csrf={sent.visitor.csrf} {...lists} /> }),
      });
    },
  },
  {
    path: "/links/:slug",
    roles: EVERYONE,
    async show({ env, visitor, key, url }) {
      const found = await readLink(env, visitor.caller, key);
      if (!found.ok) return found;
      const link = found.value;
      const offer = await readOffer(env, visitor.caller, link.offer);
      const inherited = offer.ok ? (offer.value.destination ?? null) : null;
      return accept({
        title: `Link ${link.slug}`,
        scripts: ["link-builder.js"],
        body: (
          <>
            <DoneNotice url={url} />
            <Head
              above={["Links", "/links"]}
              title={link.slug}
              status={
                <>
                  <Status status={link.status} /> {link.test ? <TestMark /> : null}
                </>
              }
              actions={
                <>
                  <SeenIn filter="link" slug={link.slug} groupBy="day" />
                  {visitor.caller.role === "admin" ? (
                    <a class="button" href={`${pathOf(link.slug)}/edit`}>
                      Edit
                    </a>
                  ) : null}
                </>
              }
            />
            <UnknownMacros destination={link.destination ?? inherited} />
            <LinkBuilder link={link} hosts={offer.ok ? offer.value.deep_link_hosts : []} />
            <Card title="Set-up">
              <Facts facts={factsOf(link, inherited, visitor.caller.role !== "affiliate")} />
            </Card>
          </>
        ),
      });
    },
  },
  {
    path: "/links/:slug/edit",
    roles: ADMINS,
    async show(look) {
      const found = await readLink(look.env, look.visitor.caller, look.key);
      return found.ok ? accept(editView(look, { values: found.value, problem: null })) : found;
    },
    act: (sent) =>
      saveForm({
        form: sent.form,
        schema: linkChange,
        save: (input) => changeLink(sent.env, sent.key, input, { by: sent.visitor.caller, atMs: sent.nowMs }),
        done: ({ slug }) => `${pathOf(slug)}?done=saved`,
        again: (form) => editView(sent, form),
      }),
  },
];

function factsOf(link: LinkView, inherited: string | null, seesAdvertiser: boolean) {
  return [
    ["Offer", <a href={`/offers/${encodeURIComponent(link.offer)}`}>{link.offer}</a>],
    ["Affiliate", link.affiliate],
    ["Advertiser", seesAdvertiser ? link.advertiser : null],
    [
      "Destination",
      link.destination !== null ? (
        <code class="break">{link.destination}</code>
      ) : inherited === null ? null : (
        <>
          <code class="break">{inherited}</code> (the offer’s)
        </>
      ),
      "long",
    ],
    ["Created", <Time at={link.created_at} />],
    ["Changed", <Time at={link.updated_at} />],
  ] as const;
}

async function suggestions({ env, visitor }: Look) {
  const [offers, affiliates] = await Promise.all([
    suggest(env, visitor, listOffers),
    suggest(env, visitor, listAffiliates),
  ]);
  return { offers, affiliates };
}

async function newView(look: Look, form: FormState): Promise<PageView> {
  const lists = await suggestions(look);
  return { title: "New link", body: <NewLink form={form} csrf={look.visitor.csrf} {...lists} /> };
}

function NewLink(props: { form: FormState; csrf: string; offers: string[]; affiliates: string[] }) {
  const { form, csrf, offers, affiliates } = props;
  return (
    <>
      <Head above={["Links", "/links"]} title="New link" />
      <Form form={form} csrf={csrf} save="Create link" cancel="/links">
        <TextField form={form} path="offer" label="Offer" required suggestions={offers} help="Slug of an offer." />
        <TextField
          form={form}
          path="affiliate"
          label="Affiliate"
          required
          suggestions={affiliates}
          help="Slug of an affiliate."
        />
        <TextField
          form={form}
          path="slug"
          label="Slug"
          placeholder="made for you"
          help="What stands in the tracking link. Left empty, a short one is made. It stays for ever."
        />
        <LinkFields form={form} />
      </Form>
    </>
  );
}

function editView({ visitor, key }: Look, form: FormState): PageView {
  return {
    title: `Edit ${key}`,
    body: (
      <>
        <Head above={[key, pathOf(key)]} title={`Edit ${key}`} />
        <Form form={form} csrf={visitor.csrf} save="Save" cancel={pathOf(key)}>
          <LinkFields form={form} />
          <ChoiceField form={form} path="status" label="Status" options={STATUS_OPTIONS} />
        </Form>
      </>
    ),
  };
}

function LinkFields({ form }: { form: FormState }) {
  return (
    <>
      <TextField
        form={form}
        path="destination"
        kind="nullable"
        label="Destination"
        wide
        placeholder="the offer’s"
        help="Another address than the offer’s, with macros such as {click_id}. Left empty, the offer’s is used."
      />
      <FlagField
        form={form}
        path="test"
        label="For testing"
        help="It makes test clicks with test=1; they show everywhere, and are never counted or paid."
      />
    </>
  );
}
