/** Light or dark: what the user chose, which a cookie remembers, or else what their system says. */
import { parse } from "hono/utils/cookie";

export type Theme = "light" | "dark";

/** Null where nothing was chosen. */
export function themeOf(request: Request): Theme | null {
  const { theme } = parse(request.headers.get("cookie") ?? "", "theme");
  return theme === "light" || theme === "dark" ? theme : null;
}
