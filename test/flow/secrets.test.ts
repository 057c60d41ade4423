/** After a storm of good and bad requests no log line, no row, no record at the edge and no archived object holds a secret. */

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { advertiserKey } from "../../schema/records.ts";
import { readSigningSecret } from "../../workers/core/credentials.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { heldClicks } from "./held-clicks.ts";
import { type System, type SystemInit, seedProgramme, startSystem, TEST_SECRETS, waitFor } from "./system.ts";

let system: System;
let token: string;
let signingSecret: string;
let analyst: string;
let click: string;
/** Of another advertiser: sent to the wrong door it is still a secret. */
let foreign: { token: string; signing_secret: string };
let secrets: string[];

beforeAll(async () => {
  system = await startSystem();
  ({ token, signingSecret } = await seedProgramme(system));
  foreign = JSON.parse(await tell("POST", "/api/advertisers", { slug: "signs", name: "Signs", auth: "signed" }));
  const made: { token: string } = JSON.parse(await tell("POST", "/api/tokens", { name: "reader", role: "analyst" }));
  analyst = made.token;
  const { headers } = await system.fetchClick("/c/demo");
  click = /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
  const { EDGE } = await system.ledgerEnv();
  await EDGE.put(advertiserKey("broken"), `{"advertiser":9,"credentials":`);
  const rings: { keys: Record<string, string> }[] = [TEST_SECRETS.CLICK_KEYS, TEST_SECRETS.ADVERTISER_KEYS].map(
    (ring) => JSON.parse(ring),
  );
  secrets = [
    token,
    signingSecret.slice("whsec_".length),
    foreign.token,
    foreign.signing_secret.slice("whsec_".length),
    analyst,
    TEST_SECRETS.CONSOLE_TOKEN,
    TEST_SECRETS.ERASURE_KEY,
    ...rings.flatMap(({ keys }) => Object.values(keys)),
  ];
});
afterAll(() => system.stop());

async function tell(method: string, path: string, body?: unknown, bearer?: string): Promise<string> {
  const answer = await system.fetchConsole(path, {
    method,
    headers: {
      "content-type": "application/json",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return answer.text();
}

/** Everything that can be wrong about a message, beside a good one. */
const CONTENTS: Record<string, string>[] = [
  { event: "sale", amount: "10" },
  { event: "sale", amount: "1,000" },
  { event: "{event}" },
  { event: "gift" },
  { click_id: "" },
  { click_id: "x".repeat(36) },
  { status: "sold" },
  { currency: "dollars" },
  { return: "<script>" },
  { occurred_at: "yesterday" },
  { "meta.note": "a\nb" },
  { txid: "y".repeat(200) },
  { test: "perhaps" },
];
const TOKEN_NAMES = ["token", "secure", "security_token", "verification_token", "Token", "TOKEN", "api_token"];

function* requests(): Generator<[string, SystemInit]> {
  const paths = [
    "/p/acme",
    "/p/acme/batch",
    "/p/acme.gif",
    "/p/signs",
    "/p/signs/batch",
    "/p/nobody",
    "/p/broken",
    "/q/acme",
  ];
  for (const secret of [token, foreign.token, signingSecret, foreign.signing_secret, `${token}x`])
    for (const path of paths) {
      const name = TOKEN_NAMES[(path.length + secret.length) % TOKEN_NAMES.length] ?? "token";
      const query = new URLSearchParams({ click_id: click, [name]: secret });
      yield [`${path}?${query}`, {}];
      yield [`${path}?${query}&click_id=${secret}`, {}];
      yield [`${path}?${query}`, { method: "PUT" }];
      yield [path, { headers: { authorization: `Bearer ${secret}`, "idempotency-key": `\u00ff${secret}` } }];
      yield [
        path,
        { method: "POST", body: query.toString(), headers: { "content-type": "application/x-www-form-urlencoded" } },
      ];
      yield [path, { method: "POST", body: `{"token":"${secret}"`, headers: { "content-type": "application/json" } }];
      yield [path, { method: "POST", body: secret, headers: { "content-type": "text/plain" } }];
      yield [
        path,
        {
          method: "POST",
          body: `{"token":"${secret}","event":"${secret}"}\n{`,
          headers: { "content-type": "application/x-ndjson" },
        },
      ];
      yield [
        path,
        {
          method: "POST",
          body: `token,txid\n${secret}\n${secret},"`,
          headers: { "content-type": "text/csv", authorization: `Bearer ${token}` },
        },
      ];
    }
  for (const name of TOKEN_NAMES)
    for (const content of CONTENTS) {
      const query = new URLSearchParams({ click_id: click, ...content, [name]: token });
      yield [`/p/acme?${query}`, {}];
      yield [
        "/p/acme",
        {
          method: "POST",
          body: JSON.stringify(Object.fromEntries(query)),
          headers: { "content-type": "application/json" },
        },
      ];
    }
}

async function* signed(): AsyncGenerator<[string, SystemInit]> {
  for (const [slug, secret] of [
    ["acme", signingSecret],
    ["signs", foreign.signing_secret],
  ] as const) {
    const key = readSigningSecret(secret);
    if (!key) throw new Error("no signing key");
    for (const age of [0, 400]) {
      const nowS = Math.floor(Date.now() / 1000) - age;
      const target = `/p/${slug}?event=sale&txid=A-1&ts=${nowS}&nonce=k3Jd92Lx`;
      const url = `${target}&sig=${signTarget(key, target)}`;
      const bearer = { authorization: `Bearer ${token}` };
      yield [url, {}];
      yield [url, { headers: bearer }];
      yield [`${url}&token=${token}`, {}];
      yield [url.replace("sale", "gift"), { headers: bearer }];
      const body = '{"event":"sale","txid":"A-1"}';
      const stamp = { "webhook-id": "msg_1", "webhook-timestamp": String(nowS), "content-type": "application/json" };
      const signature = new Webhook(secret).sign("msg_1", new Date(nowS * 1000), body);
      yield [`/p/${slug}`, { method: "POST", body, headers: { ...stamp, ...bearer, "webhook-signature": signature } }];
      yield [
        `/p/${slug}`,
        { method: "POST", body, headers: { ...stamp, ...bearer, "webhook-signature": `v1,${secret}` } },
      ];
    }
  }
}

test("a storm leaves none", { timeout: 120_000 }, async () => {
  const storm = [...requests()];
  for await (const one of signed()) storm.push(one);
  const receipts: string[] = [];
  for (let start = 0; start < storm.length; start += 20)
    await Promise.all(
      storm.slice(start, start + 20).map(async ([path, init]) => {
        const answer = await (await system.fetchPostback(path, init)).text();
        for (const secret of secrets) expect(answer).not.toContain(secret);
        for (const [, receipt = ""] of answer.matchAll(/"accepted","receipt":"(\w+)"/g)) receipts.push(receipt);
      }),
    );
  for (const secret of [...secrets, "cbt_wrong"]) {
    await tell("GET", `/api/advertisers?token=${encodeURIComponent(secret)}`);
    await tell("GET", `/api/nothing/${encodeURIComponent(secret)}`);
    await tell("GET", "/api/advertisers", undefined, secret);
    await tell("POST", "/api/advertisers", `{"slug":"${secret}`);
    await tell("GET", `/receipts/${receipts[0]}?token=${encodeURIComponent(secret)}`, undefined, secret);
    await system.fetchClick(`/c/demo?token=${encodeURIComponent(secret)}`);
  }
  await tell("GET", "/api/advertisers/acme/credentials");
  await tell("POST", "/api/advertisers/acme/rotate", { until: new Date(Date.now() + 60_000).toISOString() });
  for (const receipt of receipts)
    await waitFor(async () => !(await tell("GET", `/receipts/${receipt}`)).includes('"queued"'), 60_000);
  await tell("POST", "/api/replay", { reason: "unknown_event" });

  const lines = system.logs().map((line) => JSON.stringify(line));
  // The storm was heard: these are in the log, so it is the log that is looked at.
  for (const event of ["signature_checked", "postback_failed"])
    expect(lines.filter((line) => line.includes(event)).length).toBeGreaterThan(0);
  const kept = [...lines, ...(await everything())];
  expect(kept.length).toBeGreaterThan(300);
  for (const secret of secrets) expect(kept.filter((line) => line.includes(secret))).toEqual([]);
});

/** Every row of all databases, every record at the edge and every archived object, as text. */
async function everything(): Promise<string[]> {
  const { DB, LOG, EDGE, ARCHIVE } = await system.ledgerEnv();
  const texts = (await heldClicks(system)).map((row) => JSON.stringify(row));
  for (const database of [DB, LOG]) {
    const tables = await database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .all<{ name: string }>();
    for (const { name } of tables.results)
      for (const row of (await database.prepare(`SELECT * FROM "${name}"`).all()).results)
        texts.push(JSON.stringify(row));
  }
  for (const { name } of (await EDGE.list()).keys) texts.push(`${name} ${await EDGE.get(name)}`);
  for (const { key } of (await ARCHIVE.list()).objects) texts.push(`${key} ${await (await ARCHIVE.get(key))?.text()}`);
  return texts;
}
