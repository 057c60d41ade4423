/** The signing recipes as they stand in docs/signing.md: each is run as it is written against the real door, where its programs are found. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callConsole } from "../../scripts/console-api.ts";
import { RECIPE_VARIABLES, type Recipe, signingRecipes } from "../../workers/core/signing-recipes.ts";
import { seedProgramme } from "../flow/system.ts";
import { read } from "../house/files.ts";
import { type Fronted, startFronted } from "./front.ts";
import { isInstalled, runProgram } from "./program.ts";

const RECIPES = [...signingRecipes("GET"), ...signingRecipes("POST")];
/** How a file of the language is named, and what runs it. */
const RUNNERS = {
  bash: { file: "recipe.sh", program: "bash" },
  js: { file: "recipe.mjs", program: process.execPath },
  python: { file: "recipe.py", program: "python3" },
  php: { file: "recipe.php", program: "php" },
} as const;
const BLOCK = /^### (?<title>.+)\n\n```(?<language>\w+)\n(?<code>[\s\S]*?)^```$/gm;

const blocks = [...read("docs/signing.md").matchAll(BLOCK)].map(({ groups = {} }) => ({
  title: "",
  code: "",
  ...groups,
}));
const dir = mkdtempSync(join(tmpdir(), "clickback-recipes-"));
let fronted: Fronted;
let values: Record<keyof typeof RECIPE_VARIABLES, string>;

beforeAll(async () => {
  fronted = await startFronted();
  const { signingSecret } = await seedProgramme(fronted.system);
  await callConsole(async (path, init) => fronted.system.fetchConsole(path, init), {
    method: "PATCH",
    path: "/api/advertisers/acme",
    body: { auth: "signed" },
  });
  const click = await fronted.system.fetchClick("/c/demo");
  const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(click.headers.get("location") ?? "")?.[0] ?? "";
  values = { postbackUrl: `${fronted.origins.postback}/p/acme`, signingSecret, clickId };
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await fronted.stop();
});

async function run({ language }: Recipe, code: string, environment: Record<string, string>): Promise<string> {
  const { file, program } = RUNNERS[language];
  const path = join(dir, file);
  writeFileSync(path, code);
  return (await runProgram(program, [path], environment)).output;
}

test("the document holds the recipes that the console shows, and no others", () => {
  const expected = RECIPES.map(({ method, title, code }) => ({ title: `Signed ${method}: ${title}`, code }));
  expect(blocks.map(({ title, code }) => ({ title, code }))).toEqual(expected);
});

for (const recipe of RECIPES) {
  const title = `Signed ${recipe.method}: ${recipe.title}`;
  const missing = recipe.needs.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    test.skip(`${title} (there is no ${missing.join(", ")} here)`, () => {});
    continue;
  }
  test(`${title}, as the document has it, is accepted`, async () => {
    const code = blocks.find((block) => block.title === title)?.code ?? "";
    const environment = {
      [RECIPE_VARIABLES.postbackUrl]: values.postbackUrl,
      [RECIPE_VARIABLES.signingSecret]: values.signingSecret,
      [RECIPE_VARIABLES.clickId]: values.clickId,
    };
    const output = await run(recipe, code, environment);
    expect(JSON.parse(output)).toMatchObject({ status: "accepted" });
  });
  test(`${title}, with its values written into it, is accepted`, async () => {
    const [own] = signingRecipes(recipe.method, values).filter(({ language }) => language === recipe.language);
    expect(JSON.parse(await run(recipe, own?.code ?? "", {}))).toMatchObject({ status: "accepted" });
  });
  test(`${title} with another secret is refused`, async () => {
    const stranger = { ...values, signingSecret: `whsec_${Buffer.alloc(32).toString("base64")}` };
    const [own] = signingRecipes(recipe.method, stranger).filter(({ language }) => language === recipe.language);
    expect(JSON.parse(await run(recipe, own?.code ?? "", {}))).toMatchObject({ reason: "bad_signature" });
  });
}

const AWKWARD = `it's "q" \\ $HOME \`id\` \${x} {y}`;

for (const recipe of RECIPES.filter(({ method }) => method === "POST")) {
  const missing = recipe.needs.filter((program) => !isInstalled(program));
  const why = missing.length > 0 ? ` (there is no ${missing.join(", ")} here)` : "";
  test.skipIf(missing.length > 0)(`literals of ${recipe.title} hold any character${why}`, async () => {
    const print = {
      bash: 'printf %s "$url"',
      js: "process.stdout.write(url);",
      python: "print(url, end='')",
      php: "echo $url;",
    };
    const [own] = signingRecipes("POST", { postbackUrl: AWKWARD, signingSecret: "whsec_", clickId: "" }).filter(
      ({ language }) => language === recipe.language,
    );
    const first = (own?.code ?? "").split("\n").filter((line) => /^(?:<\?php|\$?(?:const )?url ?=)/.test(line));
    expect(await run(recipe, `${first.join("\n")}\n${print[recipe.language]}\n`, {})).toBe(AWKWARD);
  });
}
