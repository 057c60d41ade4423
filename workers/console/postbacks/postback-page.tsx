/** One postback: what was received, what it became, why, and what its sender should change. */
import type { Child } from "hono/jsx";
import { likelyMeaning } from "../../core/postback/unread.ts";
import { accept } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { notesCard } from "../notes/card.tsx";
import { type Proved, provedReceipt } from "../proofs/proved.ts";
import { ProvedUnder } from "../proofs/proved-under.tsx";
import type { Page, PageView } from "../shell/page.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice, type Tone } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Details, Id, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { type PostbackView, readPostback } from "./log.ts";
import type { AttemptView } from "./logged-attempts.ts";

export const postbackPage: Page = {
  path: "/postbacks/:receipt",
  roles: ALL_BUT_AFFILIATES,
  async show(look) {
    const { env, user, key } = look;
    const found = await readPostback(env, user.caller, key);
    if (!found.ok) return found;
    const { receipt, advertiser } = found.value;
    const [proved, notes] = await Promise.all([
      provedReceipt(env, advertiser, receipt),
      notesCard(look, "postback", receipt),
    ]);
    return accept(viewOf(found.value, proved, notes));
  },
};

function viewOf(postback: PostbackView, proved: Proved | null, notes: Child): PageView {
  const { receipt, status, channel, reason, message, params, error, attempts } = postback;
  return {
    title: `Postback ${receipt}`,
    body: (
      <>
        <Head
          above={["Postbacks", "/postbacks"]}
          title={
            <>
              Postback <Id id={receipt} />
            </>
          }
          status={
            <>
              <Status status={status} /> {postback.test ? <TestMark /> : null}
            </>
          }
        />
        {reason === null ? null : (
          <Notice tone={TONES[status] ?? "info"}>
            <p>
              <strong>{reason}</strong>
            </p>
            {message === null ? null : <p>{message}</p>}
          </Notice>
        )}
        <Card title="What became of it">
          <Details details={factsOf(postback, proved)} />
        </Card>
        {attempts === undefined || attempts.length < 2 ? null : (
          <Card title="Each time it came" flush>
            <Table label="Attempts" columns={ATTEMPT_COLUMNS} rows={attempts} empty={null} />
          </Card>
        )}
        {params === undefined ? null : (
          <Card title="What was received" flush>
            <Table
              label="Parameters"
              columns={[
                {
                  name: "Parameter",
                  cell: ([name]: [string, string]) => <ParameterName name={name} all={params ?? {}} />,
                },
                { name: "Value", cell: ([, value]) => <span class="break">{value}</span> },
              ]}
              rows={Object.entries(params ?? {})}
              empty={
                <p>
                  {channel === "console"
                    ? "An operator’s word: its conversion says which, by whom and why."
                    : "Nothing but credentials, which are never kept."}
                </p>
              }
            />
          </Card>
        )}
        {error === undefined || error === null ? null : (
          <Card title="What failed">
            <pre>{error}</pre>
            <p class="help">
              Once the cause is mended, <code>npm run replay</code> sends it to the ledger again.
            </p>
          </Card>
        )}
        {notes}
      </>
    ),
  };
}

/** A name as the log has it; of what nobody read also what it is perhaps meant for, as the sender was told. */
function ParameterName({ name, all }: { name: string; all: Readonly<Record<string, string>> }) {
  const unread = /^unread\.(.+)$/s.exec(name)?.[1];
  const meant = unread === undefined || all[`notes.${unread}`] !== undefined ? null : likelyMeaning(unread);
  return (
    <>
      <code class="break">{name}</code>
      {meant === null ? null : <span class="help"> perhaps {meant}</span>}
    </>
  );
}

const ATTEMPT_COLUMNS: TableColumn<AttemptView>[] = [
  { name: "Received", cell: ({ received_at: at }) => <Time at={at} /> },
  {
    name: "Credentials",
    cell: ({ credential_version: version }) => (version === null ? "none" : `version ${version}`),
  },
  { name: "Became", cell: ({ status, reason }) => [status, reason].filter((word) => word !== null).join(": ") },
];

const TONES: Partial<Record<PostbackView["status"], Tone>> = {
  unattributed: "warn",
  parked: "warn",
  rejected: "bad",
  refused: "bad",
  failed: "bad",
};

function factsOf(postback: PostbackView, proved: Proved | null) {
  const { duplicate_of: duplicateOf, conversion_id: conversion } = postback;
  return [
    ["Received", <Time at={postback.received_at} />],
    ["Settled", <Time at={postback.settled_at} />],
    ["Proved", proved === null ? null : <ProvedUnder proved={proved} />],
    ["Stands for", postback.times > 1 ? `${postback.times} requests, which were refused alike` : null],
    ["Advertiser", <Named of="advertiser" slug={postback.advertiser} />],
    ["Came by", CHANNELS[postback.channel] ?? postback.channel],
    ["Conversion", conversion === null ? null : <Id id={conversion} href={`/conversions/${conversion}`} />],
    ["The same as", duplicateOf === null ? null : <Id id={duplicateOf} href={`/postbacks/${duplicateOf}`} />],
    ["Event", postback.event],
    ["Order", postback.txid],
    ["Click ID", postback.click_id === null ? null : <code class="break">{postback.click_id}</code>],
    ["Receipt", <code>{postback.receipt}</code>],
  ] as const;
}

const CHANNELS: Record<string, string> = {
  get: "GET",
  form: "POST, as a form",
  json: "POST, as JSON",
  batch: "a batch",
  import: "an imported file",
  pixel: "the pixel",
  console: "an operator, in the console",
};
