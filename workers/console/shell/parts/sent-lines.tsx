/** The form of a page that takes lines: a file, dropped anywhere on the page or chosen, or what is pasted in its place; and what was sent so. */
import type { Child } from "hono/jsx";
import type { Upload } from "../page.ts";

/** The field for lines that are pasted in place of a file. */
export const PASTED = "pasted";
export const TABLE_ENDINGS = ".csv,.tsv,.txt";
export const TABLE_OR_NDJSON_ENDINGS = `${TABLE_ENDINGS},.ndjson,.jsonl,.json`;

/** The file that was chosen, or else what was pasted. */
export function sentBytes({ file, form }: Pick<Upload, "file" | "form">): Uint8Array {
  return file.length > 0 ? file : new TextEncoder().encode(form.get(PASTED) ?? "");
}

interface LinesProps {
  /** What was pasted last. */
  pasted: string;
  rows?: number;
  placeholder?: string;
  help?: Child;
}

/** The field of the file. Dropping one needs the script that the page has for its form. */
export function FileField({
  accept = TABLE_ENDINGS,
  label = "File, or drop it here",
}: {
  accept?: string;
  label?: string;
}) {
  return (
    <label>
      <span>{label}</span>
      <input type="file" name="file" accept={accept} />
    </label>
  );
}

/** Lines in place of the file. */
export function PastedLines({ pasted, rows = 6, placeholder, help }: LinesProps) {
  return (
    <details open={pasted !== ""}>
      <summary>Or paste its lines</summary>
      <textarea name={PASTED} rows={rows} aria-label="Lines" spellcheck={false} placeholder={placeholder}>
        {pasted}
      </textarea>
      {help === undefined ? null : <span class="help">{help}</span>}
    </details>
  );
}
