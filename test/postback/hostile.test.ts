/** Everything thrown at the door: whatever comes, the answer is one of the contract's, what is accepted is what is queued, and no secret is told. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import type { AdvertiserRecord } from "../../schema/records.ts";
import { ALIASES, PARAMETER_NAMES } from "../../workers/core/postback/parameter-names.ts";
import { normalisePercents, signTarget } from "../../workers/core/postback/signed-url.ts";
import { REFUSALS } from "../../workers/core/reasons.ts";
import { FACT_NAMES, factTexts } from "../../workers/core/riding-facts.ts";
import { ACME, type Answer, clickId, Door, ORIGIN, signingKeyOf, signingSecretOf, tokenOf } from "./door.ts";

const token = await tokenOf(7);
const secret = await signingSecretOf(7);
const click = await clickId();
const MODES = {
  open: { ...ACME, auth: "open" },
  token: ACME,
  signed: { ...ACME, auth: "signed" },
  pixel: { ...ACME, pixel: true },
  mapped: {
    ...ACME,
    auth: "open",
    mapping: { preset: "cake", names: { x: "meta.x" }, statuses: { __proto__: "approved" } },
  },
} satisfies Record<string, AdvertiserRecord>;

const CONTROLS = [
  "\r",
  "\n",
  "\r\nSet-Cookie: a=b",
  "\0",
  "\u001b[2J",
  "\u0085",
  "\u2028",
  "\ud800",
  "\udc00x",
  "\ufeff",
  "\u202e",
];
const NUMBERS = [
  "1e309",
  "-0",
  "0x10",
  "１２",
  "1,234.56",
  "NaN",
  "-1",
  "1e3",
  "9".repeat(400),
  "0.0000001",
  "1_0",
  "+1",
  "٣",
  "Infinity",
];
const INJECTIONS = [
  ...["' OR 1=1 --", '"; DROP TABLE conversions; --', '=HYPERLINK("http://x")', "+1+1", "@SUM(A1)", "-2+3", "\t=1"],
  ...[
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    `\${7*7}`,
    "{click_id}",
    "%CLICK%",
    "javascript:alert(1)",
  ],
  ...[
    "../../etc/passwd",
    "//evil",
    "\\\\evil",
    "https:evil",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "[object Object]",
  ],
];
const IDS = [
  click,
  click.toUpperCase(),
  click.slice(1),
  `${click} `,
  `${click}\0`,
  click.replace(/[0o]/, "ο"),
  click.replace(/.$/, "ａ"),
  click.replace(/[a-z]/, (letter) => `${letter}\u0301`),
  "0".repeat(36),
  "z".repeat(36),
];
const LONG = [
  "x".repeat(1_000),
  "💩".repeat(300),
  "%".repeat(500),
  " ".repeat(5_000),
  "{".repeat(5_000),
  "=".repeat(999),
];
const VALUES = fc.oneof(
  fc.constantFrom(
    ...CONTROLS,
    ...NUMBERS,
    ...INJECTIONS,
    ...IDS,
    ...LONG,
    "",
    " ",
    "A-1",
    "40.00",
    "USD",
    "1",
    "approved",
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.tuple(fc.constantFrom(...CONTROLS), fc.constantFrom(...IDS, "40", "A-1")).map((parts) => parts.join("")),
);
const NAMES = fc.oneof(
  fc.constantFrom(...PARAMETER_NAMES, ...Object.values(ALIASES).flat()),
  fc.constantFrom(
    "transaction_id",
    "tid",
    "oid",
    "event_id",
    "r",
    "p",
    "t",
    "meta.a",
    "meta.__proto__",
    "meta",
    "meta.",
  ),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "amount[]",
    "amount[0]",
    "AMOUNT",
    "amount ",
    "%61mount",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
/** No secret may be told, so the token that the attacker happens to have is sent only where it counts. */
const PAIRS = fc.array(fc.tuple(NAMES, VALUES), { maxLength: 12 });
const MODE = fc.constantFrom(...Object.values(MODES));
const BROKEN = fc.constantFrom(
  "%",
  "%0",
  "%zz",
  "%FF",
  "%C0%80",
  "%ED%A0%80",
  "%F8%88%80%80%80",
  "%00",
  "%0d%0a",
  "&&",
  "=",
  "+",
  ";",
);

/** A value as a sender who writes by hand, or badly, puts it into a query. */
const encodings = fc.constantFrom<(text: string) => string>(
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => new URLSearchParams([["", text]]).toString().slice(1),
  (text) => text.toWellFormed().replace(/[&#\s]/g, ""),
);

const queryOf = (pairs: [string, string][], encode: (text: string) => string, broken: string) =>
  `${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")}${broken}`;

/** What must hold of any answer, and of what the queues then hold. */
function check(door: Door, answer: Answer, gif = false): void {
  expect(answer.status, answer.text).not.toBe(500);
  if (gif) expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "image/gif"]);
  else if (answer.status === 200) {
    expect(door.queued.map(({ receipt }) => receipt)).toHaveLength(1);
    if (answer.json.status !== undefined)
      expect(answer.json).toMatchObject({ status: "accepted", receipt: door.queued[0]?.receipt });
    else expect(answer.text).toMatch(/^[A-Za-z0-9 _.;=-]{1,64}$/);
  } else checkRefusal(answer.json, answer.status, door);
  expect(door.queued.length + door.refused.length).toBeLessThanOrEqual(1);
  for (const message of door.queued) checkMessage(message);
  checkSecrets(door);
}

function checkRefusal(json: Record<string, unknown>, status: number, door: Door): void {
  const reason = Object.entries(REFUSALS).find(([name]) => name === json.reason)?.[1];
  expect({ status: reason?.status, message: reason?.message }).toEqual({ status, message: json.message });
  expect(json.status).toBe("refused");
  expect(door.queued).toEqual([]);
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function checkMessage({ receipt, content, advertiser }: PostbackMessage): void {
  expect(receipt).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  expect(advertiser).toBe(7);
  const {
    clickId: id,
    amountMicros = 0,
    revenueMicros = 0,
    currency = "USD",
    status = "approved",
    meta = {},
  } = content;
  expect([undefined, click]).toContain(id);
  for (const micros of [amountMicros, revenueMicros]) {
    expect(Number.isSafeInteger(micros) && micros >= 0 && micros <= 1e15).toBe(true);
    expect(Object.is(micros, -0)).toBe(false);
  }
  expect(currency).toMatch(/^[A-Z]{3}$/);
  expect(["pending", "approved", "rejected", "reversed"]).toContain(status);
  for (const text of textsOf(content)) {
    expect([...text].length).toBeLessThanOrEqual(256);
    expect(
      text.isWellFormed() && !CONTROL.test(text) && text !== "" && text === text.replace(/^[ \t]+|[ \t]+$/g, ""),
    ).toBe(true);
  }
  expect(Object.keys(meta).length).toBeLessThanOrEqual(10);
  expect(Object.getPrototypeOf(meta)).toBe(Object.prototype);
  for (const name of Object.keys(meta)) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/);
}

function textsOf(content: PostbackContent): string[] {
  const { event, txid, refundId, occurredAtSent } = content;
  const facts = FACT_NAMES.flatMap((name) => factTexts(name, content[name])).map(([, text]) => text);
  return [event, txid, refundId, occurredAtSent, ...facts].filter((text) => text !== undefined);
}

/** Neither the advertiser's secrets nor the keys that they come from. */
function checkSecrets(door: Door): void {
  const told = JSON.stringify([door.queued, door.refused]) + door.logs;
  for (const hidden of [token, secret, secret.slice(6), door.env.ADVERTISER_KEYS, door.env.CLICK_KEYS])
    expect(told.includes(hidden)).toBe(false);
}

describe("a hostile query", () => {
  it("is answered, by the door and by the pixel", async () => {
    await fc.assert(
      fc.asyncProperty(
        MODE,
        PAIRS,
        encodings,
        BROKEN,
        fc.boolean(),
        async (record, pairs, encode, broken, withToken) => {
          const query = queryOf(pairs, encode, broken) + (withToken ? `&token=${token}` : "");
          for (const [suffix, gif] of [
            ["", false],
            [".gif", true],
          ] as const) {
            const door = new Door(record);
            check(door, await door.send(`/p/acme${suffix}?${query}`), gif);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is answered where nobody made it a URL", async () => {
    const raw = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.constantFrom(
        "//",
        "/p/acme?#",
        "?",
        "/p/acme\r\nX: y",
        "/p/\0",
        "\\\\evil",
        "/p/acme/../other",
        "/p/acme?a=\ud800",
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        MODE,
        raw,
        fc.constantFrom("", "/p/acme?", "/p/acme.gif?", "/p/"),
        async (record, text, head) => {
          const request = new Request(ORIGIN);
          Object.defineProperty(request, "url", { value: `${ORIGIN}${head}${text}` });
          const door = new Door(record);
          const answer = await door.sendRequest(request);
          check(door, answer, answer.headers.get("Content-Type") === "image/gif");
        },
      ),
      { numRuns: 300 },
    );
  });
});

const TYPES = fc.constantFrom(
  ...[
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
    "application/json;charset=utf-16",
  ],
  ...[
    "APPLICATION/JSON",
    "application/json, text/html",
    "application/x-ndjson",
    "*/*",
    ";",
    'application/x-www-form-urlencoded; a="b;c"',
  ],
);
const HEADERS = fc.record(
  {
    "Content-Encoding": fc.constantFrom("gzip", "br", "identity", "deflate, gzip", "x"),
    "Content-Length": fc.constantFrom("0", "1", "-1", "99999999", "x", "1e9"),
    Authorization: fc.constantFrom(
      "Bearer",
      "Bearer ",
      "Bearer x",
      `bearer ${token}`,
      "Basic x",
      `Bearer ${token} x`,
      "Bearer a,b",
    ),
    "Idempotency-Key": fc.constantFrom("k", "", "x".repeat(300), "{uuid}", "é", '"k"'),
    "CF-Connecting-IP": fc.constantFrom("192.0.2.1", "::1", "x", "1.2.3.4, 5.6.7.8", "::ffff:1.2.3.4"),
    "webhook-id": fc.constantFrom("msg_1", "a.b", "batch_1", "x".repeat(200), "é"),
    "webhook-timestamp": fc.constantFrom("0", "x", "1e9", String(Math.floor(Date.now() / 1000))),
    "webhook-signature": fc.constantFrom("v1,", "v1,x", "v1,AAAA", `v1,${"A".repeat(43)}=`, "v1", "v1a,x v1,y"),
  },
  { requiredKeys: [] },
);
const jsonText = fc.oneof(
  PAIRS.map((pairs) => JSON.stringify(Object.fromEntries(pairs))),
  PAIRS.map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`),
  fc.dictionary(NAMES, fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    ...[
      "[".repeat(30_000),
      '{"a":'.repeat(9_000),
      "{}{}",
      '{"amount":1e309}',
      '{"amount":-0}',
      '{"amount":0x10}',
      "nul",
    ],
  ),
  fc.constantFrom(
    '{"__proto__":{"status":"approved"}}',
    '{"constructor":{"prototype":{"amount":1}}}',
    '{"txid":["A"]}',
    "\ufeff{}",
  ),
);
const bytes = fc.oneof(
  jsonText.map((text) => new TextEncoder().encode(text)),
  fc
    .tuple(PAIRS, encodings, BROKEN)
    .map(([pairs, encode, broken]) => new TextEncoder().encode(queryOf(pairs, encode, broken))),
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(0, 0x20, 0x41, 0x80, 0xff, 0x7b).map((byte) => new Uint8Array(70_000).fill(byte)),
);

describe("a hostile body", () => {
  it("is answered, whatever its headers say of it", async () => {
    await fc.assert(
      fc.asyncProperty(MODE, bytes, TYPES, HEADERS, fc.boolean(), async (record, body, type, headers, withToken) => {
        const door = new Door(record);
        const init = { method: "POST", body, headers: { "Content-Type": type, ...ascii(headers) } };
        check(door, await door.send(`/p/acme${withToken ? `?token=${token}` : ""}`, init));
      }),
      { numRuns: 700 },
    );
  });

  it("is answered as a batch, row by row", async () => {
    const rows = fc.array(
      fc.oneof(
        jsonText,
        PAIRS.map((pairs) => pairs.flat().join(",")),
      ),
      { maxLength: 8 },
    );
    const format = fc.constantFrom("application/x-ndjson", "text/csv", "application/json");
    await fc.assert(
      fc.asyncProperty(MODE, rows, format, HEADERS, async (record, lines, type, headers) => {
        const door = new Door(record);
        const init = { method: "POST", body: lines.join("\n"), headers: { "Content-Type": type, ...ascii(headers) } };
        const answer = await door.send(`/p/acme/batch?token=${token}`, init);
        for (const message of door.queued) checkMessage(message);
        checkSecrets(door);
        if (answer.status !== 200) return checkRefusal(answer.json, answer.status, door);
        const outcomes = answer.text
          .split("\n")
          .slice(0, -1)
          .map((line): Record<string, unknown> => JSON.parse(line));
        const accepted = outcomes.filter(({ status }) => status === "accepted").map(({ receipt }) => receipt);
        const refused = outcomes.filter(({ status }) => status === "refused").map(({ receipt }) => receipt);
        expect(accepted).toEqual(door.queued.map(({ receipt }) => receipt));
        expect(refused).toEqual(door.refused.map(({ receipt }) => receipt));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["2 MB told", "Content-Length", new Uint8Array(2_000_000)],
    ["2 MB not told", "X", new Uint8Array(2_000_000)],
    ["a length that lies", "1", new Uint8Array(100_000)],
  ])("of %s is too large", async (_, length, body) => {
    for (const record of Object.values(MODES)) {
      const door = new Door(record);
      const headers: Record<string, string> = { "Content-Type": "application/json" };
      if (length !== "X") headers["Content-Length"] = length === "1" ? "1" : String(body.length);
      const init = { method: "POST", body: streamOf(body), duplex: "half", headers };
      const answer = await door.send(`/p/acme?token=${token}`, init);
      expect([answer.status, answer.json.reason]).toEqual([413, "too_large"]);
    }
  });

  it("that has no end is read no further than its limit", async () => {
    let pieces = 0;
    const body = new ReadableStream({
      pull(controller) {
        pieces++;
        controller.enqueue(new Uint8Array(4_096));
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "Content-Type": "application/json" } };
    const answer = await new Door(ACME).send("/p/acme", init);
    expect([answer.status, answer.json.reason]).toEqual([413, "too_large"]);
    expect(pieces).toBeLessThan(25);
  });

  it("that breaks off is refused", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("connection lost")) });
    const init = { method: "POST", body, duplex: "half", headers: { "Content-Type": "application/json" } };
    expect((await new Door(ACME).send(`/p/acme?token=${token}`, init)).json.reason).toBe("malformed_body");
  });
});

describe("too much of a good thing", () => {
  it.each([
    ["10,000 parameters", "a=1&".repeat(10_000)],
    ["10,000 times the same one", "txid=A&".repeat(10_000)],
    ["a value of 100 KB", `txid=${"x".repeat(100_000)}`],
    ["a name of 100 KB", `${"x".repeat(100_000)}=1`],
  ])("%s are too large in a query and in a body", async (_, text) => {
    const door = new Door(ACME);
    const inQuery = await door.send(`/p/acme?token=${token}&${text}`);
    expect([inQuery.status, inQuery.json.reason]).toEqual([413, "too_large"]);
    const init = { method: "POST", body: text, headers: { "Content-Type": "application/x-www-form-urlencoded" } };
    const inBody = await door.send(`/p/acme?token=${token}`, init);
    expect([inBody.status, inBody.json.reason]).toEqual([413, "too_large"]);
    expect(door.queued).toEqual([]);
  });

  it("blanks, braces and percent signs by the ten thousand cost no time", async () => {
    const startedMs = performance.now();
    for (const piece of [" ", "{", "[", "%", "+", "#", "a ", "%25"])
      for (const name of ["txid", "click_id", "amount", "occurred_at", "event", "x"]) {
        const body = `${name}=x${piece.repeat(60_000 / piece.length)}x`;
        const init = { method: "POST", body, headers: { "Content-Type": "application/x-www-form-urlencoded" } };
        const door = new Door(MODES.open);
        check(door, await door.send("/p/acme", init));
      }
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});

describe("a signed message", () => {
  it("of which anything was changed is never taken", async () => {
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom("", "0", "A", "%", "&", "=", "/", "?", "\u0000", "~", "%41", "&amount=9"),
    );
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async ([place, text], replace) => {
        const signed = `/p/acme?click_id=${click}&amount=40&txid=A&ts=${Math.floor(Date.now() / 1000)}&nonce=k3Jd92Lx`;
        const target = `${signed}&sig=${signTarget(await signingKeyOf(7), signed)}`;
        const at = 1 + (place % target.length);
        const changed = target.slice(0, at) + text + target.slice(replace ? at + 1 : at);
        fc.pre(normalisePercents(changed).toLowerCase() !== target.toLowerCase());
        const request = new Request(ORIGIN);
        Object.defineProperty(request, "url", { value: ORIGIN + changed });
        const door = new Door(MODES.signed);
        const answer = await door.sendRequest(request);
        check(door, answer);
        expect(door.queued).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a token", () => {
  it("near the right one is no better than any other", async () => {
    const near = fc.tuple(fc.nat({ max: token.length - 1 }), fc.constantFrom(..."0aZ_\0 "));
    await fc.assert(
      fc.asyncProperty(near, async ([at, letter]) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        fc.pre(changed !== token);
        const door = new Door(ACME);
        const answer = await door.send(`/p/acme?token=${encodeURIComponent(changed)}`);
        expect([answer.status, door.queued]).toEqual([401, []]);
        checkSecrets(door);
      }),
      { numRuns: 100 },
    );
  });
});

/** Headers carry Latin-1 only, and an empty one is not sent. */
function ascii(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name, value ?? ""])
      .filter(([, value]) => value),
  );
}

function streamOf(body: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 16_384) controller.enqueue(body.subarray(at, at + 16_384));
      controller.close();
    },
  });
}
