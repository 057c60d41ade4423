/** Rows of a list that are chosen for something that is done to many at once: the ticks, and beside the list what can be done to the chosen, or to all that fit. */
import type { PropsWithChildren } from "hono/jsx";

/** In the first cell of a row; `value` names it. */
export function Tick({ value, label }: { value: string; label: string }) {
  return <input type="checkbox" class="tick" name="ticked" value={value} aria-label={`Choose ${label}`} />;
}

/** The form around such a list. Enter in a field of it does nothing. */
export function Choosing({ action, children }: PropsWithChildren<{ action: string }>) {
  return (
    <form method="post" action={action} class="choosing" data-choosing>
      <button type="submit" class="unseen" tabindex={-1} name="decide" value="">
        Stay
      </button>
      {children}
    </form>
  );
}

/** What is to be done, folded away; its buttons say whether to the chosen or to all. */
export function Many({ title, help, children }: PropsWithChildren<{ title: string; help: string }>) {
  return (
    <details class="many" data-many>
      <summary>{title}</summary>
      <p class="help">{help}</p>
      <div class="fields">{children}</div>
      <div class="form-actions">
        <button type="submit" name="decide" value="count ticked">
          Count the chosen
        </button>
        <button type="submit" name="decide" value="count all">
          Count all that fit
        </button>
        <button type="button" class="quiet" data-tick-all hidden>
          Choose all of this page
        </button>
      </div>
    </details>
  );
}
