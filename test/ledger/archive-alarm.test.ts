/** An alarm that could not be set is no error of the call that asked for it: it is said, and asked for again. */
import { expect, test, vi } from "vitest";
import { setArchiveAlarm } from "../../workers/ledger/commands/archive-alarm.ts";

const storage = (atMs: number | null, fails: "getAlarm" | "setAlarm" | null = null) => {
  const world = { atMs };
  const failing = async () => {
    throw new Error("storage is away");
  };
  return {
    world,
    getAlarm: fails === "getAlarm" ? failing : async () => world.atMs,
    setAlarm:
      fails === "setAlarm"
        ? failing
        : async (at: number | Date) => {
            world.atMs = Number(at);
          },
  };
};

test("an alarm is set where there is none, and one that is set stays", async () => {
  const [none, some] = [storage(null), storage(5)];
  expect([await setArchiveAlarm(none, 9), none.world.atMs]).toEqual([true, 9]);
  expect([await setArchiveAlarm(some, 9), some.world.atMs]).toEqual([true, 5]);
});

test.each(["getAlarm", "setAlarm"] as const)("where %s fails it is said, and nothing is thrown", async (fails) => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await setArchiveAlarm(storage(null, fails), 9)).toBe(false);
  expect(said).toHaveBeenCalledExactlyOnceWith({ event: "archive_alarm_not_set", error: "Error: storage is away" });
  said.mockRestore();
});
