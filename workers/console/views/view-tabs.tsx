/** The views of a list above it: each a tab, the one that is shown marked, and the form that keeps what is shown under a name. */
import { SHARED_WITH } from "../../../schema/tables.ts";
import { may } from "../../core/rights.ts";
import type { User } from "../web/user.ts";
import { addressOf, isShown, type ListShape } from "./list-shape.ts";

/** `query`: what a view of this page keeps, where that is not what its address says. */
export function ViewTabs({ shape, user, query }: { shape: ListShape; user: User; query?: string }) {
  const { views, url, list } = shape;
  const path = `/${list}`;
  const current = views.find((view) => isShown(view, url));
  return (
    <div class="view-bar">
      {views.length === 0 ? null : (
        <nav class="choices" aria-label="Views">
          <a href={`${path}?view=none`} aria-current={url.searchParams.get("view") === "none" ? "true" : undefined}>
            All
          </a>
          {views.map((view) => (
            <a href={addressOf(path, view)} aria-current={view === current ? "true" : undefined}>
              <bdi>{view.name}</bdi>
              {view.own ? null : <span class="help"> shared</span>}
            </a>
          ))}
        </nav>
      )}
      <details class="view-keep">
        <summary class="button quiet">Keep as a view</summary>
        <form method="post" action={`/views?list=${list}&do=keep`} class="form" aria-label="Keep as a view">
          <input type="hidden" name="query" value={query ?? url.search} />
          <label>
            <span>Name</span>
            <input
              name="name"
              required
              maxlength={60}
              value={current?.own ? current.name : ""}
              autocomplete="off"
              list="view-names"
            />
            <datalist id="view-names">{views.map(({ own, name }) => (own ? <option value={name} /> : null))}</datalist>
          </label>
          <label class="check">
            <input type="checkbox" name="default" value="1" checked={current?.default === true} />
            The list opens with it
          </label>
          {may(user.caller, "share_views") ? <ShareChoice chosen={current?.own ? current.shared_with : null} /> : null}
          <div class="form-actions">
            <button type="submit" class="primary">
              Keep
            </button>
            <a class="button quiet" href="/views">
              All views
            </a>
          </div>
        </form>
      </details>
    </div>
  );
}

export function ShareChoice({ chosen }: { chosen: string | null }) {
  return (
    <label>
      <span>Shared with</span>
      <select name="shared_with">
        <option value="">nobody</option>
        {SHARED_WITH.map((role) => (
          <option value={role} selected={role === chosen}>
            role {role}
          </option>
        ))}
      </select>
    </label>
  );
}
