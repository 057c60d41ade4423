/** How a file is read, each part to be said otherwise: its letters, separator and header, its notation, and what its words mean. */

import { ORDER_STATUSES, readChosenWords, writeChosenWords } from "../../core/table-file/chosen-words.ts";
import { ENCODINGS } from "../../core/table-file/encoding.ts";
import { LAYOUTS } from "../../core/table-file/table-layouts.ts";
import type { TablePlan } from "../../core/table-file/table-plan.ts";
import { type WordMeaning, wordMeanings } from "../../core/table-file/word-meanings.ts";
import { Choice } from "../shell/parts/choice.tsx";
import { Card } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped } from "../shell/parts/values.tsx";
import { SEPARATOR_WORDS, separatorWord, type TableQuery } from "./table-parameters.ts";

/** The field that says that a form has this card, so that what it says counts and not what was kept. */
export const READING = "reading";
/** The field of a word's meaning, which holds the whole choice. */
export const WORD = "word";
/** The field that keeps what is said for the next file. */
export const KEEP = "keep";

const layouts = LAYOUTS.flatMap(({ name, refused: why }) => (why === undefined ? [name] : []));

interface ReadingProps {
  /** Null where the file could not be read so far. */
  plan: TablePlan | null;
  /** What was said, and what was kept where that counts. */
  said: TableQuery;
  /** What a word for a status usually means besides. */
  usual?: (word: string) => string | null;
  /** Whose next file it may be kept for; null where this caller may not. */
  keepFor: string | null;
  isKept: boolean;
}

export function ReadingCard({ plan, said, usual, keepFor, isKept }: ReadingProps) {
  const found = (word: string | null | undefined) => `found${word == null ? "" : `: ${word}`}`;
  const value = (name: keyof TableQuery) => String(said[name] ?? "");
  const timed = plan?.columns.fields.has("occurred_at") ?? true;
  const header = plan === null ? "" : plan.headerLine === null ? "none" : `line ${plan.headerLine}`;
  return (
    <Card title="How it is read" id="reading">
      <input type="hidden" name={READING} value="1" />
      {isKept ? <p>What was kept for this advertiser counts where you say nothing else.</p> : null}
      <div class="inline">
        <Choice
          name="layout"
          label="Layout"
          values={["", ...layouts, "none"]}
          value={value("layout")}
          none={plan?.layout ? `recognised: ${plan.layout.name}` : "recognised: none"}
        />
        <Choice
          name="separator"
          label="Separator"
          values={["", ...SEPARATOR_WORDS]}
          value={value("separator")}
          none={found(plan && separatorWord(plan.separator))}
        />
        <Choice
          name="encoding"
          label="Letters"
          values={["", ...ENCODINGS]}
          value={value("encoding")}
          none={found(plan?.encoding)}
        />
        <label>
          <span>Line of the header</span>
          <input
            name="header_line"
            inputmode="numeric"
            value={value("header_line")}
            placeholder={header === "" ? "0: none" : `${header}; 0: none`}
            autocomplete="off"
          />
        </label>
        <Choice name="decimal" label="Decimal mark" values={["", ".", ","]} value={value("decimal")} none="found" />
        {timed ? (
          <>
            <Choice
              name="dates"
              label="Dates"
              values={[
                { value: "", label: "found" },
                { value: "day_first", label: "31/12/2026" },
                { value: "month_first", label: "12/31/2026" },
              ]}
              value={value("dates")}
              none="found"
            />
            <label>
              <span>Time zone of times without one</span>
              <input
                name="time_zone"
                value={value("time_zone")}
                placeholder={plan?.layout?.utc ? "UTC" : "not read"}
                autocomplete="off"
                spellcheck={false}
              />
            </label>
          </>
        ) : null}
      </div>
      {plan === null ? null : <Words plan={plan} said={said} meanings={wordMeanings(plan, usual)} />}
      <div class="form-actions">
        <button type="submit">Read it again</button>
        {keepFor === null ? null : (
          <label class="flag">
            <input type="checkbox" name={KEEP} value="1" />
            <span>Keep this for the next file of {keepFor}</span>
          </label>
        )}
      </div>
    </Card>
  );
}

function Words({ plan, said, meanings }: { plan: TablePlan; said: TableQuery; meanings: WordMeaning[] }) {
  if (meanings.length === 0) return null;
  const chosen = new Set((readChosenWords(said.words ?? "") ?? []).map((one) => writeChosenWords([one])));
  const header = (field: WordMeaning["field"]) => plan.columns.header[plan.columns.fields.get(field) ?? -1] ?? field;
  return (
    <Table
      label="What its words mean"
      columns={[
        { name: "Column", cell: ({ field }: WordMeaning) => <Clipped text={header(field)} /> },
        { name: "Word", cell: ({ word }) => <Clipped text={word} /> },
        { name: "Rows", number: true, cell: ({ rows }) => rows.toLocaleString("en") },
        {
          name: "Means",
          cell: (one) => <MeaningChoice one={one} chosen={chosen} events={plan.events} />,
        },
      ]}
      rows={meanings}
      empty={null}
    />
  );
}

interface MeaningProps {
  one: WordMeaning;
  chosen: ReadonlySet<string>;
  events: readonly string[];
}

function MeaningChoice({ one: { field, word, means, byHand }, chosen, events }: MeaningProps) {
  const ours = field === "status" ? ORDER_STATUSES : events;
  const choiceOf = (meaning: string) => writeChosenWords([{ field, word, means: meaning }]);
  const found = means === null ? "not known" : byHand ? "as found" : means === "-" ? "no order" : means;
  return (
    <select name={WORD} aria-label={`${word} means`} aria-invalid={means === null ? "true" : undefined}>
      <option value="">{found}</option>
      {ours.map((name) => (
        <option value={choiceOf(name)} selected={chosen.has(choiceOf(name))}>
          {name}
        </option>
      ))}
      <option value={choiceOf("-")} selected={chosen.has(choiceOf("-"))}>
        no order: passed over
      </option>
    </select>
  );
}
