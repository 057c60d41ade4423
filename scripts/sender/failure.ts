/** How a command ends that could not do its work: one line, and the usage where the command line was the reason. */

/** The lines for the terminal. */
export function describeFailure(sentence: string, error: unknown, usage: string): string {
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  return isAboutArguments(error) ? `${reason}\n${usage}` : `${sentence}: ${reason}`;
}

/** What fetch throws says only that it failed; its cause says why. */
function reasonOf({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message;
  const why = cause.message || ("code" in cause ? String(cause.code) : "");
  return why === "" ? message : `${message} (${why})`;
}

function isAboutArguments(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
