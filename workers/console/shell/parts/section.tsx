/** The parts that pages are made of: heads, cards, notices. */
import type { Child, PropsWithChildren } from "hono/jsx";

interface HeadProps {
  title: Child;
  /** Where this page lies: name and path of the page above. */
  above?: readonly [name: string, path: string];
  status?: Child;
  actions?: Child;
}

export function Head({ title, above, status, actions, children }: PropsWithChildren<HeadProps>) {
  return (
    <header class="head">
      <div>
        {above === undefined ? null : (
          <a class="above" href={above[1]}>
            {above[0]}
          </a>
        )}
        <h1>
          <bdi>{title}</bdi> {status}
        </h1>
        {children === undefined ? null : <p class="lead">{children}</p>}
      </div>
      {actions === undefined ? null : <div class="actions">{actions}</div>}
    </header>
  );
}

export function Card(
  props: PropsWithChildren<{ title?: Child; actions?: Child; id?: string; flush?: boolean; unprinted?: boolean }>,
) {
  const { title, actions, id, flush, unprinted, children } = props;
  return (
    <section class={`card${flush ? " flush" : ""}${unprinted ? " unprinted" : ""}`} id={id}>
      {title === undefined ? null : (
        <header>
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

export type Tone = "good" | "warn" | "bad" | "info";

export function Notice({ tone, children }: PropsWithChildren<{ tone: Tone }>) {
  return (
    <div class="notice" data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}

const DONE: Record<string, string> = {
  created: "Created, and published to the edge.",
  imported: "Imported. The edge knows it within a minute.",
  saved: "Saved, and published to the edge.",
  applied: "Applied. The operator decides; this page says how.",
  paused: "Paused: it takes no clicks until you resume it.",
  resumed: "Resumed: it takes clicks again within two minutes.",
  rotated: "New credentials are valid now. Hand them to the advertiser before the old ones end.",
  revoked: "Revoked. It opens nothing any more, and its sessions have ended.",
};

/** What a form has just done: the page that it leads to says so once. */
export function DoneNotice({ url }: { url: URL }) {
  const done = DONE[url.searchParams.get("done") ?? ""];
  return done === undefined ? null : <Notice tone="good">{done}</Notice>;
}

/** Turns on and off that rows come in by themselves, by `live.client.js`; `rows` is the id of their table's body. */
export function LiveButton({ rows }: { rows: string }) {
  return (
    <button type="button" data-live={rows} aria-pressed="true" hidden>
      Live
    </button>
  );
}
