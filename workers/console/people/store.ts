/** Users: invited by an admin, let in by links that open once, paused rather than deleted. Whatever takes something from a user ends the sessions that have it. */
import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, users } from "../../../schema/tables.ts";
import { must } from "../../core/must.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { newColumns } from "../set-up/field-values.ts";
import { fixedFields } from "../set-up/schemas.ts";
import { endingSessionsOf } from "../web/ended-sessions.ts";
import { type ListPage, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, invalid, notFound, type Problem } from "../web/problem.ts";
import { isTaken, movedFields } from "../web/saving.ts";
import { holderOf } from "../web/session.ts";
import { newLink } from "../web/sign-in-link.ts";
import {
  type InvitedUser,
  type NewUser,
  type ShownUser,
  type UserChange,
  type UserList,
  type UserView,
  userFields,
  userView,
} from "./fields.ts";
import { findSubject, subjectSlug } from "./role-subject.ts";

const CHANGED = { action: "change", kind: "user" } as const;

/** Invites a user; the link to sign in by is in the answer and nowhere else. `origin` is where the console stands. */
export async function inviteUser(
  env: Env,
  input: NewUser,
  origin: string,
  change: ChangeStamp,
): Promise<Result<InvitedUser, Problem>> {
  const subject = await findSubject(env, input.role, input.subject);
  if (!subject.ok) return subject;
  const link = newLink(origin, change.atMs);
  const row = {
    ...newColumns(userFields, input),
    subject: subject.value,
    invitedBy: change.by.name,
    linkHash: link.hash,
    linkUntilMs: link.untilMs,
    seenAtMs: null,
    createdAtMs: change.atMs,
    updatedAtMs: change.atMs,
  };
  const after = viewOf(env, { row: { ...row, number: 0 }, subject: input.subject ?? null });
  const db = drizzle(env.DB);
  try {
    const [[created]] = await db.batch([
      db.insert(users).values(row).returning({ number: users.number }),
      logChange(db, change, { action: "create", kind: "user", subject: row.email, before: null, after: told(after) }),
    ]);
    const { number } = must(created, "the row of", row.email);
    return accept({ ...after, number, link: link.address });
  } catch (error) {
    if (!isTaken(error, "users.email")) throw error;
    return refuse({ ...invalid("#/email", `${row.email} is invited already: find it in the list.`), name: "taken" });
  }
}

export async function listUsers(env: Env, query: UserList): Promise<ListPage<UserView>> {
  const { cursor, role, status } = query;
  const found = await findUsers(
    drizzle(env.DB),
    and(
      cursor === undefined ? undefined : gt(users.number, cursor),
      role === undefined ? undefined : eq(users.role, role),
      status === undefined ? undefined : eq(users.status, status),
    ),
    rowsToRead(query),
  );
  const numbered = found.map((user) => ({ number: user.row.number, user }));
  return pageOf(numbered, query, ({ user }) => viewOf(env, user));
}

export async function readUser(env: Env, key: string): Promise<Result<UserView, Problem>> {
  const found = await findOne(env, key);
  return found.ok ? accept(viewOf(env, found.value)) : found;
}

export async function findOne(env: Env, key: string): Promise<Result<ShownUser, Problem>> {
  const number = /^\d{1,10}$/.test(key) ? Number(key) : 0;
  const [found] = await findUsers(drizzle(env.DB), eq(users.number, number), 1);
  return found ? accept(found) : refuse(notFound("user", key));
}

/** Changes name, role and subject, pauses and lets in again. Who is paused is out at once, and a link not taken yet is void; another role begins with signing in. */
export async function changeUser(
  env: Env,
  key: string,
  input: UserChange,
  change: ChangeStamp,
): Promise<Result<UserView, Problem>> {
  const found = await findOne(env, key);
  if (!found.ok) return found;
  const { row, subject: present } = found.value;
  const before = viewOf(env, found.value);
  const moved = movedFields(input, before, fixedFields(userFields));
  if (moved.length > 0) return refuse(fixedAfterCreation("a user", moved));
  const { role = row.role, status = row.status } = input;
  const slug = input.subject ?? (role === row.role ? (present ?? undefined) : undefined);
  const subject = await findSubject(env, role, slug);
  if (!subject.ok) return subject;
  // Only what is said is written: what somebody else took away at this moment stays away.
  const columns = {
    ...(input.name !== undefined && { name: input.name }),
    ...((input.role ?? input.subject) !== undefined && { role, subject: subject.value }),
    ...(input.status !== undefined && { status }),
    // A link that was made while somebody else paused the user opens nothing once it is let in again, either.
    ...((status === "paused" || status !== row.status) && { linkHash: null, linkUntilMs: null }),
    updatedAtMs: change.atMs,
  };
  const after = viewOf(env, { row: { ...row, ...columns }, subject: slug ?? null });
  const isOut = status === "paused" || role !== row.role || subject.value !== row.subject;
  const db = drizzle(env.DB);
  try {
    await db.batch([
      db.update(users).set(columns).where(eq(users.number, row.number)),
      logChange(db, change, { ...CHANGED, subject: row.email, before: told(before), after: told(after) }),
      ...(isOut ? endingSessionsOf(db, holderOf({ user: row.number }), change.atMs) : []),
    ]);
    return accept(after);
  } catch (error) {
    if (!isOfTheLastAdmin(error)) throw error;
    const pointer = status === "paused" ? "#/status" : "#/role";
    return refuse(invalid(pointer, `${row.email} is the last admin among the users: make another one first.`));
  }
}

/** Another link for a user; the one before it opens nothing any more. */
export async function linkUser(
  env: Env,
  key: string,
  origin: string,
  change: ChangeStamp,
): Promise<Result<InvitedUser, Problem>> {
  const found = await findOne(env, key);
  if (!found.ok) return found;
  const { row } = found.value;
  if (row.status === "paused") return refuse(invalid("#", `${row.email} is paused: let it in again first.`));
  const link = newLink(origin, change.atMs);
  const columns = { linkHash: link.hash, linkUntilMs: link.untilMs };
  const db = drizzle(env.DB);
  await db.batch([
    db.update(users).set(columns).where(eq(users.number, row.number)),
    logChange(db, change, { action: "invite", kind: "user", subject: row.email, before: null, after: null }),
  ]);
  return accept({ ...viewOf(env, { ...found.value, row: { ...row, ...columns } }), link: link.address });
}

async function findUsers(db: DrizzleD1Database, condition: SQL | undefined, limit: number): Promise<ShownUser[]> {
  return db
    .select({ row: users, subject: subjectSlug(users) })
    .from(users)
    .leftJoin(advertisers, eq(advertisers.number, users.subject))
    .leftJoin(affiliates, eq(affiliates.number, users.subject))
    .where(condition)
    .orderBy(asc(users.number))
    .limit(limit);
}

function viewOf(env: Env, user: ShownUser): UserView {
  return userView(user, { env, role: "admin" });
}

/** What the audit log keeps of a user. */
function told({ email, name, role, subject, status }: UserView) {
  return { email, name, role, subject, status };
}

function isOfTheLastAdmin(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes("the last admin stays")) return true;
  return false;
}
