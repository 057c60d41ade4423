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

test.each(["bench", "cost", "demo", "growth", "replay", "simulate", "soak"])(
  "npm run %s with an option that it does not have says so, without a trace",
  async (name) => {
    const { code, output } = await run(`scripts/${name}.ts`, "--no-such-option");
    expect(code).toBeGreaterThan(0);
    expect(output).toContain("--no-such-option");
    expect(output).not.toMatch(/^ {4}at /m);
  },
);
