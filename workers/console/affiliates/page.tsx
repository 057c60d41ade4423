/** Affiliates: the list, and one of them with its links. */
import { accept } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { ALL_BUT_ADVERTISERS, isSeenBy } from "../../core/roles.ts";
import { AdmissionCard } from "../admissions/admission-table.tsx";
import { listAdmissions } from "../admissions/store.ts";
import { closedLinks } from "../links/closed-links.ts";
import { listLinks } from "../links/store.ts";
import { LinkTable } from "../links/table.tsx";
import { notesCard } from "../notes/card.tsx";
import { statusAtOnce } from "../pausing/list-form.tsx";
import { detailsOf } from "../set-up/details.tsx";
import { importPage } from "../set-up/list-import-page.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter } from "../shell/parts/filters.tsx";
import { Card } from "../shell/parts/section.tsx";
import { NoRows } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Clipped, Details, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { SeenIn } from "../shell/seen-in.tsx";
import { ListTable } from "../views/list-table.tsx";
import { bankPage, bankPath } from "./bank-page.tsx";
import {
  type AffiliateView,
  affiliateChange,
  affiliateFields,
  affiliateList,
  MASK,
  newAffiliate,
  type StoredAffiliate,
} from "./fields.ts";
import { saidItself } from "./payee.ts";
import { payeePage, payeePath } from "./payee-page.tsx";
import { sameAccountNotice } from "./same-account-notice.tsx";
import {
  affiliateLists,
  changeAffiliate,
  createAffiliate,
  findAffiliate,
  listAffiliates,
  readAffiliate,
} from "./store.ts";

const KIND = { one: "affiliate", many: "Affiliates", path: "/affiliates", list: "affiliates" } as const;

export const affiliatePages: Page[] = [
  listPage(KIND, {
    file: affiliateLists,
    roles: ALL_BUT_ADVERTISERS,
    async only({ env, user }) {
      const own = user.caller.role === "affiliate" ? (await listAffiliates(env, user.caller, { limit: 1 })).items : [];
      return own[0] ? pathOf(KIND, own[0].slug) : null;
    },
    lead: "Who sends the clicks, and is paid for what comes of them.",
    query: affiliateList,
    list: listAffiliates,
    filters: ({ url }) => (
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended", "review"]} />
    ),
    atOnce: statusAtOnce("affiliate"),
    isTagged: true,
    table: (affiliates, add, { url, tick, user }, shape) => (
      <ListTable
        shape={shape}
        ownSort="created_at"
        label="Affiliates"
        columns={[
          {
            name: "Affiliate",
            sort: "slug",
            cell: ({ slug, tags }: AffiliateView) => (
              <>
                {tick(slug)}
                <a href={pathOf(KIND, slug)}>{slug}</a> <TagChips tags={tags} path={KIND.path} />
              </>
            ),
          },
          { name: "Name", key: "name", sort: "name", cell: ({ name }) => <Clipped text={name} /> },
          { name: "Status", key: "status", sort: "status", cell: (row) => <AffiliateStatus {...row} /> },
          {
            name: "Legal name",
            key: "legal_name",
            more: true,
            cell: (row) => <Clipped text={row.legal_name ?? null} />,
          },
          { name: "Contact", key: "contact", more: true, cell: (row) => <Clipped text={row.contact ?? null} /> },
          {
            name: "VAT number",
            key: "vat_number",
            more: true,
            cell: (row) => <Clipped text={row.vat_number ?? null} />,
          },
          ...(isSeenBy(affiliateFields.payment_method, user.caller.role)
            ? [
                {
                  name: "Paid by",
                  key: "payment_method",
                  more: true,
                  cell: (row: AffiliateView) => <Clipped text={row.payment_method ?? null} />,
                } as const,
              ]
            : []),
          {
            name: "Created",
            key: "created_at",
            sort: "-created_at",
            cell: ({ created_at }) => <Time at={created_at} />,
          },
        ]}
        rows={affiliates}
        empty={
          <NoRows url={url}>
            <p>No affiliate is here yet. An affiliate gets links, and is paid for what comes of them.</p>
            {add}
          </NoRows>
        }
      />
    ),
  }),
  { path: "/affiliates/:slug", roles: ALL_BUT_ADVERTISERS, show: showAffiliate },
  bankPage,
  payeePage,
  importPage(KIND, affiliateLists),
  ...formPages(KIND, {
    fields: affiliateFields,
    newOne: newAffiliate,
    change: affiliateChange,
    create: createAffiliate,
    read: readAffiliate,
    save: changeAffiliate,
    more: "Who it is on statements, and how it is paid",
  }),
];

async function showAffiliate(look: Look) {
  const { env, user, key } = look;
  const found = await findAffiliate(env, user.caller, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const isOperator = user.caller.scope === "everything";
  const [links, admissions, saidAt] = await Promise.all([
    listLinks(env, user.caller, { affiliate: row.slug, limit: 50 }),
    listAdmissions(env, user.caller, { affiliate: row.slug, limit: 50 }),
    isOperator ? saidItself(env, row.slug) : null,
  ]);
  const notes = await notesCard(look, "affiliate", row.slug);
  const sameAccount = isOperator ? await sameAccountNotice(env, [row.slug]) : null;
  const slugs = links.items.map(({ slug }) => slug);
  const closed = await closedLinks(env, user.caller, slugs, look.nowMs);
  const addLink = (
    <a class="button" href={`/new-link?affiliate=${encodeURIComponent(row.slug)}`}>
      New link
    </a>
  );
  const { role } = user.caller;
  return accept({
    title: row.name,
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={row.slug}
          title={row.name}
          status={<AffiliateStatus {...row} />}
          tags={isOperator ? row.tags : undefined}
        >
          {may({ role }, "payee") ? (
            <a class="button" href={payeePath(row.slug)}>
              On its statements
            </a>
          ) : null}
          {isOperator ? (
            <a class="button" href={`${pathOf(KIND, row.slug)}/signals`}>
              Signals
            </a>
          ) : null}
          <SeenIn filter="affiliate" slug={row.slug} groupBy="offer" />
        </ThingHead>
        {sameAccount}
        <Card>
          <Details
            details={[
              ...detailsOf(affiliateFields, found.value, { env, role }),
              ["Legal name, contact, VAT number", saidAt === null ? null : <SaidItself at={saidAt} />],
              ["Bank details", <BankSummary row={row} isLed={may({ role }, "payee")} />],
            ]}
          />
        </Card>
        {isOperator ? (
          <AdmissionCard
            admissions={admissions.items}
            caller={user.caller}
            back={pathOf(KIND, row.slug)}
            affiliate={row.slug}
            without="affiliate"
          />
        ) : null}
        <Card title="Links" flush actions={may({ role }, "set_up") ? addLink : undefined}>
          <LinkTable links={links.items} without="affiliate" closed={closed} />
        </Card>
        {notes}
      </>
    ),
  });
}

function SaidItself({ at }: { at: string }) {
  return (
    <>
      changed by itself, <Time at={at} />
    </>
  );
}

/** By their end, and since when: a changed account is to be asked about before it is paid to. */
function BankSummary({ row, isLed }: { row: StoredAffiliate["row"]; isLed: boolean }) {
  const { bankHint, bankChangedAtMs: changedAtMs } = row;
  const since = changedAtMs === null ? null : new Date(changedAtMs).toISOString();
  return (
    <>
      {bankHint === null ? "none" : `${MASK}${bankHint}`}
      {since === null ? null : (
        <>
          {bankHint === null ? ", taken away " : ", since "}
          <Time at={since} day />
        </>
      )}{" "}
      {isLed ? <a href={bankPath(row.slug)}>{bankHint === null ? "Set them" : "Look or change"}</a> : null}
    </>
  );
}

function AffiliateStatus({ status, test }: Pick<AffiliateView, "status" | "test">) {
  return (
    <>
      <Status status={status} /> {test ? <TestMark /> : null}
    </>
  );
}
