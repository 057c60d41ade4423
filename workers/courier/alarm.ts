/** When an object runs: one run at a time, told by its alarm, and whoever asks for a run while one goes on gets another behind it. */

/** The part of a Durable Object's storage that has its alarm. Calls take effect in the order in which they are made. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** Should a run not come to its end, the next one comes then. */
const SAFETY_MS = 90_000;
const AFTER_FAILURE_MS = 30_000;

export class Alarm {
  readonly #storage: AlarmStorage;
  readonly #nowMs: () => number;
  #isRunning = false;
  #isAskedAgain = false;

  constructor(storage: AlarmStorage, nowMs: () => number) {
    this.#storage = storage;
    this.#nowMs = nowMs;
  }

  /** Has a run come at once, or behind the one that goes on: what that has looked at already, it does not look at again. */
  async wake(): Promise<void> {
    if (this.#isRunning) {
      this.#isAskedAgain = true;
      return;
    }
    const atMs = await this.#storage.getAlarm();
    const nowMs = this.#nowMs();
    if (atMs === null || atMs > nowMs) await this.#storage.setAlarm(nowMs);
  }

  /** Runs `work`, which says when it is to run again, null for not before something happens. Never throws for its failure: an alarm that did would be given up after some tries. */
  async run(work: () => Promise<number | null>, failed: (error: unknown) => void): Promise<void> {
    this.#isRunning = true;
    this.#isAskedAgain = false;
    try {
      await this.#storage.setAlarm(this.#nowMs() + SAFETY_MS);
      const nextMs = await work();
      // From here on whoever wakes sets the alarm, and does so behind this.
      this.#isRunning = false;
      const atMs = this.#isAskedAgain ? this.#nowMs() : nextMs;
      await (atMs === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(atMs));
    } catch (error) {
      this.#isRunning = false;
      failed(error);
      await this.#storage.setAlarm(this.#nowMs() + AFTER_FAILURE_MS).catch(() => {});
    }
  }
}
