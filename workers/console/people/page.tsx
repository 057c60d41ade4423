/** People: who is invited, as what, and the links that let them in; each is shown once, to be handed over by whoever made it. */
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { ROLES } from "../../core/roles.ts";
import { detailsOf } from "../set-up/details.tsx";
import { SetUpFields } from "../set-up/form.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { ChoiceFilter, Filters } from "../shell/parts/filters.tsx";
import { isNamed, Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Copyable, Details, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { readFormBody } from "../shell/saved-form.ts";
import { changedSince } from "../shell/seen-values.ts";
import type { Problem } from "../web/problem.ts";
import { type InvitedUser, newUser, type UserView, userChange, userFields, userList, userView } from "./fields.ts";
import { changeUser, findOne, inviteUser, linkUser, listUsers, readUser } from "./store.ts";

type Shown = Promise<Result<PageView | Response, Problem>>;

const EMPTY: FormState = { values: {}, problem: null };
const DONE: Record<string, string> = {
  saved: "Saved. Where the role changed, the sessions of before have ended.",
  paused: "Paused. Its sessions have ended, and no link of before opens anything.",
  active: "Let in again: make a link to sign in by.",
};

export const peoplePages: Page[] = [
  {
    path: "/people",
    roles: holders("people"),
    show: (look) => showPeople(look, EMPTY, null),
    async act(sent) {
      const { env, user, form, url, nowMs } = sent;
      const values = readForm(form);
      const again = (problem: Problem) => showPeople(sent, { values, problem }, null);
      const read = readFormBody(newUser, form, values);
      if (!read.ok) return again(read.refusal);
      const made = await inviteUser(env, read.value, url.origin, { by: user.caller, atMs: nowMs });
      // The link is in this one answer: there is no page to go to that could show it again.
      return made.ok ? showPeople(sent, EMPTY, made.value) : again(made.refusal);
    },
  },
  {
    path: "/people/:number",
    roles: holders("people"),
    show: (look) => showUser(look, null, null),
    act: actOnUser,
  },
];

async function actOnUser(sent: Submission): Shown {
  const { env, user, key, form, url, nowMs } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const asked = form.get(":do");
  if (asked === "link") {
    const made = await linkUser(env, key, url.origin, change);
    return made.ok ? showUser(sent, null, made.value) : made;
  }
  const status = asked === "pause" ? "paused" : asked === "resume" ? "active" : null;
  const values = status === null ? readForm(form) : { status };
  const again = (problem: Problem) => showUser(sent, { values, problem }, null);
  const read = readFormBody(userChange, form, values);
  if (!read.ok) return again(read.refusal);
  const present = await readUser(env, key);
  if (!present.ok) return present;
  const stale = changedSince(form, values, present.value);
  if (stale) return again(stale);
  const changed = await changeUser(env, key, read.value, change);
  return changed.ok ? accept(seeOther(`/people/${key}?done=${status ?? "saved"}`)) : again(changed.refusal);
}

async function showPeople(look: Look, form: FormState, made: InvitedUser | null): Shown {
  const { env, url } = look;
  const query = readFilters(userList, url);
  if (!query.ok) return query;
  const { items, next } = await listUsers(env, query.value);
  const body = (
    <>
      <Head title="People">Who may sign in, and as what. Programs have tokens instead.</Head>
      {made === null ? null : <MadeLink made={made} />}
      <Filters url={url}>
        <ChoiceFilter url={url} name="role" label="Role" options={ROLES} />
        <ChoiceFilter url={url} name="status" label="Status" options={["active", "paused"]} />
      </Filters>
      <Card title="Invited" flush>
        <UserTable users={items} />
      </Card>
      <Pager url={url} next={next} />
      <Card title="Invite somebody">
        <form method="post" class="form" novalidate>
          <SetUpFields fields={userFields} form={form} present={null} suggestions={{}} />
          <div class="form-actions">
            <button type="submit" class="primary">
              Invite
            </button>
          </div>
        </form>
      </Card>
    </>
  );
  return accept({ title: "People", body });
}

async function showUser(look: Look, form: FormState | null, made: InvitedUser | null): Shown {
  const { env, key, url, user } = look;
  const found = await findOne(env, key);
  if (!found.ok) return found;
  const viewer = { env, role: user.caller.role };
  const view = userView(found.value, viewer);
  const done = DONE[url.searchParams.get("done") ?? ""];
  const body = (
    <>
      {done === undefined || form !== null || made !== null ? null : <Notice tone="good">{done}</Notice>}
      <Head
        above={["People", "/people"]}
        title={view.name}
        status={<Status status={view.status} />}
        actions={<Actions user={view} />}
      />
      {made === null ? null : <MadeLink made={made} />}
      {form?.problem ? <Notice tone="bad">{form.problem.detail}</Notice> : null}
      <Card>
        <Details details={detailsOf(userFields, found.value, viewer)} />
      </Card>
      <Card title="Name and role">
        <form method="post" class="form" novalidate>
          <SetUpFields
            fields={userFields}
            form={form ?? { values: valuesOf(view), problem: null }}
            present={view}
            suggestions={{}}
          />
          <div class="form-actions">
            <button type="submit" class="primary">
              Save
            </button>
          </div>
        </form>
      </Card>
    </>
  );
  return accept({ title: view.name, body });
}

/** What the form begins with. */
function valuesOf({ name, role, subject }: UserView) {
  return { name, role, ...(subject === null ? {} : { subject }) };
}

function Actions({ user: { status, email } }: { user: UserView }) {
  if (status === "paused")
    return (
      <form method="post" class="inline">
        <button type="submit" name=":do" value="resume">
          Let in again
        </button>
      </form>
    );
  return (
    <>
      <form method="post" class="inline">
        <button type="submit" name=":do" value="link">
          New sign-in link
        </button>
      </form>
      <form method="post" class="inline" data-confirm={`Pause ${email}? It is signed out everywhere at once.`}>
        <button type="submit" class="danger" name=":do" value="pause">
          Pause
        </button>
      </form>
    </>
  );
}

function MadeLink({ made: { email, link } }: { made: InvitedUser }) {
  return (
    <div class="notice" data-tone="good" role="status">
      <p>
        <strong>
          A link for <bdi>{email}</bdi> to sign in by.
        </strong>{" "}
        Copy it now and send it yourself: nothing is mailed from here. It works once, within 24 hours, is not shown
        again, and only its hash is stored.
      </p>
      <Copyable id="new-link" label="Sign-in link" text={link} />
    </div>
  );
}

function UserTable({ users }: { users: readonly UserView[] }) {
  return (
    <Table
      label="Users"
      columns={[
        {
          name: "E-mail",
          cell: ({ number, email }: UserView) => (
            <a href={`/people/${number}`}>
              <Clipped text={email} />
            </a>
          ),
        },
        { name: "Name", cell: ({ name }) => <Clipped text={name} /> },
        { name: "Role", cell: ({ role }) => role },
        {
          name: "Of",
          cell: ({ role, subject }) => (isNamed(role) ? <Named of={role} slug={subject} /> : (subject ?? <Nothing />)),
        },
        { name: "Status", cell: ({ status }) => <Status status={status} /> },
        { name: "Last seen", cell: ({ seen_at }) => <Time at={seen_at} /> },
        { name: "Invited by", cell: ({ invited_by }) => <Clipped text={invited_by} /> },
      ]}
      rows={users}
      empty={
        <p>Nobody is invited yet. Invite each person by their own address, so that the audit log can name them.</p>
      }
    />
  );
}
