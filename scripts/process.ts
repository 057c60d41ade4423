/** Other processes of this machine, for files that one process at a time may use. */

/** True while there is a process of this number; one that may not be signalled is there all the same. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The system's name of an error, such as `EEXIST`; of any other error its text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
