/** The domains of the three workers that face the public: given once by flag, environment or answer, then kept in wrangler.toml. */
import { createInterface } from "node:readline/promises";
import { readTrackerHost } from "../../workers/core/trackers/tracker-host.ts";
import { domainOf } from "./edit-toml.ts";

export const FACING = ["click", "postback", "console"] as const;
export type Facing = (typeof FACING)[number];
export type Domains = Record<Facing, string>;

const FOR: Record<Facing, string> = {
  click: "affiliates' links, such as go.example.com",
  postback: "advertisers' postbacks, such as postback.example.com",
  console: "the console and its API, such as console.example.com",
};
const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** Hosts of other trackers, which the click worker takes besides its own domain. Throws one line for what is none, or is one of ours. */
export function readTrackerHosts(given: readonly string[], domains: Domains): string[] {
  return given.map((text) => {
    const host = readTrackerHost(text);
    if (host === null) throw new Error(`${JSON.stringify(text)} is no host of another tracker’s`);
    if (Object.values(domains).includes(host)) throw new Error(`${host} is a domain of ours already`);
    return host;
  });
}

/** Each worker's domain: what is given, else what wrangler.toml has, else what the operator answers. Throws one line when one is missing or none. */
export async function chooseDomains(given: Partial<Domains>, text: string): Promise<Domains> {
  const domains = {
    click: given.click ?? domainOf(text, "click") ?? (await ask("click")),
    postback: given.postback ?? domainOf(text, "postback") ?? (await ask("postback")),
    console: given.console ?? domainOf(text, "console") ?? (await ask("console")),
  };
  for (const worker of FACING)
    if (!HOST.test(domains[worker]))
      throw new Error(`${JSON.stringify(domains[worker])} is no domain for ${FOR[worker]}`);
  if (new Set(Object.values(domains)).size < FACING.length)
    throw new Error("click, postback and console each need a domain of their own");
  return domains;
}

async function ask(worker: Facing): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Error(
      `which domain is for ${FOR[worker]}? Say --${worker}-domain, or set ${worker.toUpperCase()}_DOMAIN`,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Domain for ${FOR[worker]}: `);
  terminal.close();
  return answer.trim().toLowerCase();
}
