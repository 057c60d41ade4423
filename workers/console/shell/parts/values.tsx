/** Values as people read them: times, money, statuses, identifiers. */
import type { Child } from "hono/jsx";
import { moneyText } from "../figures.ts";

/** RFC 3339 in UTC; a script of the page rewrites it for the viewer's time zone. What is `printed` says UTC on paper, which goes to others. */
export function Time({ at, day, printed }: { at: string | null; day?: boolean; printed?: boolean }) {
  if (at === null) return <Nothing />;
  const utc = `${at.slice(0, 10)} ${at.slice(11, 19)}`;
  if (printed)
    return (
      <>
        <span class="unprinted">
          <Time at={at} {...(day === undefined ? {} : { day })} />
        </span>
        <span class="printed">{day ? at.slice(0, 10) : utc} UTC</span>
      </>
    );
  return (
    <time datetime={at} title={`${utc} UTC`} data-day={day ? "" : undefined}>
      {day ? at.slice(0, 10) : utc}
    </time>
  );
}

interface MoneyProps {
  amount: string | null;
  currency: string | null;
}

/** A decimal string, whole. */
export function Money({ amount, currency }: MoneyProps) {
  if (amount === null) return <Nothing />;
  return (
    <span class="money">
      {moneyText(amount, currency)}
      {currency ? <span class="currency"> {currency}</span> : null}
    </span>
  );
}

/** What is no longer than this stands in one line. */
const SHORT = 20;

/** A short word is not broken at its hyphens: a day, a number of ours. */
const WORD = /^[\w-]{1,12}$/;

/** What stands in a cell, kept in one line where it is a short word. */
export function wholeWord(cell: Child): Child {
  return typeof cell === "string" && WORD.test(cell) ? <span class="whole">{cell}</span> : cell;
}

/** Text that people wrote: kept apart from ours, whichever way it runs; where it is long, it takes several lines, and is cut after these. */
export function Clipped({ text }: { text: string | null }) {
  if (text === null) return <Nothing />;
  if (text.length <= SHORT) return <bdi>{text}</bdi>;
  return (
    <bdi class="clip" title={text}>
      {text}
    </bdi>
  );
}

/** What stands in the place of a value that is not there. */
export function Nothing() {
  return (
    <span class="nothing" title="none">
      –
    </span>
  );
}

const TONES: Record<string, string> = {
  active: "good",
  approved: "good",
  attributed: "good",
  updated: "good",
  sent: "good",
  paused: "warn",
  full: "warn",
  review: "warn",
  held: "warn",
  pending: "warn",
  parked: "warn",
  queued: "warn",
  waiting: "warn",
  due: "warn",
  sending: "warn",
  taken: "warn",
  in_doubt: "warn",
  failing: "warn",
  unattributed: "warn",
  ended: "quiet",
  duplicate: "quiet",
  rejected: "bad",
  "by operator": "bad",
  refused: "bad",
  reversed: "bad",
  failed: "bad",
  gave_up: "bad",
  expired: "bad",
  off: "bad",
};

export function Status({ status }: { status: string }) {
  return (
    <span class="status" data-tone={TONES[status] ?? "quiet"}>
      {status}
    </span>
  );
}

export function TestMark() {
  return (
    <span class="status" data-tone="info">
      test
    </span>
  );
}

/** An identifier; a long one is cut in the middle for the eye, and whole in its title and to scripts that copy it. */
export function Id({ id, href }: { id: string | null; href?: string }) {
  if (id === null || id === "") return <Nothing />;
  const short = id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
  const text = (
    <code class="id" title={id}>
      {short}
    </code>
  );
  return href === undefined ? text : <a href={href}>{text}</a>;
}

/** A text to copy, with a button that does. */
export function Copyable({ text, label, id }: { text: string; label: string; id: string }) {
  return (
    <fieldset class="copyable" aria-label={label}>
      <code id={id}>{text}</code>
      <button type="button" class="quiet" data-copy={id} hidden>
        Copy
      </button>
    </fieldset>
  );
}

/** The same for what nobody should read over a shoulder. */
export function Secret({ text, label, id }: { text: string; label: string; id: string }) {
  return (
    <details class="secret">
      <summary>Show {label}</summary>
      <Copyable text={text} label={label} id={id} />
    </details>
  );
}

/** A name and its value; `long` ones have more room. */
export type Detail = readonly [name: string, value: Child, size?: "long"];

/** Names and values. What is null is not shown. */
export function Details({ details }: { details: readonly Detail[] }) {
  return (
    <dl class="facts">
      {details
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value, size]) => (
          <div class={size}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A figure that opens its rows, where there are some to look at. */
export function Opening({ text, href }: { text: string | null; href: string | null }) {
  if (text === null) return <Nothing />;
  return href === null ? <span>{text}</span> : <a href={href}>{text}</a>;
}
