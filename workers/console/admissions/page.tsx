/** Applications of affiliates for offers: those that wait for an operator, with a form that admits or refuses each. */
import { accept, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, Submission } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { Pager } from "../shell/parts/table.tsx";
import { pathWithin } from "../shell/path-within.ts";
import { suggest } from "../shell/suggestions.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { readBody } from "../web/input.ts";
import { AdmissionTable, AdmitForm } from "./admission-table.tsx";
import { admissionList, ruling } from "./fields.ts";
import { listAdmissions, MOST_APPLICATIONS_COUNTED, ruleOnAdmission } from "./store.ts";

export const applicationPage: Page = {
  path: "/applications",
  roles: OPERATORS,
  actors: holders("set_up"),
  show,
  act,
};

async function show({ env, user, url }: Look) {
  const query = readFilters(admissionList, url);
  if (!query.ok) return query;
  const unknown = await unknownSlug(env.DB, user.caller, query.value);
  if (unknown !== null) return refuse(unknown);
  const [{ items, next }, offers, affiliates] = await Promise.all([
    listAdmissions(env, user.caller, { state: "applied", ...query.value }),
    suggest(env, user, listOffers),
    suggest(env, user, listAffiliates),
  ]);
  const back = `${url.pathname}${url.search}`;
  return accept({
    title: "Applications",
    body: (
      <>
        <DoneNotice url={url} />
        <Head title="Applications">Affiliates that ask to promote an offer. They read the reason that you write.</Head>
        <Filters url={url}>
          <ChoiceFilter url={url} name="state" label="State" any="waiting" options={["admitted", "refused"]} />
          <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
          <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
        </Filters>
        <AdmissionTable admissions={items} caller={user.caller} back={back} />
        <Pager url={url} next={next} />
        {may(user.caller, "set_up") ? (
          <Card title="Who did not apply">
            <AdmitForm back={back} />
          </Card>
        ) : null}
      </>
    ),
  });
}

/** One form of this page, of an offer's or an affiliate's. */
async function act({ env, user, url, form, nowMs }: Submission) {
  const reason = form.get("reason") ?? "";
  const read = readBody(ruling, { state: form.get("state") ?? "", reason });
  if (!read.ok) return read;
  const at = { offer: form.get("offer") ?? "", affiliate: form.get("affiliate") ?? "" };
  const ruled = await ruleOnAdmission(env, at, read.value, { by: user.caller, atMs: nowMs });
  return ruled.ok ? accept(seeOther(pathWithin(form.get("back") ?? "/applications", url))) : ruled;
}

/** On the overview, for who decides. */
export function ApplicationNotice({ waiting }: { waiting: number }) {
  if (waiting === 0) return null;
  const many =
    waiting === MOST_APPLICATIONS_COUNTED
      ? `${waiting} applications or more wait.`
      : waiting === 1
        ? "1 application waits."
        : `${waiting} applications wait.`;
  return (
    <p class="notice" data-tone="info">
      {many} <a href="/applications">Admit or refuse them</a>
    </p>
  );
}
