/** What a form says of a decision on many: which, why, and whether on those that are ticked. */

/** As a body of the API, but for who is meant by a filter. */
export function decisionIn(form: URLSearchParams): Record<string, unknown> {
  const reason = form.get("many_reason");
  const note = form.get("note");
  return {
    decision: form.get("many") ?? "",
    ...(reason ? { reason } : {}),
    ...(note ? { note } : {}),
  };
}

/** The names that are ticked; null where all that fit are meant, undefined where nothing is counted. */
export function countedIn(form: URLSearchParams): string[] | null | undefined {
  const [what, of] = (form.get("decide") ?? "").split(" ");
  if (what !== "count") return undefined;
  return of === "ticked" ? form.getAll("ticked") : null;
}
