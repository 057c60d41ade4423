/** One destination: how it fares, what is done with it, its set-up, and what it was told. */
import type { Child } from "hono/jsx";
import { accept, type Result, refuse } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { notesCard } from "../notes/card.tsx";
import { detailsOf } from "../set-up/details.tsx";
import { pathOf } from "../set-up/pages.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import { askedFor, isOfFields, readFilters, withDays } from "../shell/list-query.ts";
import type { Look, PagePart, PageView, Submission } from "../shell/page.ts";
import { Filters } from "../shell/parts/filters.tsx";
import { DayField, TextField } from "../shell/parts/form.tsx";
import { Card, Head, LiveButton, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Rows, Table, WrongFilter } from "../shell/parts/table.tsx";
import { TagChips } from "../shell/parts/tag-chips.tsx";
import { Details, Nothing, Secret, Status, Time } from "../shell/parts/values.tsx";
import { readFormBody } from "../shell/saved-form.ts";
import { zoneOf } from "../shell/zone.ts";
import { shownColumns } from "../views/list-shape.ts";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { deliveryList, listDeliveries, readStatus, type ShownStatus } from "./deliveries.ts";
import { DELIVERY_FILTERS, DeliveryFilters, deliveryColumns, deliveryKey } from "./delivery-table.tsx";
import { destinationFields, destinationView, type ShownDestination } from "./fields.ts";
import {
  type BackfillView,
  backfillDestination,
  backfillOrder,
  moveDeliveries,
  pauseDestination,
  resumeDestination,
  selection,
  stopBackfill,
  testDestination,
} from "./operations.ts";
import { READY_TEMPLATES } from "./ready-templates.ts";
import { findDestination } from "./store.ts";
import { credentialsOf, rotateWebhook } from "./webhook-secret.ts";

export const DESTINATION_KIND = {
  one: "destination",
  many: "Destinations",
  path: "/destinations",
  list: "destinations",
} as const;

const EMPTY: FormState = { values: {}, problem: null };
/** What was just done, with how many deliveries it was about behind a hyphen. */
const DONE: Record<string, string> = {
  created: "Created. It hears of what is booked from now on.",
  saved: "Saved. What waits goes by the new set-up.",
  pause: "Paused. What is to be told waits.",
  resume: "Turned on. It begins with a probe, at once.",
  test: "A test was sent: it stands first in the log below.",
  replay: "Sent again:",
  cancel: "Ended before they were told:",
  backfill: "History is being told.",
  stop: "The backfill is stopped; what it took already is told.",
};

interface Shown {
  form: FormState;
  plan: BackfillView | null;
  secret: string | null;
}

export async function showDestination(look: Look): Promise<Result<PageView | PagePart | Response, Problem>> {
  return viewOf(look, { form: EMPTY, plan: null, secret: null });
}

/** One button each; a form that is wrong is shown again. */
export async function actOnDestination(sent: Submission): Promise<Result<PageView | PagePart | Response, Problem>> {
  const { env, user, key, nowMs, form } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const asked = form.get(":do") ?? "";
  if ((asked === "credentials" || asked === "rotate") && !may(user.caller, "signing"))
    return refuse({ name: "not_allowed", detail: "Your role may not see what a webhook is signed with." });
  if (asked === "credentials") {
    const told = await credentialsOf(env, user.caller, key, nowMs);
    return told.ok ? viewOf(sent, { form: EMPTY, plan: null, secret: told.value.secret }) : told;
  }
  if (asked === "rotate") {
    const told = await rotateWebhook(env, key, {}, change);
    return told.ok ? viewOf(sent, { form: EMPTY, plan: null, secret: told.value.secret }) : told;
  }
  const values = readForm(form);
  const again = (problem: Problem) => viewOf(sent, { form: { values, problem }, plan: null, secret: null });
  if (asked === "plan" || asked === "backfill") {
    const order = readFormBody(backfillOrder, form, { ...values, dry_run: asked === "plan" });
    if (!order.ok) return again(order.refusal);
    if (!may(user.caller, "replay"))
      return again({
        name: "not_allowed",
        detail: "History is told by who may send things again, since it reads everybody's entries.",
      });
    const done = await backfillDestination(env, key, order.value, change);
    if (!done.ok) return again(done.refusal);
    if (done.value.started) return accept(seeOther(`${pathOf(DESTINATION_KIND, key)}?done=backfill`));
    return viewOf(sent, { form: { values, problem: null }, plan: done.value, secret: null });
  }
  const done = await doAsked(env, sent, asked, change);
  if (!done.ok) return again(done.refusal);
  return accept(seeOther(`${pathOf(DESTINATION_KIND, key)}?done=${done.value}`));
}

/** What to say of it when it is done. */
async function doAsked(
  env: Env,
  { key, url, user, nowMs }: Submission,
  asked: string,
  change: ChangeStamp,
): Promise<Result<string, Problem>> {
  switch (asked) {
    case "pause":
      return saying(asked, await pauseDestination(env, key, change));
    case "resume":
      return saying(asked, await resumeDestination(env, key, change));
    case "test":
      return saying(asked, await testDestination(env, key, change));
    case "stop":
      return may(user.caller, "replay") ? saying(asked, await stopBackfill(env, key, change)) : accept("");
    case "replay":
    case "cancel": {
      const which = readBody(selection, selectedBy(withDays(url, nowMs)));
      if (!which.ok) return which;
      const moved = await moveDeliveries(env, asked, key, which.value, change);
      return moved.ok ? accept(`${asked}-${moved.value.deliveries}`) : moved;
    }
    default:
      return accept("");
  }
}

function saying(word: string, done: Result<unknown, Problem>): Result<string, Problem> {
  return done.ok ? accept(word) : done;
}

/** The deliveries that the address filters. */
function selectedBy(url: URL): Record<string, unknown> {
  const asked = askedFor(url);
  const status = asked.get("status");
  return {
    ...(status === null ? {} : { statuses: [status] }),
    ...Object.fromEntries([...asked].filter(([name]) => ["range", "from", "to"].includes(name))),
  };
}

async function viewOf(look: Look, shown: Shown): Promise<Result<PageView | PagePart | Response, Problem>> {
  const { env, user, key, url, request, nowMs } = look;
  const found = await findDestination(env, user.caller, key);
  if (!found.ok) return found;
  const query = readFilters(deliveryList, withDays(withDestination(url, key), nowMs));
  const told = query.ok ? await listDeliveries(env, user.caller, query.value) : query;
  const isLive = url.searchParams.has("live");
  if (!told.ok && told.refusal.name === "invalid_query" && (isLive || !isOfFields(told.refusal, DELIVERY_FILTERS)))
    return told;
  const list = {
    columns: shownColumns(deliveryColumns({ ofOne: true }), null),
    rows: told.ok ? told.value.items : [],
    empty: (
      <NoRows url={url}>
        <p>Nothing was told here yet.</p>
      </NoRows>
    ),
    rowKey: deliveryKey,
  };
  if (isLive) return told.ok ? accept({ part: <Rows {...list} /> }) : told;
  const status = await readStatus(env, user.caller, key);
  const viewer = { env, role: user.caller.role };
  const { name, status: life, kind, tags } = destinationView(found.value, viewer);
  const notes = await notesCard(look, "destination", found.value.row.slug);
  const mayAct = may(user.caller, "destinations");
  const isFirstPage = told.ok && !url.searchParams.has("cursor");
  return accept({
    title: name,
    scripts: isFirstPage ? ["live.js" as const] : [],
    body: (
      <>
        <Done url={url} />
        <Head
          above={[DESTINATION_KIND.many, DESTINATION_KIND.path]}
          title={name}
          status={
            <>
              <Status status={status.ok && status.value.gate !== "open" ? status.value.gate : life} />{" "}
              <TagChips tags={tags} path={DESTINATION_KIND.path} />
            </>
          }
          actions={
            mayAct ? (
              <Actions
                slug={key}
                life={life}
                gate={status.ok ? status.value.gate : null}
                isSigned={kind === "webhook" && may(user.caller, "signing")}
              />
            ) : undefined
          }
        >
          {status.ok ? <Since status={status.value} /> : undefined}
        </Head>
        {shown.form.problem === null ? null : <Notice tone="bad">{shown.form.problem.detail}</Notice>}
        {shown.secret === null ? null : (
          <Notice tone="info">
            <Secret text={shown.secret} label="what the receiver verifies by" id="webhook-secret" />
          </Notice>
        )}
        {status.ok ? <Fares status={status.value} /> : <Notice tone="warn">{status.refusal.detail}</Notice>}
        <SetUp destination={found.value} look={look} />
        <Card
          title="Deliveries"
          actions={isFirstPage ? <LiveButton rows="delivery-rows" /> : undefined}
          id="deliveries"
        >
          <Filters url={url} problem={told.ok ? null : told.refusal} timeZone={zoneOf(request)}>
            <DeliveryFilters url={url} destinations={null} />
          </Filters>
          {mayAct ? <MoveFiltered url={url} /> : null}
          {told.ok ? <Table label="Deliveries" {...list} bodyId="delivery-rows" /> : <WrongFilter />}
          {told.ok ? <Pager url={url} next={told.value.next} older="Older" /> : null}
        </Card>
        {may(user.caller, "replay") ? <Backfill shown={shown} status={status.ok ? status.value : null} /> : null}
        {notes}
      </>
    ),
  });
}

function withDestination(url: URL, slug: string): URL {
  const whole = new URL(url);
  whole.searchParams.set("destination", slug);
  return whole;
}

function Done({ url }: { url: URL }) {
  const [word = "", count] = (url.searchParams.get("done") ?? "").split("-");
  const said = DONE[word];
  if (said === undefined) return null;
  return <Notice tone="good">{count === undefined ? said : `${said} ${Number(count)} deliveries.`}</Notice>;
}

interface ActionsProps {
  slug: string;
  life: string;
  gate: string | null;
  /** It has a secret that may be shown to whoever looks. */
  isSigned: boolean;
}

function Actions({ slug, life, gate, isSigned }: ActionsProps) {
  const isOff = life !== "active" || gate === "off" || gate === "failing";
  return (
    <>
      <form method="post" class="inline">
        <button type="submit" name=":do" value="test">
          Send a test
        </button>
        {life === "active" ? (
          <button type="submit" name=":do" value="pause">
            Pause
          </button>
        ) : null}
        {isOff ? (
          <button type="submit" name=":do" value="resume">
            Turn on
          </button>
        ) : null}
        {isSigned ? (
          <>
            <button type="submit" name=":do" value="credentials">
              Show the secret
            </button>
            <button type="submit" name=":do" value="rotate">
              New secret
            </button>
          </>
        ) : null}
      </form>
      <a class="button" href={`${pathOf(DESTINATION_KIND, slug)}/edit`}>
        Edit
      </a>
    </>
  );
}

/** Since when something waits, and when it goes; nothing where nothing does. */
function Since({ status: { oldest_at: oldest, next_at: next } }: { status: ShownStatus }) {
  if (oldest === null) return <>Nothing waits.</>;
  return (
    <>
      The oldest waits since <Time at={oldest} />
      {next === null ? (
        "."
      ) : (
        <>
          , the next goes at <Time at={next} />.
        </>
      )}
    </>
  );
}

/** Whether anything goes there, what waits, and what came of the last deliveries. */
function Fares({ status }: { status: ShownStatus }) {
  const { sent, failed, waiting, median_ms: median, slow_ms: slow } = status;
  const all = sent + failed;
  const tiles: [string, Child][] = [
    ["Waiting", String(waiting)],
    ["Success", all === 0 ? <Nothing /> : `${((sent / all) * 100).toFixed(1)} %`],
    ["Half answer within", median === null ? <Nothing /> : `${median} ms`],
    ["95 % within", slow === null ? <Nothing /> : `${slow} ms`],
  ];
  return (
    <>
      {status.message === null ? null : <Notice tone={status.gate === "off" ? "bad" : "warn"}>{status.message}</Notice>}
      <dl class="stats">
        {tiles.map(([label, value]) => (
          <div class="stat">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function SetUp({ destination, look: { env, user } }: { destination: ShownDestination; look: Look }) {
  const { config, affiliate, advertiser } = destination;
  const ready = READY_TEMPLATES.get(config.ready ?? "");
  const isOperator = user.caller.scope === "everything";
  const particular = {
    affiliate: isOperator ? ([["Whose", affiliate ?? advertiser ?? "the programme’s"]] as const) : [],
    advertiser: [],
    ready: ready
      ? ([
          ["Ready template", ready.name],
          [
            "In the link there",
            ready.clickToken === null ? null : <code class="break">external_id={ready.clickToken}</code>,
          ],
          ["To be known", ready.note, "long"],
        ] as const)
      : [],
  };
  return (
    <Card title="Set-up">
      <Details details={detailsOf(destinationFields, destination, { env, role: user.caller.role }, particular)} />
      {config.translated.length === 0 ? null : (
        <Table
          label="What was translated"
          columns={[
            {
              name: "Written",
              cell: ({ written }: ShownDestination["config"]["translated"][number]) => <code>{written}</code>,
            },
            { name: "Translated to", cell: ({ became }) => <code>{became}</code> },
            { name: "In", cell: ({ place }) => place },
          ]}
          rows={config.translated}
          empty={null}
        />
      )}
    </Card>
  );
}

/** Buttons for all that the filters show. */
function MoveFiltered({ url }: { url: URL }) {
  const asked = Object.keys(selectedBy(url));
  if (asked.length === 0 || url.searchParams.has("type") || url.searchParams.has("conversion_id")) return null;
  return (
    <form method="post" class="form-actions" action={`${url.pathname}${url.search}`}>
      <button type="submit" name=":do" value="replay">
        Send all of these again
      </button>
      <button type="submit" name=":do" value="cancel">
        End those not told yet
      </button>
    </form>
  );
}

function Backfill({ shown: { form, plan }, status }: { shown: Shown; status: ShownStatus | null }) {
  const running = status?.backfill ?? null;
  return (
    <Card title="Tell history" id="backfill">
      <form method="post" class="form" action="#backfill" novalidate>
        {running === null ? null : (
          <Notice tone="info">
            Under way: {running.seen} entries looked at, {running.taken} to tell.{" "}
            <button type="submit" name=":do" value="stop" class="quiet">
              Stop it
            </button>
          </Notice>
        )}
        <DayField form={form} path="from" label="Received from" />
        <DayField form={form} path="to" label="Before" />
        <TextField form={form} path="per_second" kind="number" label="Most a second" placeholder="10" />
        {plan === null ? null : (
          <Notice tone="info">
            {plan.to_tell} of {plan.partial ? `the first ${plan.entries}` : plan.entries} entries would be told,{" "}
            {plan.told_already} were told already
            {plan.past_deadline === 0 ? "" : `, ${plan.past_deadline} are past the deadline and are not sent`}.{" "}
            {plan.sample_url === null ? null : <code class="break">{plan.sample_url}</code>}
          </Notice>
        )}
        <div class="form-actions">
          <button type="submit" name=":do" value="plan" class="primary">
            See what it would tell
          </button>
          {plan === null ? null : (
            <button type="submit" name=":do" value="backfill">
              Tell it
            </button>
          )}
        </div>
      </form>
    </Card>
  );
}
