/** How an affiliate may promote an offer: a button that makes a link, a form to apply with, or why neither is possible. */
import { mayApply, mayMakeLink, NOT_PROMOTED } from "../../core/promoting.ts";
import { accept, type Result } from "../../core/result.ts";
import { LinkBuilder } from "../links/builder.tsx";
import type { LinkView } from "../links/fields.ts";
import type { OfferView } from "../offers/fields.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Submission } from "../shell/page.ts";
import { Card, Notice } from "../shell/parts/section.tsx";
import { Status } from "../shell/parts/values.tsx";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { type AdmissionView, application } from "./fields.ts";
import { makeOwnLink } from "./made-links.ts";
import { admissionOf, affiliateIn, applyFor, promotingOf } from "./store.ts";

const MOST_NOTE_LENGTH = 1_000;

/** What the card shows; null to everybody but an affiliate. */
export interface Promotion {
  admission: AdmissionView | null;
  may: "link" | "apply" | null;
  whyNot: string;
}

export async function readPromotion({ env, user }: Look, offer: number, slug: string): Promise<Promotion | null> {
  const affiliate = affiliateIn(user.caller);
  if (affiliate === null) return null;
  const of = await promotingOf(env, offer, affiliate);
  const [link, asking] = [mayMakeLink(of), mayApply(of)];
  return {
    admission: await admissionOf(env, user.caller, slug, affiliate),
    may: link.ok ? "link" : asking.ok ? "apply" : null,
    whyNot: link.ok ? "" : NOT_PROMOTED[link.refusal],
  };
}

/** The button and the form of the card: where they lead. */
export async function actOnPromotion({ env, user, key, form, nowMs }: Submission): Promise<Result<Response, Problem>> {
  const change = { by: user.caller, atMs: nowMs };
  if (form.get("do") === "link") {
    const made = await makeOwnLink(env, key, change);
    return made.ok ? accept(seeOther(`/links/${encodeURIComponent(made.value.slug)}?done=created`)) : made;
  }
  const read = readBody(application, { note: form.get("note") ?? "" });
  if (!read.ok) return read;
  const applied = await applyFor(env, key, read.value, change);
  return applied.ok ? accept(seeOther(`/offers/${encodeURIComponent(key)}?done=applied`)) : applied;
}

export function PromoteCard({
  promotion,
  offer,
  links,
}: {
  promotion: Promotion;
  offer: OfferView;
  links: readonly LinkView[];
}) {
  const { admission, may, whyNot } = promotion;
  const [first] = links.filter(({ status }) => status === "active");
  return (
    <>
      {first?.url === undefined ? null : (
        <LinkBuilder url={first.url} test={first.test} hosts={offer.deep_link_hosts} />
      )}
      <Card title="Promote it">
        {admission === null ? null : <Said admission={admission} />}
        {may === "link" ? (
          <form method="post">
            <p>
              {links.length === 0
                ? "You may promote this offer: make a link, and place it."
                : "Sub-ids tell places apart within one link; make another one where you want it apart in reports."}
            </p>
            <button type="submit" name="do" value="link" class={links.length === 0 ? "primary" : undefined}>
              Make a link
            </button>
          </form>
        ) : null}
        {may === "apply" ? (
          <form method="post" class="form">
            <label class="field wide">
              <span>Where and how would you promote it? The operator reads this, and decides.</span>
              <textarea name="note" rows={3} maxlength={MOST_NOTE_LENGTH} />
            </label>
            <button type="submit" name="do" value="apply" class="primary">
              Apply
            </button>
          </form>
        ) : null}
        {may === null ? <p>{whyNot}</p> : null}
      </Card>
    </>
  );
}

function Said({ admission: { state, reason } }: { admission: AdmissionView }) {
  return (
    <Notice tone={state === "refused" ? "warn" : "info"}>
      <Status status={state} /> {reason === null ? null : <bdi>{reason}</bdi>}
    </Notice>
  );
}
