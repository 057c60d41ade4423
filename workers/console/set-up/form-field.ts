/** How a form asks for a field: its label, its control, its place. How what was written is read is said in shell/form-values.ts. */
import type { Role, SeenBy } from "../../core/roles.ts";
import type { Option } from "../shell/parts/form.tsx";

/** Things whose slugs a form offers to choose from. */
export type Suggested = "advertiser" | "affiliate" | "offer";

interface FormPlace {
  /** Smaller ones come first, those of one place in the order of the API; 0 unless said. */
  place?: number;
  /** Folded away with everything that most leave as it is. */
  more?: true;
  /** Asked for only when a thing is made, or only when it is changed; both unless said. What is fixed is only asked for when it is made. */
  only?: "new" | "change";
  /** The form of a new one begins with the default, instead of empty. */
  filled?: true;
}

interface Said {
  label: string;
  /** What stands between backticks is code. */
  help?: string;
}

type Control =
  | ({
      control: "text";
      kind?: "nullable" | "number" | "nullable-number";
      placeholder?: string;
      /** A placeholder of a new one only. */
      example?: string;
      wide?: true;
      /** Several lines of text. */
      rows?: number;
      suggest?: Suggested;
    } & Said)
  | ({ control: "lines"; kind: "lines" | "some" | "words"; placeholder?: string; rows?: number } & Said)
  | ({ control: "choice"; options: readonly Option[]; kind?: "number" | "yes" } & Said)
  | ({ control: "flag" } & Said)
  /** A moment, or none. */
  | ({ control: "time" } & Said)
  | ({ control: "price"; posted?: true; none?: string } & Said)
  /** The fields of one object. */
  | { control: "parts"; parts: FormFields }
  /** A list of groups of fields; `kept`: those that are there stay. */
  | ({ control: "groups"; add: string; kept?: true; group: FormFields } & Said)
  /** Carried along by a group that is there already. */
  | { control: "carried"; kind: "number" };

export type FormField = FormPlace & Control;

/** What a form knows of a table of fields. */
export type FormFields = Readonly<
  Record<
    string,
    {
      required?: true;
      fixed?: true;
      default?: unknown;
      shown?: unknown;
      seenBy?: SeenBy;
      writers?: readonly Role[];
      form?: FormField | "nowhere";
    }
  >
>;

/** `options(["day", "a day"], ["month", "a month"])` */
export function options(...pairs: (readonly [value: string, label: string])[]): Option[] {
  return pairs.map(([value, label]) => ({ value, label }));
}

export const STATUS_OPTIONS = options(["active", "active"], ["paused", "paused"], ["ended", "ended"]);
