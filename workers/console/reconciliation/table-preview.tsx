/** The first rows of a table, with what each of its columns is read as, to be chosen otherwise. */
import type { RowField } from "../../core/table-file/table-columns.ts";
import { TABLE_FIELDS } from "../../core/table-file/table-layout.ts";
import { Card } from "../shell/parts/section.tsx";
import { Clipped } from "../shell/parts/values.tsx";

const SHOWN = 8;

/** `readAs` and what was `chosen`, empty for nothing, by place. The form has a choice under `#` and the column's number. */
export interface PreviewedTable {
  header: readonly string[];
  rows: readonly (readonly string[])[];
  readAs: ReadonlyMap<number, RowField>;
  chosen: ReadonlyMap<number, string>;
}

export function TablePreview({ table }: { table: PreviewedTable }) {
  const { header, rows } = table;
  return (
    <Card title="First rows" flush>
      <section class="table" aria-label="First rows" tabindex={0}>
        <table>
          <thead>
            <tr>
              {header.map((name, place) => (
                <th scope="col">
                  <Clipped text={name} />
                  <ColumnChoice table={table} place={place} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((cells) => (
              <tr>
                {header.map((_, place) => (
                  <td>
                    <Clipped text={cells[place] ?? ""} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="help">Choose what a column is, and send the form again.</p>
    </Card>
  );
}

function ColumnChoice({ table, place }: { table: PreviewedTable; place: number }) {
  const name = `#${place + 1}`;
  const readAs = table.readAs.get(place);
  const chosen = table.chosen.get(place) ?? "";
  return (
    <select name={name} aria-label={`Column ${place + 1}, ${table.header[place] ?? ""}, is`}>
      <option value="" selected={chosen === ""}>
        {chosen === "" && readAs !== undefined ? readAs : "as found"}
      </option>
      {TABLE_FIELDS.map((field) => (
        <option value={field} selected={chosen === field}>
          {field}
        </option>
      ))}
      <option value="-" selected={chosen === "-"}>
        not read
      </option>
    </select>
  );
}
