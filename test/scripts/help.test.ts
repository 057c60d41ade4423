/** Every command says what it does when it is asked, and in one line what is wrong with its options. */
import { expect, test } from "vitest";
import { read } from "../house/files.ts";
import { runProgram } from "./program.ts";

const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
const COMMANDS = Object.entries(scripts).flatMap(([name, line]) => {
  const script = /scripts\/[\w-]+\.ts$/.exec(line)?.[0];
  return script === undefined ? [] : [[name === "start" ? "npm start" : `npm run ${name}`, script] as const];
});

async function run(script: string, argument: string) {
  return runProgram(process.execPath, ["--import", "./scripts/node-version.js", script, argument], {});
}

test.each(COMMANDS)("%s --help says what the README says of it", async (command, script) => {
  const { code, output } = await run(script, "--help");
  expect([code, output]).toEqual([0, expect.stringMatching(new RegExp(`^${command}: .{20,}`))]);
  expect(output).not.toMatch(/undefined|\]\(/);
});

const OPTIONS = /"?\b([a-z-]+)"?: (?:\{ type: "(?:string|boolean)"|flag\b|text\b)/g;
const BY_RUN_COMMAND = COMMANDS.filter(([, script]) => read(script).includes("await runCommand("));

test.each(BY_RUN_COMMAND)("%s --help names each of its options, and what it needs", async (_, script) => {
  const { output } = await run(script, "-h");
  expect(output).toContain("\nusage: ");
  const source = read(script);
  const options = [...source.matchAll(OPTIONS)].map(([, name]) => `--${name}`);
  if (source.includes("...CONSOLE_OPTIONS")) options.push("--url", "--state", "CONSOLE_TOKEN");
  for (const option of options) expect(output).toContain(option);
});

test.each(["bench", "cost", "demo", "growth", "replay", "simulate", "soak"])(
  "npm run %s with an option that it does not have says so, without a trace",
  async (name) => {
    const { code, output } = await run(`scripts/${name}.ts`, "--no-such-option");
    expect(code).toBeGreaterThan(0);
    expect(output).toContain("--no-such-option");
    expect(output).not.toMatch(/^ {4}at /m);
  },
);
