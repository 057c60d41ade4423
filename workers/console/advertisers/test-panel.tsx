/** The test panel: a test click, a test postback, and each step of what becomes of them. */
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import type { OfferView } from "../offers/fields.ts";
import type { Page } from "../shell/page.ts";
import { Card } from "../shell/parts/section.tsx";
import type { AdvertiserView } from "./fields.ts";
import { findAdvertiser } from "./store.ts";
import { TEST_STEPS } from "./test-steps.ts";

/** Each step is a POST that answers JSON to the page's script. */
export const testPages: Page[] = [
  {
    path: "/advertisers/:slug/test",
    roles: holders("try"),
    show: async () => refuse({ name: "not_found", detail: "The test panel is on the advertiser’s page." }),
    async act({ env, user, key, nowMs, form }) {
      const found = await findAdvertiser(env, user.caller, key);
      if (!found.ok) return found;
      const step = TEST_STEPS.find(([name]) => name === form.get("step"))?.[2];
      if (!step) return refuse({ name: "invalid_input", detail: "There is no such step." });
      const deed = { action: "test", kind: "advertiser", subject: key, after: null } as const;
      await logDeedHourly(env, { by: user.caller, atMs: nowMs }, deed);
      const run = { env, advertiser: found.value.row, form, change: { by: user.caller, atMs: nowMs } };
      return accept(Response.json(await step(run), { headers: { "cache-control": "no-store" } }));
    },
  },
];

interface TestPanelProps {
  advertiser: AdvertiserView;
  offers: readonly OfferView[];
  /** Who looks is the advertiser itself. */
  isOwn: boolean;
}

export function TestPanel({ advertiser, offers, isOwn }: TestPanelProps) {
  const active = offers.filter(({ status }) => status === "active");
  if (active.length === 0)
    return (
      <Card title="Test panel" id="test">
        <p class="empty">
          There is nothing to test yet: {isOwn ? "the operator makes an offer first" : "make an offer first"}. Then a
          test click and a test postback can go all the way.
        </p>
      </Card>
    );
  return (
    <Card title="Test panel" id="test">
      <p>
        Makes a test click and fires a test postback for it, as {isOwn ? "your" : "the advertiser’s"} server would.
        Tests show everywhere, and are never counted or paid.
      </p>
      <form
        class="inline"
        method="post"
        action={`/advertisers/${encodeURIComponent(advertiser.slug)}/test`}
        data-test-panel="test-steps"
      >
        <label>
          <span>Offer and event</span>
          <select name="what">
            {active.map((offer) => (
              <optgroup label={offer.slug}>
                {offer.events.map(({ name }) => (
                  <option value={`${offer.slug} ${name}`}>
                    {offer.slug}: {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <label>
          <span>Amount</span>
          <input name="amount" value="40.00" inputmode="decimal" size={8} />
        </label>
        <button type="submit" class="primary" disabled>
          Run the test
        </button>
      </form>
      <ol class="steps" id="test-steps" aria-live="polite">
        {TEST_STEPS.map(([name, label]) => (
          <li data-step={name} data-state="idle">
            <span class="step-label">
              {label} <span class="step-state unseen" />
            </span>
            <span class="step-said" />
          </li>
        ))}
      </ol>
    </Card>
  );
}
