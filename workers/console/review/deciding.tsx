/** The buttons of a held conversion, each with its key: approve, reject for a reason of the list, release; and what was just decided, to be taken back. */
import { textIn } from "../conversions/fields-of.ts";
import { whyHeld } from "../conversions/why-held.ts";
import type { ReasonView } from "../reasons/fields.ts";
import { Many } from "../shell/parts/choosing.tsx";
import { Notice } from "../shell/parts/section.tsx";
import type { Problem } from "../web/problem.ts";
import { doneIn } from "./held-place.ts";

export function Decide({
  conversion,
  reasons,
}: {
  conversion: Record<string, unknown>;
  reasons: readonly ReasonView[];
}) {
  const id = textIn(conversion, "conversion_id") ?? "";
  const isGivenBack = textIn(conversion, "status") === "reversed";
  return (
    <div class="deciding">
      <p>
        {whyHeld(textIn(conversion, "hold_reason"))} It is accrued, and not payable.{" "}
        {isGivenBack ? "It was given back whole: it can be released only." : null}
      </p>
      <input type="hidden" name="id" value={id} />
      <div class="field wide">
        <label for="note">Note for operators</label>
        <input type="text" id="note" name="note" maxlength={500} autocomplete="off" />
      </div>
      <div class="form-actions">
        {isGivenBack ? null : (
          <button type="submit" name="decide" value="approve" class="primary" data-key="a">
            Approve <kbd>a</kbd>
          </button>
        )}
        <button type="submit" name="decide" value="release" data-key="l">
          Release <kbd>l</kbd>
        </button>
        {isGivenBack ? null : (
          <details class="rejecting" data-rejecting>
            <summary class="button" data-key="r">
              Reject … <kbd>r</kbd>
            </summary>
            <ul>
              {reasons.map(({ slug, words }, index) => (
                <li>
                  <button type="submit" name="decide" value={`reject ${slug}`} data-choice={String(index + 1)}>
                    {words} {index < 9 ? <kbd>{index + 1}</kbd> : null}
                  </button>
                </li>
              ))}
              <li>
                <button type="submit" name="decide" value="reject" data-choice="0">
                  Without a reason <kbd>0</kbd>
                </button>
              </li>
            </ul>
            {reasons.length === 0 ? (
              <p class="help">
                The affiliate is told no reason: <a href="/reasons">make a list</a>.
              </p>
            ) : null}
          </details>
        )}
      </div>
    </div>
  );
}

const SAID: Record<string, string> = { approve: "Approved.", reject: "Rejected.", release: "Released." };

/** What was just said, and the button that takes it back. */
export function JustSaid({ url, problem, mayDecide }: { url: URL; problem: Problem | null; mayDecide: boolean }) {
  if (problem)
    return (
      <Notice tone="bad">
        <p>{problem.errors?.[0]?.detail ?? problem.detail}</p>
      </Notice>
    );
  const said = url.searchParams.get("said") ?? "";
  if (said === "undo") return <Notice tone="info">It is taken back, and is booked within seconds.</Notice>;
  const [id] = doneIn(url);
  const receipt = url.searchParams.get("receipt");
  const words = SAID[said];
  if (words === undefined || id === undefined || receipt === null) return null;
  return (
    <div class="notice" data-tone="good" role="status">
      <p>
        {words} <a href={`/conversions/${id}`}>Its account</a>{" "}
        {mayDecide ? (
          <button type="submit" name="decide" value={`undo ${id} ${receipt}`} class="quiet" data-key="u">
            Undo <kbd>u</kbd>
          </button>
        ) : null}
      </p>
    </div>
  );
}

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["j, ↓", "the next one"],
  ["k, ↑", "the one before"],
  ["a", "approve"],
  ["r, then 1 … 9 or 0", "reject, for that reason or none"],
  ["l", "release"],
  ["u", "undo what was just decided"],
  ["x", "choose it for a decision on many"],
  ["?", "this list"],
];

export function Keys() {
  return (
    <details class="keys" data-keys>
      <summary>
        Keys <kbd>?</kbd>
      </summary>
      <dl>
        {KEYS.map(([key, what]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

interface DecideManyProps {
  reasons: readonly ReasonView[];
  /** What all that fit come to, in words. */
  sums: string;
  decisions: readonly string[];
}

/** One decision on those that are chosen, or on all that fit: it is counted first. */
export function DecideMany({ reasons, sums, decisions }: DecideManyProps) {
  return (
    <Many title="Decide many at once" help={`Counted first, then carried out on exactly those. ${sums}`}>
      <label>
        <span>Decision</span>
        <select name="many">
          {decisions.map((decision) => (
            <option value={decision}>{decision}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Reason of a rejection</span>
        <select name="many_reason">
          <option value="">none</option>
          {reasons.map(({ slug, words }) => (
            <option value={slug}>{words}</option>
          ))}
        </select>
      </label>
    </Many>
  );
}

/** The ways between what waits for an operator. */
export function ReviewTabs({ at }: { at: "held" | "orders" | "bulks" }) {
  const places = [
    ["held", "/review", "Held"],
    ["orders", "/waiting-orders", "Orders without a click"],
    ["bulks", "/review/bulks", "Decided at once"],
  ] as const;
  return (
    <nav class="tabs" aria-label="Review">
      {places.map(([name, path, label]) => (
        <a href={path} aria-current={name === at ? "page" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
