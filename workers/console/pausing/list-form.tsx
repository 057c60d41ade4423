/** Below a list of things: the form that sets the status of those that are chosen, or of all that fit; it is counted first. */
import type { Pausable } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import type { AtOnce } from "../set-up/pages.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { askedFor } from "../shell/list-query.ts";
import type { Submission } from "../shell/page.ts";
import { Many } from "../shell/parts/choosing.tsx";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { countStatusChange, newStatusChange } from "./count-change.ts";
import { PAUSABLE_KINDS } from "./pausable.ts";

/** What a list of these offers to do to many of them. */
export function statusAtOnce(kind: Pausable): AtOnce {
  return {
    actors: holders("set_up"),
    form: () => <SetMany many={PAUSABLE_KINDS[kind].many} />,
    act: (sent) => countFromList(sent, kind),
  };
}

function SetMany({ many }: { many: string }) {
  return (
    <Many
      title={`Pause, resume or end many ${many}`}
      help="Counted first, with the links that open or close and their clicks; then carried out on exactly those."
    >
      <label>
        <span>Status</span>
        <select name="many_status">
          {["paused", "active", "ended"].map((status) => (
            <option value={status}>{status}</option>
          ))}
        </select>
      </label>
      <a href="/status-changes">What was set at once before</a>
    </Many>
  );
}

/** Counts what the form of such a list says, and leads to the page that carries it out. */
async function countFromList(
  { env, form, user, nowMs, url }: Submission,
  kind: Pausable,
): Promise<Result<Response, Problem>> {
  const [what, of] = (form.get("decide") ?? "").split(" ");
  if (what !== "count") return accept(seeOther(url.pathname + url.search));
  const { cursor: _, limit: __, ...filter } = Object.fromEntries(askedFor(url));
  const input = readBody(newStatusChange, {
    kind,
    status: form.get("many_status") ?? "",
    ...(of === "ticked" ? { slugs: form.getAll("ticked") } : { filter }),
  });
  const counted = input.ok ? await countStatusChange(env, input.value, { by: user.caller, atMs: nowMs }) : input;
  return counted.ok ? accept(seeOther(`/status-changes/${counted.value.status_change}`)) : counted;
}
