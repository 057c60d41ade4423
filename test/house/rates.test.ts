/** The rates of postbacks, which wrangler.toml and the code make together, are those that the README names. */
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { REQUESTS_AT_ONCE } from "../../workers/postback/rates.ts";
import { read } from "./files.ts";

const PER_SECOND = 10_000;
const STRANGERS_PER_MINUTE = 1_000;

test("a sender's rate and a stranger's", () => {
  const { env } = JSON.parse(JSON.stringify(parse(read("wrangler.toml"))));
  const rates: { name: string; simple: { limit: number; period: number } }[] = env.postback.ratelimits;
  const perSecond = Object.fromEntries(rates.map(({ name, simple }) => [name, simple.limit / simple.period]));
  expect(perSecond).toEqual({
    SENDER_RATE: PER_SECOND / REQUESTS_AT_ONCE,
    STRANGER_RATE: STRANGERS_PER_MINUTE / 60,
  });
  const numbers = [PER_SECOND, STRANGERS_PER_MINUTE].map((number) => number.toLocaleString("en-US"));
  expect(read("README.md")).toContain(
    `| ${numbers[0]} a second; ${numbers[1]} a minute are logged of who did not prove`,
  );
});
