/**
 * Cloudflare Access: whoever comes through its door brings a JWT that says so
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/).
 * Access says who it is; what they may see stands among our users, or else in `ACCESS_ROLES`, and who is in neither sees nothing.
 */
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as v from "valibot";
import { advertisers, affiliates } from "../../../schema/tables.ts";
import { foldEmail } from "../../core/email-address.ts";
import { ROLES } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { type Caller, callerOfUser, scopeOf } from "./caller.ts";

const HEADER = "cf-access-jwt-assertion";
const KEYS_PATH = "/cdn-cgi/access/certs";

export type AccessEnv = Pick<Env, "ACCESS_ISSUER" | "ACCESS_AUDIENCE" | "ACCESS_ROLES" | "DB" | "ADVERTISER_KEYS">;

/** E-mail address → `admin`, `manager`, `finance`, `analyst`, `advertiser:{slug}` or `affiliate:{slug}`. */
const roles = v.record(
  v.string(),
  v.pipe(v.string(), v.regex(/^(?:admin|manager|finance|analyst|(?:advertiser|affiliate):[a-z0-9_-]+)$/)),
);

/** The issuer's keys as they were fetched last; the library fetches them again when they are old or when it meets a new one. */
let fetched: { issuer: string; keys: ReturnType<typeof createRemoteJWKSet> } | null = null;

/** Who Access says it is: the caller with the role that it has here, `"stranger"` when it has none, null without a valid JWT. */
export async function accessCaller(env: AccessEnv, request: Request): Promise<Caller | "stranger" | null> {
  const jwt = request.headers.get(HEADER);
  if (jwt === null || env.ACCESS_ISSUER === "" || env.ACCESS_AUDIENCE === "") return null;
  const email = await verifiedEmail(env, jwt);
  return email === null ? null : ((await callerOf(env, email)) ?? "stranger");
}

async function verifiedEmail(env: AccessEnv, jwt: string): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(jwt, keysOf(env.ACCESS_ISSUER), {
      issuer: env.ACCESS_ISSUER,
      audience: env.ACCESS_AUDIENCE,
      algorithms: ["RS256"],
      requiredClaims: ["exp", "email"],
    });
    return typeof payload.email === "string" ? foldEmail(payload.email) : null;
  } catch (error) {
    console.warn({ event: "access_refused", reason: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function keysOf(issuer: string): ReturnType<typeof createRemoteJWKSet> {
  if (fetched?.issuer !== issuer) fetched = { issuer, keys: createRemoteJWKSet(new URL(KEYS_PATH, issuer)) };
  return fetched.keys;
}

async function callerOf(env: AccessEnv, email: string): Promise<Caller | null> {
  const user = await callerOfUser(env, { email });
  if (user !== null) return user === "paused" ? null : user;
  const [role = "", slug] = readRoles(env.ACCESS_ROLES).get(email)?.split(":") ?? [];
  if (!v.is(v.picklist(ROLES), role)) return null;
  if (slug === undefined) return { name: email, role, scope: await scopeOf(env, role, null) };
  const table = role === "advertiser" ? advertisers : affiliates;
  const [subject] = await drizzle(env.DB).select({ number: table.number }).from(table).where(eq(table.slug, slug));
  return subject ? { name: email, role, scope: await scopeOf(env, role, subject.number) } : null;
}

/** Throws when the table is not one: the operator has to mend it, and nobody is let in meanwhile. */
function readRoles(table: string): Map<string, string> {
  const read = v.safeParse(roles, table === "" ? {} : JSON.parse(table));
  if (!read.success)
    throw new Error('ACCESS_ROLES: write {"ann@example.com": "admin", "bob@shop.example": "advertiser:acme"}');
  return new Map(Object.entries(read.output).map(([email, role]) => [foldEmail(email), role]));
}
