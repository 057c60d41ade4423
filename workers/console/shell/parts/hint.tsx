/** A word of explanation behind a button: by mouse, keys and touch alike, and without a script. */
import type { PropsWithChildren } from "hono/jsx";

interface HintProps {
  id: string;
  /** What is explained. */
  of: string;
}

/** Opened by its button, closed by Escape or by what is pressed elsewhere. */
export function Hint({ id, of, children }: PropsWithChildren<HintProps>) {
  return (
    <>
      <button type="button" class="hint" popovertarget={id} aria-label={`What ${of} is`}>
        ?
      </button>
      <div class="hint-text" id={id} popover="auto">
        <strong>{of}</strong>
        {children}
      </div>
    </>
  );
}
