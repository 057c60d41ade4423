/** Batches: a line of answer per row, bad rows alone refused, and one effect however often a file is sent. */
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { AdvertiserRecord } from "../../schema/records.ts";
import { ACME, type Answer, clickId, Door, signingSecretOf, tokenOf } from "./door.ts";

const token = await tokenOf(7);
const click = await clickId();
const OPEN = { ...ACME, auth: "open" } as const;
const NDJSON = "application/x-ndjson";
const CSV = "text/csv; charset=utf-8";
const encode = (text: string) => new TextEncoder().encode(text);

/** A body that arrives in the given pieces. */
function streamOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
  });
}

function piecesOf(text: string, size: number): Uint8Array[] {
  const bytes = encode(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size));
}

function send(door: Door, body: BodyInit, type: string, headers: Record<string, string> = {}): Promise<Answer> {
  const init = { method: "POST", body, duplex: "half", headers: { "Content-Type": type, ...headers } };
  return door.send(`/p/acme/batch?token=${token}`, init);
}

interface Line {
  row: number;
  status: string;
  reason?: string;
  receipt: string;
}

function linesOf(answer: Answer): Line[] {
  expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "application/x-ndjson"]);
  return answer.text
    .split("\n")
    .slice(0, -1)
    .map((line): Line => JSON.parse(line));
}

const outcomes = (answer: Answer) => linesOf(answer).map(({ status, reason }) => reason ?? status);

describe("a batch", () => {
  it("holds rows of CSV to as many parameters as those of JSON; empty cells are none", async () => {
    const names = Array.from({ length: 300 }, (_, index) => (index === 0 ? "txid" : `x${index}`));
    const cells = (said: number) => names.map((_, index) => (index < said ? `v${index}` : "")).join();
    const csv = `${names.join()}\n${[1, 256, 257, 300].map(cells).join("\n")}\n`;
    const rows = [1, 256, 257, 300].map((said) =>
      JSON.stringify(Object.fromEntries(names.slice(0, said).map((name, index) => [name, `v${index}`]))),
    );
    const held = ["accepted", "accepted", "too_large", "too_large"];
    expect(outcomes(await send(new Door(ACME), csv, CSV))).toEqual(held);
    expect(outcomes(await send(new Door(ACME), `${rows.join("\n")}\n`, NDJSON))).toEqual(held);
  });

  it.each([
    [
      "NDJSON",
      NDJSON,
      `{"click_id":"${click}","amount":40.10,"txid":"A"}\n{"txid":"B, \\"x\\" y","status":"pending"}\n`,
    ],
    [
      "NDJSON without a last newline",
      NDJSON,
      `{"click_id":"${click}","amount":40.10,"txid":"A"}\r\n\n  \r\n{"txid":"B, \\"x\\" y","status":"pending"}`,
    ],
    ["CSV", CSV, `click_id,amount,txid,status\n${click},40.10,A,\n,,"B, ""x"" y",pending\n`],
    [
      "CSV of a spreadsheet",
      CSV,
      `\ufeffclick_id,amount,txid,status\r\n${click},40.10,A,\r\n\r\n,,"B, ""x"" y",pending`,
    ],
    ["CSV with aliases", "text/csv", `cid,Value,Order_ID,cnv_status\n${click},40.1,A,\n,,"B, ""x"" y",pending\n`],
  ])("is read from %s, in whatever pieces it arrives", async (_, type, text) => {
    for (const size of [1, 7, 1_000_000]) {
      const door = new Door(ACME);
      const lines = linesOf(await send(door, streamOf(...piecesOf(text, size)), type));
      expect(door.queued.map(({ content }) => content)).toEqual([
        { clickId: click, amountMicros: 40_100_000, txid: "A" },
        { txid: 'B, "x" y', status: "pending" },
      ]);
      expect(lines).toEqual(door.queued.map(({ receipt }, row) => ({ row: row + 1, status: "accepted", receipt })));
      expect(door.queued[0]).toMatchObject({ channel: "batch", credentialVersion: 1, advertiser: 7 });
    }
  });

  it("takes off the apostrophe that our own CSV puts before a formula, and nothing else", async () => {
    const door = new Door(ACME);
    const csv = "txid,meta.note\n'-Nx7kQ1,x;'=1\n''=a,O'Brien\n";
    expect(outcomes(await send(door, csv, CSV))).toEqual(["accepted", "accepted"]);
    expect(door.queued.map(({ content }) => content)).toEqual([
      { txid: "-Nx7kQ1", meta: { note: "x;=1" } },
      { txid: "'=a", meta: { note: "O'Brien" } },
    ]);
    await send(door, '{"txid":"\'-Nx7kQ1"}\n', NDJSON);
    expect(door.queued.at(-1)?.content).toEqual({ txid: "'-Nx7kQ1" });
  });

  it("refuses bad rows and takes the others", async () => {
    const rows = [
      '{"txid":"A"}',
      '{"amount":1e10}',
      "not json",
      "[1]",
      '{"txid":"{x}"}',
      "\u00ff{}",
      '{"txid":"B"}',
      "null",
      "{}",
    ];
    const door = new Door(ACME);
    const body = encode(`${rows.join("\n")}\n`);
    expect(outcomes(await send(door, body, NDJSON))).toEqual([
      "accepted",
      "bad_amount",
      "malformed_body",
      "malformed_body",
      "unexpanded_macro",
      "malformed_body",
      "accepted",
      "malformed_body",
      "names_nothing",
    ]);
    expect(door.refused.map(({ channel, reason }) => [channel, reason])).toEqual([
      ["batch", "bad_amount"],
      ["batch", "malformed_body"],
      ["batch", "malformed_body"],
      ["batch", "unexpanded_macro"],
      ["batch", "malformed_body"],
      ["batch", "malformed_body"],
      ["batch", "names_nothing"],
    ]);
  });

  it.each<[string, string | Uint8Array, string[]]>([
    [
      "columns that are too many or too few",
      "txid,amount\nA,1\nB\nC,1,2\nD,2\n",
      ["accepted", "malformed_body", "malformed_body", "accepted"],
    ],
    ["a quote that does not close", 'txid,amount\nA,1\n"B,2\nC,3\n', ["accepted", "malformed_body"]],
    ["a quote in the middle", 'txid,amount\nA,1\nB"x",2\nC,3\n', ["accepted", "malformed_body"]],
    ["only a header", "txid,amount\n", []],
    ["nothing", "", []],
    ["a formula", "txid,amount\n=1+1,1\n", ["accepted"]],
    [
      "bytes that are not UTF-8",
      Uint8Array.from([...encode("txid,amount\n"), 0xff, ...encode(",1\nB,2\n")]),
      ["malformed_parameter", "accepted"],
    ],
    [
      "bytes that are not UTF-8 where nobody looks",
      Uint8Array.from([...encode("txid,x\nA,"), 0xff, 0x0a]),
      ["accepted"],
    ],
    ["a row that is too long", `txid,amount\nA,1\n${"x".repeat(70_000)},1\nB,2\n`, ["accepted", "malformed_body"]],
    ["__proto__ as a column", "__proto__,constructor,txid\n1,2,A\n", ["accepted"]],
    ["one column twice", "txid,txid\nA,A\nA,B\n", ["accepted", "malformed_parameter"]],
  ])("of CSV with %s", async (_, text, expected) => {
    const door = new Door(ACME);
    expect(outcomes(await send(door, text, CSV))).toEqual(expected);
    expect(door.queued).toHaveLength(expected.filter((outcome) => outcome === "accepted").length);
  });

  it.each([
    ["\r", ["A", "B"]],
    ["\r\n", ["A", "B"]],
    ["\n", ["A", "B"]],
    ["\r\r\n", ["A", "B"]],
  ])("of CSV whose lines end with %j has these rows, in whatever pieces it arrives", async (end, txids) => {
    for (const size of [1, 2, 1_000]) {
      const door = new Door(ACME);
      const text = ["txid,coupon", "A,x", 'B,"x,y"', ""].join(end);
      expect(outcomes(await send(door, streamOf(...piecesOf(text, size)), CSV))).toEqual(["accepted", "accepted"]);
      expect(door.queued.map(({ content }) => content.txid)).toEqual(txids);
    }
  });

  it.each<[string, string, AdvertiserRecord]>([
    ["without a header", `${click},order-1,40.10\n${click},order-2,40.10\n`, ACME],
    ["whose columns are all somebody else's", "kunde,betrag\nX,1\n", ACME],
    ["whose columns say nothing of a conversion", "token,idempotency_key,return\n,a,b\n", ACME],
    ["whose only name the mapping takes away", "cid,x\nX,1\n", { ...ACME, mapping: { names: { cid: "-" } } }],
    ["whose header opens a quote", '"txid,amount\nA,1\n', ACME],
    ["whose header never ends", `txid,${"x".repeat(70_000)}\nA,1\n`, ACME],
  ])("of CSV %s is refused as a whole, and logged", async (_, text, record) => {
    const door = new Door(record);
    const answer = await send(door, text, CSV);
    expect([answer.status, answer.json.reason, door.queued]).toEqual([400, "malformed_body", []]);
    expect(answer.json.message).toMatch(/CSV: a header line/);
    expect(door.refused).toMatchObject([{ channel: "batch", reason: "malformed_body", receipt: answer.json.receipt }]);
  });

  const utf16 = (text: string, swap = false) => {
    const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
    return new Uint8Array(swap ? bytes.swap16() : bytes);
  };
  it.each<[string, Uint8Array, string]>([
    ["semicolons", encode(`click_id;txid;coupon\n${click};A;Käse\n`), CSV],
    ["tabs", encode(`click_id\ttxid\tcoupon\n${click}\tA\tKäse\n`), CSV],
    ["a sep line", encode(`sep=;\r\nclick_id;txid;coupon\r\n${click};A;Käse\r\n`), CSV],
    ["UTF-16", utf16(`click_id\ttxid\tcoupon\r\n${click}\tA\tKäse\r\n`), "text/csv"],
    ["UTF-16 the other way round", utf16(`click_id;txid;coupon\n${click};A;Käse\n`, true), "text/csv"],
    [
      "Windows-1252, named",
      new Uint8Array(Buffer.from(`click_id;txid;coupon\n${click};A;Käse\n`, "latin1")),
      "text/csv; charset=windows-1252",
    ],
    ["a human header", encode(`Click ID,Order ID,Voucher\n${click},A,Käse\n`), CSV],
    ["other people's names", encode(`Order No.;Click-ID;voucher\nA;${click};Käse\n`), CSV],
    [
      "a title, totals and blank rows",
      encode(`Sales 2026\n\nclick_id,txid,coupon\n,,\n${click},A,Käse\n,,\nTotal,,\n`),
      CSV,
    ],
    ["empty cells behind the last column", encode(`click_id,txid,coupon\n${click},A,Käse,,\n`), CSV],
  ])("of CSV with %s is read, in whatever pieces it arrives", async (_, bytes, type) => {
    for (const size of [1, 7, 1_000]) {
      const door = new Door(ACME);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (__, at) =>
        bytes.slice(at * size, (at + 1) * size),
      );
      expect(outcomes(await send(door, streamOf(...pieces), type))).toEqual(["accepted"]);
      expect(door.queued.map(({ content }) => content)).toEqual([{ clickId: click, txid: "A", coupon: "Käse" }]);
    }
  });

  it("of CSV takes amounts in our notation alone, and refuses the others by their rows", async () => {
    const door = new Door(ACME);
    const amounts = ["12.50", '"12,50"', '"1,234.50"', "$12.50", "-3", "1.234"];
    const csv = `txid,amount\n${amounts.map((amount, index) => `o${index},${amount}`).join("\n")}\n`;
    const refused = "bad_amount";
    expect(outcomes(await send(door, csv, CSV))).toEqual(["accepted", refused, refused, refused, refused, "accepted"]);
    expect(door.queued.map(({ content }) => content.amountMicros)).toEqual([12_500_000, 1_234_000]);
  });

  it.each<[string, AdvertiserRecord]>([
    ["Order_ID,x", ACME],
    [" TXID ,x", ACME],
    ["coupon,x", ACME],
    ["Order No.,x", ACME],
    ["kunde,betrag", { ...ACME, mapping: { names: { betrag: "amount", kunde: "txid" } } }],
  ])("of CSV with the header %j is read", async (header, record) => {
    expect(outcomes(await send(new Door(record), `${header}\n1,1\n`, CSV))).toEqual(["accepted"]);
  });

  it("of NDJSON leaves out a line that is too long, and goes on after it", async () => {
    const door = new Door(ACME);
    const text = `{"txid":"A"}\n{"txid":"${"x".repeat(70_000)}"}\n{"txid":"B"}\n`;
    expect(outcomes(await send(door, streamOf(...piecesOf(text, 10_000)), NDJSON))).toEqual([
      "accepted",
      "too_large",
      "accepted",
    ]);
  });

  it("ends after 10,000 rows", async () => {
    const door = new Door(ACME);
    const answer = await send(door, '{"txid":"A"}\n'.repeat(10_005), NDJSON);
    const lines = outcomes(answer);
    expect([lines.length, lines.at(-2), lines.at(-1), door.queued.length]).toEqual([
      10_001,
      "accepted",
      "too_large",
      10_000,
    ]);
  });

  it("ends after 8 MiB, told or not, and endless bodies end there too", async () => {
    const line = encode(`{"txid":"A","x":"${"y".repeat(60_000)}"}\n`);
    const door = new Door(ACME);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += line.length;
        controller.enqueue(line);
      },
    });
    const lines = outcomes(await send(door, endless, NDJSON));
    expect([lines.at(-1), lines.length - 1]).toEqual(["too_large", door.queued.length]);
    expect(sent).toBeLessThan(9 * 1024 * 1024);
    const told = await send(door, "{}", NDJSON, { "Content-Length": "9000000" });
    expect([told.status, told.json.reason]).toEqual([413, "too_large"]);
  });

  it("that breaks off half way has its first rows queued, and says so of the rest", async () => {
    const door = new Door(ACME);
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(encode('{"txid":"A"}\n{"txid":"B"}\n{"tx')),
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    expect(outcomes(await send(door, broken, NDJSON))).toEqual(["accepted", "accepted", "malformed_body"]);
  });

  it("is not tried further once the queue has failed", async () => {
    const door = new Door(ACME);
    door.faults.postbacks = [null, "throws", "throws"];
    const lines = outcomes(await send(door, '{"txid":"A"}\n'.repeat(350), NDJSON));
    expect(lines).toEqual([...Array(100).fill("accepted"), ...Array(250).fill("try_again")]);
    expect(door.queued).toHaveLength(100);
  });

  it("is queued in packs that the queue can take", async () => {
    const sizes: number[] = [];
    const door = new Door(ACME);
    const { sendBatch } = door.env.POSTBACKS;
    door.env.POSTBACKS.sendBatch = (messages, options) => {
      const pack = [...messages];
      expect(pack.length).toBeLessThanOrEqual(100);
      sizes.push(encode(JSON.stringify(pack)).length);
      return sendBatch(pack, options);
    };
    const meta = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`meta.k${index}`, "💩".repeat(256)]));
    const rows = Array.from({ length: 250 }, (_, txid) => JSON.stringify({ txid, ...meta }));
    const lines = outcomes(await send(door, rows.join("\n"), NDJSON));
    expect(new Set(lines)).toEqual(new Set(["accepted"]));
    expect(Math.max(...sizes)).toBeLessThan(256_000);
    expect(door.queued.map(({ content }) => content.txid)).toEqual(rows.map((_, txid) => String(txid)));
  });

  it.each([
    ["", NDJSON, 401, "missing_token"],
    ["?token=wrong", NDJSON, 401, "bad_token"],
    [`?token=${token}`, "application/json", 415, "unsupported_content_type"],
    [`?token=${token}`, "application/x-www-form-urlencoded", 415, "unsupported_content_type"],
    [`?token=${token}`, "", 415, "unsupported_content_type"],
  ])("%s of type %j is answered %i", async (query, type, status, reason) => {
    const door = new Door(ACME);
    const init = { method: "POST", body: '{"txid":"A"}\n', headers: { "Content-Type": type } };
    const answer = await door.send(`/p/acme/batch${query}`, init);
    expect([answer.status, answer.json.reason]).toEqual([status, reason]);
    expect(door.queued).toEqual([]);
  });

  it("does not unpack", async () => {
    const answer = await send(new Door(ACME), "\x1f\x8b", NDJSON, { "Content-Encoding": "gzip" });
    expect(answer.json.reason).toBe("unsupported_content_type");
  });

  it("reads no token and no address in its rows", async () => {
    const door = new Door(ACME);
    const init = { method: "POST", body: `token,txid\n${token},A\n`, headers: { "Content-Type": CSV } };
    expect((await door.send("/p/acme/batch", init)).json.reason).toBe("missing_token");
    await send(door, `token,amount\n${token},x\n`, CSV);
    expect(door.refused.at(-1)?.params).toEqual({ amount: "x" });
  });

  it("in open mode fills the log with no more than strangers may", async () => {
    const door = new Door(OPEN);
    door.rates.STRANGER_RATE = 1;
    const lines = outcomes(await send(door, '{"amount":"x"}\n'.repeat(1_000), NDJSON));
    expect([lines.length, door.refused.length, [...door.sums.values()]]).toEqual([1_000, 1, [999]]);
  });
});

describe("a batch sent again", () => {
  const rows = [
    { txid: "A", amount: "1", idempotency_key: "a" },
    { txid: "B", amount: "2", idempotency_key: "b" },
    { txid: "C", amount: "3", idempotency_key: "c" },
  ];
  const ndjson = (of: object[]) => of.map((row) => `${JSON.stringify(row)}\n`).join("");

  it("has the same receipts by its rows' keys, in any order and cut anywhere", async () => {
    const door = new Door(ACME);
    const first = linesOf(await send(door, ndjson(rows), NDJSON)).map(({ receipt }) => receipt);
    const turned = linesOf(await send(door, ndjson(rows.toReversed()), NDJSON)).map(({ receipt }) => receipt);
    const rest = linesOf(await send(door, ndjson(rows.slice(1)), NDJSON)).map(({ receipt }) => receipt);
    const csv = `txid,amount,idempotency_key\n${rows.map((row) => Object.values(row).join()).join("\n")}\n`;
    const asCsv = linesOf(await send(door, csv, CSV)).map(({ receipt }) => receipt);
    expect([turned.toReversed(), rest, asCsv]).toEqual([first, first.slice(1), first]);
    expect(new Set(first).size).toBe(3);
  });

  it("has the same receipts by its own key, row by row", async () => {
    const door = new Door(ACME);
    const body = '{"txid":"A"}\n{"txid":"A"}\n{"txid":"B"}\n';
    const key = { "Idempotency-Key": "file-1" };
    const first = linesOf(await send(door, body, NDJSON, key));
    const again = linesOf(await send(door, body, NDJSON, key));
    const other = linesOf(await send(door, body, NDJSON, { "Idempotency-Key": "file-2" }));
    expect(again).toEqual(first);
    expect(new Set([...first, ...other].map(({ receipt }) => receipt)).size).toBe(6);
    expect(door.queued.every(({ named }) => named)).toBe(true);
  });
});

describe("a signed batch", () => {
  const SIGNED = { ...ACME, auth: "signed" } as const;
  const body = `{"txid":"A","click_id":"${click}"}\n{"txid":"B"}\n`;

  async function signed(text: string, id: string): Promise<RequestInit> {
    const at = new Date();
    return {
      method: "POST",
      body: text,
      headers: {
        "Content-Type": "text/plain",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(await signingSecretOf(7)).sign(id, at, text),
      },
    };
  }

  it("is taken when the whole of it verifies, and replayed has the same receipts", async () => {
    const door = new Door(SIGNED);
    const first = linesOf(await door.send("/p/acme/batch", await signed(body, "batch_1")));
    const again = linesOf(await door.send("/p/acme/batch", await signed(body, "batch_1")));
    expect(first.map(({ status }) => status)).toEqual(["accepted", "accepted"]);
    expect(again).toEqual(first);
    expect(door.queued[0]).toMatchObject({ named: true, credentialVersion: 1, content: { clickId: click } });
    const csv = await signed("txid\nA\n", "batch_2");
    expect(outcomes(await door.send("/p/acme/batch", csv))).toEqual(["accepted"]);
  });

  it("of which one byte was changed queues nothing", async () => {
    const door = new Door(SIGNED);
    const init = await signed(body, "batch_1");
    const answer = await door.send("/p/acme/batch", { ...init, body: body.replace('"B"', '"C"') });
    expect([answer.status, answer.json.reason, door.queued]).toEqual([401, "bad_signature", []]);
  });

  it.each([
    ["?token=x", "batch_1", "bad_token"],
    [`?token=${token}`, "batch_1", "unsigned_content"],
    ["?", "batch_1", "unsigned_content"],
    ["", "msg_1", "unsigned_content"],
    ["", "batch", "unsigned_content"],
  ])("%s named %s is refused", async (query, id, reason) => {
    const answer = await new Door(SIGNED).send(`/p/acme/batch${query}`, await signed(body, id));
    expect(answer.json.reason).toBe(reason);
  });

  it("with a token alone is refused", async () => {
    expect((await send(new Door(SIGNED), body, NDJSON)).json.reason).toBe("missing_signature");
  });

  it("that never ends is refused before it fills the memory", async () => {
    let sent = 0;
    const piece = new Uint8Array(1024 * 1024);
    const endless = new ReadableStream({
      pull(controller) {
        sent++;
        controller.enqueue(piece);
      },
    });
    const answer = await send(new Door(SIGNED), endless, NDJSON, { "webhook-signature": "v1,x" });
    expect([answer.status, answer.json.reason]).toEqual([413, "too_large"]);
    expect(sent).toBeLessThan(12);
  });

  it("that brings no signature is refused unread", async () => {
    const unread = new ReadableStream({ pull: () => expect.unreachable() }, { highWaterMark: 0 });
    const answer = await send(new Door(SIGNED), unread, NDJSON);
    expect([answer.status, answer.json.reason]).toEqual([401, "missing_signature"]);
  });
});

describe("whatever stands in a batch", () => {
  it("each row has one line, and what is accepted is what is queued", async () => {
    const row = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.record({ txid: fc.string(), amount: fc.string() }).map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " ")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 50 }), async (rows, size) => {
        const door = new Door(OPEN);
        const text = rows.join("\n");
        const answer = await send(door, streamOf(...piecesOf(text, size)), NDJSON);
        const visible = new TextDecoder()
          .decode(encode(text))
          .split("\n")
          .filter((line) => /[^\0- ]/.test(line));
        const lines = linesOf(answer);
        expect(lines.map((line) => line.row)).toEqual(visible.map((_, index) => index + 1));
        expect(lines.filter(({ status }) => status === "accepted").map(({ receipt }) => receipt)).toEqual(
          door.queued.map(({ receipt }) => receipt),
        );
      }),
      { numRuns: 150 },
    );
  });
});
