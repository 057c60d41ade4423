/** The template of a request, as it is saved: address, headers and body with macros, of which every value is encoded for its place. */

/** One header. Its value may hold macros, `{secret.x}` among them. */
export interface TemplateHeader {
  name: string;
  value: string;
}

/** `form` is a query's text, `name={macro}&…`; `json` a JSON text, in which a macro stands in a string, or in the place of a value. */
export interface TemplateBody {
  form: "form" | "json";
  text: string;
}

/** Macros stand in path and query of `url`, never in scheme, host or port. A GET has no body. */
export interface Template {
  method: "GET" | "POST";
  url: string;
  headers: TemplateHeader[];
  /** HTTP Basic; both may hold macros. */
  basic: { user: string; password: string } | null;
  body: TemplateBody | null;
  /** Macros, by name, without a value of which nothing is sent; `external_id` and `click_id` are needed wherever they stand. */
  needs: string[];
}

/** A request as fetch takes it, and the same with every secret blanked, as it may be kept and shown. */
export interface Outgoing {
  method: "GET" | "POST";
  url: string;
  headers: [name: string, value: string][];
  body: string | null;
  shown: { url: string; headers: [name: string, value: string][]; body: string | null };
}
