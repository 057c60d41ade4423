/** Sources: the list, the forms, and one of them with its webhook URL, a sample beside its rules, and a test. */
import type { Child } from "hono/jsx";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { MAX_SECRET_LENGTH } from "../../core/sealed-secrets.ts";
import { CUSTOM, SOURCE_TABLES } from "../../core/sources/source-tables.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { listOffers } from "../offers/store.ts";
import { detailsOf } from "../set-up/details.tsx";
import { formPages, listPage, pathOf, ThingHead } from "../set-up/pages.tsx";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { ChoiceFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { NoRows, Table } from "../shell/parts/table.tsx";
import { Copyable, Details, Status } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { ListTable } from "../views/list-table.tsx";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import {
  newSource,
  SOURCE_NAMES,
  type SourceView,
  type StoredSource,
  sourceChange,
  sourceFields,
  sourceList,
  sourceView,
} from "./fields.ts";
import { type Played, playSample } from "./play.ts";
import { readSampleOf, type SampleView, sampled } from "./sample.ts";
import { changeSource, createSource, findSource, listSources, readSource } from "./store.ts";

const KIND = { one: "source", many: "Sources", path: "/sources", list: "sources" } as const;

export const sourcePages: Page[] = [
  listPage(KIND, {
    roles: ALL_BUT_AFFILIATES,
    lead: "Shops and billing platforms that send their own webhooks.",
    query: sourceList,
    list: listSources,
    filters: sourceFilters,
    table: (sources, add, { url }, shape) => (
      <ListTable
        shape={shape}
        label="Sources"
        columns={[
          { name: "Source", cell: ({ slug }: SourceView) => <a href={pathOf(KIND, slug)}>{slug}</a> },
          { name: "What sends it", key: "source", cell: ({ source }) => labelOf(source) },
          {
            name: "Advertiser",
            key: "advertiser",
            cell: ({ advertiser }) => <Named of="advertiser" slug={advertiser} />,
          },
          { name: "Status", key: "status", cell: ({ status }) => <Status status={status} /> },
        ]}
        rows={sources}
        empty={
          <NoRows url={url}>
            <p>No sources yet. A shop that sends webhooks already needs no other postback.</p>
            {add}
          </NoRows>
        }
      />
    ),
  }),
  { path: "/sources/:slug", roles: ALL_BUT_AFFILIATES, actors: holders("try"), show: (look) => view(look, {}), act },
  ...formPages(KIND, {
    fields: sourceFields,
    more: "Rules of your own",
    newOne: newSource,
    change: sourceChange,
    create: createSource,
    read: readSource,
    save: changeSource,
    lists: { advertiser: listAdvertisers },
  }),
];

function labelOf(source: string): string {
  return SOURCE_TABLES.get(source)?.label ?? "rules of your own";
}

async function sourceFilters({ env, user, url }: Look) {
  return (
    <>
      <TextFilter
        url={url}
        name="advertiser"
        label="Advertiser"
        suggestions={await suggest(env, user, listAdvertisers)}
      />
      <ChoiceFilter url={url} name="source" label="What sends it" options={SOURCE_NAMES} />
      <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused", "ended"]} />
    </>
  );
}

/** What a form of the page came to. */
interface Answers {
  form?: URLSearchParams;
  sample?: Result<SampleView, Problem>;
  played?: Played;
}

/** Reads a sample, or plays one. */
async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, user, key, form, nowMs } = sent;
  const found = await findSource(env, user.caller, key);
  if (!found.ok) return found;
  if (form.get("act") === "play") {
    if (!may(user.caller, "set_up"))
      return refuse({ name: "not_allowed", detail: "Playing a sale takes the right set_up, which your role has not." });
    const secret = (form.get("secret") ?? "").trim().slice(0, MAX_SECRET_LENGTH);
    const change = { by: user.caller, atMs: nowMs };
    await logDeedHourly(env, change, { action: "test", kind: "source", subject: key, after: null });
    const played = await playSample(env, found.value, { offer: form.get("offer") ?? "", secret }, change);
    return view(sent, { played });
  }
  return view(sent, { form, sample: await sampleAsked(sent) });
}

async function sampleAsked({ env, user, key, form }: Submission): Promise<Result<SampleView, Problem>> {
  const lines = (form.get("headers") ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
  const rules = form.get("rules")?.trim();
  const asked = { body: form.get("body") ?? "", headers, ...(rules ? { rules } : {}) };
  const read = readBody(sampled, asked);
  return read.ok ? readSampleOf(env, user.caller, key, read.value) : read;
}

async function view(look: Look, answers: Answers): Promise<Result<PageView, Problem>> {
  const { env, user, key } = look;
  const found = await findSource(env, user.caller, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const source = sourceView(found.value, viewer);
  const maySetUp = may(user.caller, "set_up");
  const { items: offers } = await listOffers(env, user.caller, { advertiser: source.advertiser, limit: 100 });
  return accept({
    title: source.slug,
    body: (
      <>
        <ThingHead
          kind={KIND}
          look={look}
          slug={source.slug}
          title={source.slug}
          status={<Status status={source.status} />}
        >
          <a class="button" href={`/postbacks?${new URLSearchParams({ advertiser: source.advertiser })}`}>
            Postbacks
          </a>
        </ThingHead>
        <Card title="Webhook URL">
          <p>{labelOf(source.source)} sends its webhooks to this address, each signed with the secret.</p>
          <Copyable id="webhook-url" label="Webhook URL" text={source.webhook_url} />
        </Card>
        {may(user.caller, "try") ? <SampleCard source={found.value} answers={answers} /> : null}
        {maySetUp && source.source !== CUSTOM ? (
          <PlayCard slug={source.slug} offers={offers.map(({ slug }) => slug)} played={answers.played} />
        ) : null}
        <Card title="Set-up">
          <Details details={detailsOf(sourceFields, found.value, viewer)} />
        </Card>
      </>
    ),
  });
}

/** A sample, beside the rules where they are the operator's: trying them saves nothing. */
function SampleCard({ source: { row }, answers }: { source: StoredSource; answers: Answers }) {
  const { form, sample } = answers;
  const rules = form?.get("rules") ?? (row.rules === null ? null : JSON.stringify(row.rules, null, 2));
  return (
    <Card title="What a sample says" id="sample">
      <form method="post" action={`${pathOf(KIND, row.slug)}#sample`}>
        {row.source === CUSTOM ? (
          <TextArea name="rules" label="Rules (trying them saves nothing)" rows={14} text={rules ?? ""} />
        ) : null}
        <TextArea
          name="headers"
          label="Headers that the rules look at, one a line"
          rows={2}
          text={form?.get("headers") ?? ""}
        />
        <TextArea name="body" label="Body, as it is sent" rows={10} text={form?.get("body") ?? ""} />
        <button type="submit">Read the sample</button>
      </form>
      {sample === undefined ? null : <SampleAnswer sample={sample} />}
    </Card>
  );
}

function TextArea({ name, label, rows, text }: { name: string; label: string; rows: number; text: string }) {
  return (
    <div class="field wide">
      <label for={`sample-${name}`}>{label}</label>
      <textarea id={`sample-${name}`} name={name} rows={rows} spellcheck={false}>
        {text}
      </textarea>
    </div>
  );
}

function SampleAnswer({ sample }: { sample: Result<SampleView, Problem> }): Child {
  if (!sample.ok) return <Notice tone="bad">{sample.refusal.errors?.[0]?.detail ?? sample.refusal.detail}</Notice>;
  const { event, message, messages, why, fault } = sample.value;
  if (fault !== null)
    return (
      <Notice tone="bad">
        <code>{fault}</code> cannot be read: it is refused as <code>unknown_form</code>.
      </Notice>
    );
  return (
    <>
      <p>
        Event <code>{event ?? "none"}</code>, message <code>{message ?? "named by its content"}</code>.
      </p>
      {messages.length === 0 ? <Notice tone="info">It is passed over. {why}</Notice> : null}
      {messages.map((said) => (
        <Table
          label="What the books are told"
          columns={[
            { name: "Parameter", cell: ([name]: [string, string]) => <code>{name}</code> },
            { name: "Says", cell: ([, text]) => text },
          ]}
          rows={Object.entries(said)}
          empty={<p>Nothing.</p>}
        />
      ))}
    </>
  );
}

function PlayCard({ slug, offers, played }: { slug: string; offers: readonly string[]; played: Played | undefined }) {
  return (
    <Card title="Play a sale" id="play">
      <p>
        Makes a test click and sends a sale of it as the platform would. It is a test: never counted, never paid. Type
        the secret once more: nobody can read the one that is kept.
      </p>
      <form class="inline" method="post" action={`${pathOf(KIND, slug)}#play`}>
        <label>
          <span>Offer</span>
          <select name="offer">
            {offers.map((offer) => (
              <option value={offer}>{offer}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Secret</span>
          <input name="secret" type="password" autocomplete="off" required />
        </label>
        <button type="submit" name="act" value="play">
          Play it
        </button>
      </form>
      {played === undefined ? null : (
        <Notice tone={played.well ? "good" : "bad"}>
          {played.said} {played.receipt ? <a href={`/postbacks/${played.receipt}`}>What became of it</a> : null}
        </Notice>
      )}
    </Card>
  );
}
