/** When a thing was made and last changed: the two fields that everything has that is set up. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Fields } from "./field.ts";

interface Stamped {
  row: { createdAtMs: number; updatedAtMs: number };
}

export const STAMPS = {
  created_at: {
    column: "createdAtMs",
    shown: v.string(),
    show: ({ row }) => formatInstant(row.createdAtMs),
    sort: "number",
    seenBy: EVERYONE,
    detail: { name: "Created", as: "time" },
  },
  updated_at: {
    column: "updatedAtMs",
    shown: v.string(),
    show: ({ row }) => formatInstant(row.updatedAtMs),
    seenBy: EVERYONE,
    detail: { name: "Changed", as: "time" },
  },
} satisfies Fields<Stamped>;

/** Both, of a thing that is made now. */
export function stampedNow(atMs: number): Stamped["row"] {
  return { createdAtMs: atMs, updatedAtMs: atMs };
}
