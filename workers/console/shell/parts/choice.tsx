/** A choice in a line of fields. */
import type { Option } from "./form.tsx";

interface ChoiceProps {
  name: string;
  label: string;
  values: readonly (Option | string)[];
  value: string;
  /** What stands for the empty choice. */
  none?: string;
}

export function Choice({ name, label, values, value, none }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        {values.map((one) => {
          const option = typeof one === "string" ? { value: one, label: one } : one;
          return (
            <option value={option.value} selected={value === option.value}>
              {option.value === "" ? none : option.label}
            </option>
          );
        })}
      </select>
    </label>
  );
}
