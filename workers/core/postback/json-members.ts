/** The members of a JSON object as they were written, repeats included: a parsed object keeps only the last of each name. */

/** Strings, brackets, colons and commas; in JSON that is valid nothing else has to be told apart. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]/g;

/** `json` is valid JSON of an object. Gives each name with its value's JSON, in the order as written. */
export function readMembers(json: string): [name: string, value: string][] {
  const members: [string, string][] = [];
  let name: string | null = null;
  let last = "";
  let valueAt = 0;
  let depth = 0;
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (depth === 1 && name !== null && (token === "," || token === "}")) {
      members.push([name, json.slice(valueAt, index)]);
      name = null;
    }
    if (depth === 1 && token === ":") {
      name = JSON.parse(last);
      valueAt = index + 1;
    }
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    last = token;
  }
  return members;
}
