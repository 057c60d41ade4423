/** Guessing at the console's tokens: how many wrong ones an address may bring, what stays of them, and a token of the console that could be guessed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOST_WRONG } from "../../workers/core/guesses.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const ORIGIN = "https://console.example";

describe("who guesses", () => {
  let api: Console;
  beforeAll(async () => {
    api = await startConsole();
  });
  afterAll(() => api.stop());

  const bring = (path: string, token: string, address: string) =>
    api.fetch(ORIGIN + path, { authorization: `Bearer ${token}`, "cf-connecting-ip": address });
  const signIn = (token: string, address: string) =>
    api.fetch(
      `${ORIGIN}/sign-in`,
      {
        authorization: "",
        "cf-connecting-ip": address,
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
      },
      { method: "POST", body: new URLSearchParams({ token }).toString() },
    );
  const traces = () => api.logs().map((line) => JSON.stringify(line));
  const tracesOf = (event: string) => traces().filter((line) => line.includes(event)).length;

  test.each([
    ["at the API", (token: string, address: string) => bring("/api/offers", token, address), 401, "192.0.2.1"],
    ["at receipts", (token: string, address: string) => bring("/receipts/x", token, address), 401, "192.0.2.2"],
    ["at the sign-in", signIn, 200, "192.0.2.3"],
  ])("%s is heard twenty times a minute, and then not even with the right token", async (_, send, wrong, address) => {
    const before = [tracesOf("token_refused"), tracesOf("tokens_limited")];
    const statuses: number[] = [];
    for (let time = 0; time < MOST_WRONG + 3; time++) statuses.push((await send(`guess-${time}`, address)).status);
    expect(statuses).toEqual([...Array(MOST_WRONG).fill(wrong), 429, 429, 429]);
    const right = await send(ADMIN, address);
    expect([right.status, right.headers.get("set-cookie")]).toEqual([429, null]);
    expect([tracesOf("token_refused"), tracesOf("tokens_limited")]).toEqual(before.map((lines) => lines + 1));
  });

  test("keeps out nobody elsewhere, and nobody at the same address whose token was right there before", async () => {
    const [guesser, neighbour] = ["198.51.100.1", "198.51.100.2"];
    expect((await bring("/api/offers", ADMIN, guesser)).status).toBe(200);
    for (let time = 0; time < MOST_WRONG; time++) await bring("/api/offers", `guess-${time}`, guesser);
    expect((await bring("/api/offers", "wrong", guesser)).status).toBe(429);
    expect((await bring("/api/offers", ADMIN, guesser)).status).toBe(200);
    expect((await bring("/api/offers", "wrong", neighbour)).status).toBe(401);
    expect((await bring("/api/offers", ADMIN, neighbour)).status).toBe(200);
  });

  test("is told when to come again", async () => {
    for (let time = 0; time < MOST_WRONG; time++) await bring("/api/offers", "wrong", "198.51.100.9");
    const answer = await bring("/api/offers", "wrong", "198.51.100.9");
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(JSON.parse(await answer.text())).toMatchObject({ type: "urn:clickback:problem:too_many_tries" });
  });

  test("leaves neither an address nor a token anywhere", async () => {
    await bring("/api/offers", "a-guess-that-is-told-apart", "203.0.113.77");
    expect(tracesOf("token_refused")).toBeGreaterThan(0);
    for (const secret of ["203.0.113.77", "a-guess-that-is-told-apart", "guess-1"])
      expect(traces().filter((line) => line.includes(secret))).toEqual([]);
  });
});

test.each(["a", "x".repeat(19), `${"x".repeat(20)} y`])(
  "CONSOLE_TOKEN=%s opens nothing and says why",
  async (token) => {
    const api = await startConsole({}, token);
    try {
      const answer = await api.call("GET", "/api/offers", undefined, token.replace(" y", ""));
      const said = token.includes(" ") ? "is not known" : "openssl rand -base64 24";
      expect([answer.status, Object(answer.json).detail]).toEqual([401, expect.stringContaining(said)]);
      const stranger = await api.call("GET", "/api/offers", undefined, "another");
      expect(Object(stranger.json).detail).toContain("is not known");
      const lines = api.logs().filter((line) => JSON.stringify(line).includes("console_token_weak"));
      expect(lines).toHaveLength(token.includes(" ") ? 0 : 1);
    } finally {
      await api.stop();
    }
  },
);
