/** A conversion's story: the click, then every postback with the entries that it caused, in the order in which they came. */
import type { Child } from "hono/jsx";
import type { PostbackView } from "../postbacks/log.ts";
import { moneyText } from "../shell/figures.ts";
import { Id, Status, Time } from "../shell/parts/values.tsx";
import { textIn } from "./fields-of.ts";

type Row = Record<string, unknown>;

interface Chapter {
  /** When it was settled: a message that waited for its sale is told after it. */
  settledAt: string;
  /** Place of its first entry in the account. */
  seq: number;
  tone: "click" | "entry" | "nothing";
  body: Child;
}

interface StoryProps {
  conversion: Row;
  postbacks: readonly PostbackView[];
  entries: readonly Row[];
  /** The viewer may look at the postback log. */
  hasLog: boolean;
}

export function Story({ conversion, postbacks, entries, hasLog }: StoryProps) {
  const currency = textIn(conversion, "currency") ?? "";
  const saleAt = textIn(entries[0] ?? {}, "received_at") ?? "";
  const told = postbacks.map((postback): Chapter => {
    const caused = entries.filter((entry) => textIn(entry, "receipt") === postback.receipt);
    return {
      settledAt: postback.settled_at,
      seq: Math.min(...caused.map(seqOf)),
      tone: caused.length > 0 ? "entry" : "nothing",
      body: (
        <>
          <PostbackTold
            postback={postback}
            waited={caused.length > 0 && postback.received_at < saleAt}
            hasLog={hasLog}
          />
          {caused.map((entry) => (
            <Entry entry={entry} was={statusBefore(entries, entry)} currency={currency} />
          ))}
        </>
      ),
    };
  });
  const known = new Set(postbacks.map(({ receipt }) => receipt));
  const others = entries.filter((entry) => !known.has(textIn(entry, "receipt") ?? ""));
  const chapters = [
    ...told,
    ...others.map(
      (entry): Chapter => ({
        settledAt: textIn(entry, "received_at") ?? "",
        seq: seqOf(entry),
        tone: "entry",
        body: <Entry entry={entry} was={statusBefore(entries, entry)} currency={currency} />,
      }),
    ),
  ].sort(byOrder);
  return (
    <ol class="story">
      <li data-tone="click">
        <Click conversion={conversion} />
      </li>
      {chapters.map(({ tone, body }) => (
        <li data-tone={tone}>{body}</li>
      ))}
    </ol>
  );
}

/** By the time of settling; what was settled together, in the order of the account. */
function byOrder(left: Chapter, right: Chapter): number {
  if (left.settledAt !== right.settledAt) return left.settledAt < right.settledAt ? -1 : 1;
  return left.seq - right.seq || 0;
}

function seqOf(entry: Row): number {
  return typeof entry.seq === "number" ? entry.seq : 0;
}

/** What the conversion's status was before an entry; null before the first. */
function statusBefore(entries: readonly Row[], entry: Row): string | null {
  const earlier = entries
    .filter((other) => seqOf(other) < seqOf(entry))
    .sort((left, right) => seqOf(right) - seqOf(left));
  return textIn(earlier[0] ?? {}, "status");
}

function Click({ conversion }: { conversion: Row }) {
  if (textIn(conversion, "attributed_by") === "coupon") return <Coupon conversion={conversion} />;
  const visitor = ["country", "device", "os", "browser"]
    .map((name) => textIn(conversion, name))
    .filter((value) => value !== null);
  const subs = ["sub1", "sub2", "sub3"].flatMap((name) => {
    const value = textIn(conversion, name);
    return value === null ? [] : [`${name} ${value}`];
  });
  const referrer = textIn(conversion, "referrer");
  return (
    <>
      <p class="chapter">
        <Time at={textIn(conversion, "clicked_at")} /> <strong>Click</strong> on {textIn(conversion, "link")} of{" "}
        {textIn(conversion, "affiliate") ?? "an affiliate"}
      </p>
      <p class="chapter-more">
        <Parts
          texts={[...visitor, ...(referrer === null ? [] : [`from ${referrer}`]), ...subs]}
          otherwise="Nothing more is known of the visitor."
        />
      </p>
    </>
  );
}

function Coupon({ conversion }: { conversion: Row }) {
  return (
    <p class="chapter">
      <Time at={textIn(conversion, "occurred_at")} /> <strong>Coupon</strong> {textIn(conversion, "coupon")} of{" "}
      {textIn(conversion, "affiliate") ?? "an affiliate"}
    </p>
  );
}

function PostbackTold({ postback, waited, hasLog }: { postback: PostbackView; waited: boolean; hasLog: boolean }) {
  const { receipt, received_at, status, reason, message, event, txid, params } = postback;
  const said = [
    event,
    txid === null ? null : `order ${txid}`,
    params?.status ?? null,
    params?.amount === undefined
      ? null
      : `amount ${[params.amount, params.currency].filter((part) => part !== undefined).join(" ")}`,
  ].filter((value) => value !== null);
  return (
    <>
      <p class="chapter">
        <Time at={received_at} /> <strong>{postback.channel === "console" ? "Correction" : "Postback"}</strong>{" "}
        {hasLog ? <Id id={receipt} href={`/postbacks/${receipt}`} /> : <Id id={receipt} />} <Status status={status} />
      </p>
      <p class="chapter-more">
        <Parts texts={said} otherwise="" />
        {reason === null ? null : ` — ${reason}`}
        {message === null ? null : `: ${message}`}
        {waited ? " — it came before its sale, and waited for it" : null}
      </p>
    </>
  );
}

/** Texts in a row, each kept apart from the others, whichever way it runs. */
function Parts({ texts, otherwise }: { texts: readonly string[]; otherwise: string }) {
  if (texts.length === 0) return <>{otherwise}</>;
  return (
    <>
      {texts.map((text, index) => (
        <>
          {index === 0 ? "" : " · "}
          <bdi>{text}</bdi>
        </>
      ))}
    </>
  );
}

function Entry({ entry, was, currency }: { entry: Row; was: string | null; currency: string }) {
  const status = textIn(entry, "status");
  const rule = textIn(entry, "rule") ?? textIn(entry, "payout_rule") ?? textIn(entry, "revenue_rule");
  const note = textIn(entry, "note");
  const sums = ["amount", "revenue", "payout"].flatMap((name) => {
    const value = textIn(entry, name);
    return value === null ? [] : [[name, value] as const];
  });
  const isMoved = sums.some(([, value]) => /[1-9]/.test(value));
  return (
    <div class="entry">
      <p>
        <strong>{textIn(entry, "kind")}</strong>
        {status === was ? `, still ${status}` : ` → ${status}`}
      </p>
      {isMoved ? (
        <dl class="sums">
          {sums.map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd class="money">
                {value.startsWith("-") ? "" : "+"}
                {moneyText(value, currency)} {currency}
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="chapter-more">No sum changes.</p>
      )}
      {rule === null || !isMoved ? null : <p class="rule">{rule}</p>}
      {note === null ? null : <p class="note">{note}</p>}
    </div>
  );
}
