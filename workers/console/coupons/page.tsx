/** Coupons: the list, one of them, and taking in a whole list. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import { detailsOf } from "../set-up/details.tsx";
import { formPages, listPage, ThingHead } from "../set-up/pages.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Form, LinesField } from "../shell/parts/form.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head } from "../shell/parts/section.tsx";
import { NoRows } from "../shell/parts/table.tsx";
import { Details, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { SeenIn } from "../shell/seen-in.tsx";
import { suggest } from "../shell/suggestions.ts";
import type { ListShape } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import type { Problem } from "../web/problem.ts";
import { type CouponView, couponChange, couponFields, couponList, couponView, newCoupon } from "./fields.ts";
import { importCoupons } from "./import.ts";
import { changeCoupon, createCoupon, findCoupon, listCoupons, readCoupon } from "./store.ts";

const KIND = { one: "coupon", many: "Coupons", path: "/coupons", list: "coupons" } as const;
const IMPORT = "/import-coupons";
const LIST = "list";

export const couponPages: Page[] = [
  listPage(KIND, {
    roles: EVERYONE,
    lead: "Codes of affiliates: an order with one is its affiliate’s, without a click.",
    query: couponList,
    list: listCoupons,
    filters: couponFilters,
    table: (coupons, add, _, shape) => <CouponTable coupons={coupons} shape={shape} mayImport={add !== null} />,
  }),
  { path: "/coupons/:slug", roles: EVERYONE, show: showCoupon },
  ...formPages(KIND, {
    fields: couponFields,
    newOne: newCoupon,
    change: couponChange,
    create: createCoupon,
    read: readCoupon,
    save: changeCoupon,
    lists: { offer: listOffers, affiliate: listAffiliates },
  }),
  {
    path: IMPORT,
    roles: holders("set_up"),
    show: async () => accept(importView({ values: {}, problem: null })),
    async act({ env, user, form, nowMs }) {
      const list = form.get(`${LIST}:lines`) ?? "";
      const made = await importCoupons(env, list, { by: user.caller, atMs: nowMs });
      if (made.ok) return accept(seeOther("/coupons?done=created"));
      return accept(importView({ values: { [LIST]: list.split(/\r?\n/) }, problem: ofTheList(made.refusal) }));
    },
  },
];

/** What is wrong with lines, said of the page's one field; each names its line. */
function ofTheList({ errors = [], ...problem }: Problem): Problem {
  return { ...problem, errors: errors.map(({ detail }) => ({ pointer: `#/${LIST}`, detail })) };
}

function importView(form: FormState) {
  return {
    title: "Import coupons",
    body: (
      <>
        <Head above={[KIND.many, KIND.path]} title="Import coupons">
          All of them are made, or none.
        </Head>
        <Form form={form} save="Import" cancel={KIND.path}>
          <LinesField
            form={form}
            path={LIST}
            kind="lines"
            label="List"
            rows={12}
            placeholder={"code,affiliate,offer,from,until\nSPRING,blog,shoes,2026-03-01,2026-06-01"}
            help="CSV; the first line names the columns. An empty “from” or “until” is no bound."
          />
        </Form>
      </>
    ),
  };
}

async function couponFilters({ env, user, url }: Look) {
  const [offers, affiliates] = await Promise.all([suggest(env, user, listOffers), suggest(env, user, listAffiliates)]);
  return (
    <>
      <TextFilter url={url} name="code" label="Code" />
      <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
      <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    </>
  );
}

function CouponTable({
  coupons,
  shape,
  mayImport,
}: {
  coupons: readonly CouponView[];
  shape: ListShape;
  mayImport: boolean;
}) {
  const bound = (at: string | null) => (at === null ? <Nothing /> : <Time at={at} />);
  return (
    <>
      <ListTable
        shape={shape}
        ownSort="created_at"
        label="Coupons"
        columns={[
          {
            name: "Code",
            cell: ({ slug, code }: CouponView) => <a href={`/coupons/${encodeURIComponent(slug)}`}>{code}</a>,
          },
          {
            name: "Offer",
            key: "offer",
            sort: "offer",
            cell: ({ offer }) => <Named of="offer" slug={offer} href={`/offers/${encodeURIComponent(offer)}`} />,
          },
          { name: "Affiliate", key: "affiliate", cell: ({ affiliate }) => <Named of="affiliate" slug={affiliate} /> },
          { name: "From", key: "from", cell: ({ from }) => bound(from) },
          { name: "Until", key: "until", cell: ({ until }) => bound(until) },
          { name: "Status", key: "status", cell: ({ status }) => <Status status={status} /> },
          {
            name: "Created",
            key: "created_at",
            more: true,
            sort: "-created_at",
            cell: ({ created_at }) => <Time at={created_at} />,
          },
        ]}
        rows={coupons}
        empty={
          <NoRows url={shape.url}>
            <p>No coupons yet. A coupon is an affiliate’s code, with a link of its own.</p>
          </NoRows>
        }
      />
      {mayImport ? (
        <p>
          <a href={IMPORT}>Import a list of coupons</a>
        </p>
      ) : null}
    </>
  );
}

async function showCoupon(look: Look) {
  const { env, user, key } = look;
  const found = await findCoupon(env, user.caller, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const coupon = couponView(found.value, viewer);
  const link = `/links/${encodeURIComponent(coupon.slug)}`;
  const particular = {
    slug: [["Link", <a href={link}>{coupon.slug}</a>]],
    offer: [["Offer", <Named of="offer" slug={coupon.offer} href={`/offers/${encodeURIComponent(coupon.offer)}`} />]],
    // Whose offer it is does not concern its affiliates.
    ...(viewer.role === "affiliate" ? { advertiser: [] } : {}),
  } as const;
  return accept({
    title: `Coupon ${coupon.code}`,
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={coupon.slug}
          title={coupon.code}
          status={<Status status={coupon.status} />}
        >
          <SeenIn filter="link" slug={coupon.slug} groupBy="day" />
        </ThingHead>
        <Card title="Set-up">
          <Details details={detailsOf(couponFields, found.value, viewer, particular)} />
        </Card>
      </>
    ),
  });
}
