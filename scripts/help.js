// Loaded before every script of package.json: `--help` says what the README says of the command (and runCommand, where the script has it, all its options), and an option that it does not have is one line. Plain JavaScript, as node-version.js is.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

const name = basename(process.argv[1] ?? "", ".ts").replace("export-measure", "export:measure");
const command = name === "start" ? "npm start" : `npm run ${name}`;

if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
  console.log(toldOf(command));
  // A script without it would begin to work.
  if (!readFileSync(process.argv[1], "utf8").includes("await runCommand(")) process.exit(0);
}

process.on("uncaughtException", (error) => {
  const isAboutOptions = String(Reflect.get(Object(error), "code")).startsWith("ERR_PARSE_ARGS");
  console.error(isAboutOptions ? `${error.message.split(". ")[0]}: ${command} -- --help says what there is` : error);
  process.exit(isAboutOptions ? 2 : 1);
});

/** The command's row of the README as text: links as what they name, with the page that they lead to. */
function toldOf(command) {
  const rows = readFileSync(join(import.meta.dirname, "../README.md"), "utf8").split("\n");
  const row = rows.find((line) => line.startsWith("| `npm") && line.includes(`\`${command}\``)) ?? "";
  const told = (row.split(" | ")[1] ?? "").replace(/ \|$/, "").replaceAll("`", "");
  return `${command}: ${told.replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_, text, page) => (page.startsWith(text) ? page : `${text} (${page})`))}`;
}
