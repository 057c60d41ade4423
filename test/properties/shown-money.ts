/** Reads the money that answers show: cells of the console's tables, figures of its charts, columns of its files. */

/** A decimal as anybody shows it, in micros: `1,234.5`, `+0.10`, `-3`. */
export function microsOf(text: string): bigint {
  const match = /^([+-]?)(\d[\d,]*)(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) throw new Error(`"${text}" is no amount`);
  const [, sign, whole = "", decimals = ""] = match;
  const micros = BigInt(whole.replaceAll(",", "") + decimals.padEnd(6, "0"));
  return sign === "-" ? -micros : micros;
}

/** How many digits stand behind the decimal point. */
export function digitsIn(text: string): number {
  return text.split(".")[1]?.length ?? 0;
}

/** What explains a head, behind its button. */
const HINT = /<button[^>]*class="hint".*?<\/button>\s*<div class="hint-text".*?<\/div>/gs;

/** The rows of the table with this label, as texts, heads and totals among them; none where there is no such table. */
export function tableIn(html: string, label: string): string[][] {
  const start = html.search(new RegExp(`<section[^>]*aria-label="${label}"`));
  const section = (start < 0 ? "" : html.slice(start, html.indexOf("</section>", start))).replaceAll(HINT, "");
  return [...section.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = ""]) => textOf(cell)),
  );
}

/** The values of a list of facts, by name: each with all that its name says, in its order. */
export function factsIn(html: string): [name: string, value: string][] {
  return [...html.matchAll(/<dt>(.*?)<\/dt>\s*<dd[^>]*>(.*?)<\/dd>/gs)].map(([, name = "", value = ""]) => [
    textOf(name),
    textOf(value),
  ]);
}

/** What the page's charts draw: the text of every value of every line. */
export function chartsIn(html: string): (string | null)[][][] {
  return [...html.matchAll(/data-chart="([^"]*)"/g)].map(([, json = ""]) => {
    const { texts }: { texts: (string | null)[][] } = JSON.parse(
      json.replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
    );
    return texts;
  });
}

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
