/** The page that imports a file of postbacks: its first rows, what each column is, what would be sent and what not; and then sends it. */
import type { Child } from "hono/jsx";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { keepReading } from "../reconciliation/keep-reading.ts";
import {
  HowItWasRead,
  type LookedAt,
  queryOf,
  TableForm,
  unreadTable,
  WhatWasRead,
} from "../reconciliation/sent-table.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { PASTED, sentBytes, TABLE_OR_NDJSON_ENDINGS } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readQuery } from "../web/input.ts";
import { type Problem, problemHead } from "../web/problem.ts";
import { importParameters, saidOfImport } from "./api.ts";
import { type DryRun, dryRun, MAX_TOLD } from "./dry-run.ts";
import { unsentFile } from "./failed-file.ts";
import { type ImportRequest, requestImport } from "./import-file.ts";
import { sendImport } from "./send-import.ts";

const PATH = "/import";
const SEND = "send";
const FORMAT = "format";

export const newImportPage: Page = {
  path: PATH,
  roles: holders("import"),
  show: (look) => view(look, new URLSearchParams(look.url.search), null),
  upload: act,
};

async function act(look: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form, nowMs } = look;
  const bytes = sentBytes(look);
  const query = readQuery(importParameters, queryOf(form, [PASTED, SEND]));
  if (!query.ok) return view(look, form, refusal(query.refusal));
  const said = saidOfImport(query.value, { charset: null }, nowMs);
  const file = await requestImport(env, user.caller, query.value.advertiser, said, { bytes });
  if (!file.ok) return view(look, form, refusal(file.refusal), file.refusal);
  if (form.has(SEND)) {
    const sent = await sendImport(env, file.value, { by: user.caller, atMs: nowMs });
    if (sent.ok) return accept(seeOther(`${PATH}/${file.value.id}`));
    return view(look, form, refusal(sent.refusal), sent.refusal);
  }
  const run = await dryRun(file.value);
  const { kind, kept } = file.value;
  if (!run.ok)
    return view(
      look,
      form,
      kind === "history" ? refusal(run.refusal) : await unreadTable(bytes, form, query.value, run.refusal),
    );
  const { plan, table } = run.value;
  if (form.get(FORMAT) === "failed") return accept(unsentFile(table, run.value, bytes));
  const looked = plan && { plan, query: query.value, kept, form, caller: user.caller };
  const keeping = await keepReading(env, looked, { by: user.caller, atMs: nowMs });
  if (!keeping.ok) return view(look, form, refusal(keeping.refusal));
  return view(look, form, <Found request={file.value} run={run.value} looked={looked} isKept={keeping.value} />);
}

function refusal({ detail }: Problem) {
  return <Notice tone="bad">{detail}</Notice>;
}

/** What is to be tried again is said by the status too, for the script that does. */
async function view(
  look: Look,
  form: URLSearchParams,
  answer: Child,
  problem?: Problem,
): Promise<Result<PageView, Problem>> {
  const advertisers = await suggest(look.env, look.user, listAdvertisers);
  return accept({
    title: "Import",
    scripts: ["table-file.js", "importing.js"],
    ...(problem?.name === "try_again" ? { status: problemHead(problem.name).status } : {}),
    body: (
      <>
        <Head title="Import">
          Send an advertiser’s orders to the ledger, out of a file of its shop, tracker or network. What was sent before
          has no second effect.
        </Head>
        <TableForm
          {...{ action: PATH, title: "The file", advertisers, form, answer }}
          accept={TABLE_OR_NDJSON_ENDINGS}
          isImport
          fields={
            <label>
              <span>Holds</span>
              <select name="kind">
                <option value="">postbacks</option>
                <option value="history" selected={form.get("kind") === "history"}>
                  another tracker’s history
                </option>
              </select>
            </label>
          }
          buttons={
            <button type="submit" class="primary">
              Look
            </button>
          }
        >
          <p class="help">
            A table between commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252, or NDJSON, up to 16 MiB.
            Nothing is sent before you saw what would be, and nothing is kept of the file but what its postbacks say.
          </p>
        </TableForm>
      </>
    ),
  });
}

interface FoundProps {
  request: ImportRequest;
  run: DryRun;
  /** Null for what is no table of postbacks. */
  looked: LookedAt | null;
  isKept: boolean;
}

function Found({ request, run, looked, isKept }: FoundProps) {
  const { rows, sent, lines, words, first, read } = run;
  const noun = request.kind === "history" ? "closed conversion" : "postback";
  return (
    <>
      {isKept ? <Notice tone="good">Kept for the next file of {request.advertiser.slug}.</Notice> : null}
      <Notice tone={sent === 0 ? "bad" : lines.length > 0 || words.size > 0 ? "warn" : "good"}>
        <p>
          {count(sent, noun)} would be sent for {request.advertiser.slug}
          {rows > sent ? `, and ${count(rows - sent, "row")} not` : ""}.
        </p>
        {[...words].map(([word, times]) => (
          <p>
            No offer has an event “{word}”: {count(times, noun)} would be rejected.
          </p>
        ))}
        {sent === 0 ? null : (
          <p>
            <button type="submit" name={SEND} value="1" class="primary">
              Send {count(sent, noun)}
            </button>
          </p>
        )}
      </Notice>
      {looked === null ? null : <HowItWasRead {...looked} />}
      {first.length === 0 ? null : (
        <Card title="The first that would be sent" flush>
          <Table
            label="The first that would be sent"
            columns={[
              { name: "Line", number: true, cell: ({ line }) => line },
              {
                name: "Says",
                cell: ({ says }) => (
                  <code class="break">
                    {Object.entries(says)
                      .map(([name, text]) => `${name}=${text}`)
                      .join(" ")}
                  </code>
                ),
              },
            ]}
            rows={first}
            empty={null}
          />
        </Card>
      )}
      {lines.length === 0 ? null : (
        <Card
          title="Not sent"
          flush
          actions={
            <button type="submit" name={FORMAT} value="failed">
              These rows as a file
            </button>
          }
        >
          <Table
            label="Not sent"
            columns={[
              { name: "Line", number: true, cell: ({ line }) => line },
              { name: "Column", cell: ({ column }) => <Clipped text={column} /> },
              { name: "It says", cell: ({ text }) => <Clipped text={text} /> },
              { name: "Reason", cell: ({ reason }) => <code>{reason}</code> },
              { name: "What to do", cell: ({ message }) => message ?? "" },
            ]}
            rows={lines.slice(0, MAX_TOLD)}
            empty={null}
          />
          {lines.length > MAX_TOLD ? (
            <p class="help">
              The first {MAX_TOLD} of {lines.length}.
            </p>
          ) : null}
        </Card>
      )}
      {read === null ? null : <WhatWasRead read={read} />}
    </>
  );
}

function count(rows: number, noun: string): string {
  return `${rows.toLocaleString("en")} ${noun}${rows === 1 ? "" : "s"}`;
}
