/** The alarm by which an object archives what was changed in it. */

/** Sets it to that time where none is set. Gives whether one is set then: where it could not be asked, the next change asks again, and the cron of the night besides. */
export async function setArchiveAlarm(
  storage: Pick<DurableObjectStorage, "getAlarm" | "setAlarm">,
  atMs: number,
): Promise<boolean> {
  try {
    if ((await storage.getAlarm()) === null) await storage.setAlarm(atMs);
    return true;
  } catch (error) {
    console.error({ event: "archive_alarm_not_set", error: String(error) });
    return false;
  }
}
