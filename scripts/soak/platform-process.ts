/** The platform under soak as a process: started, told to fail, killed hard, started again, stopped. */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { consoleFetch, type FullFetch } from "../console-api.ts";
import { type Origins, originsOf } from "../local/origins.ts";
import { endGroup, killGroup, startGroup } from "../local/process-group.ts";
import type { Order, Word } from "./serve.ts";

const SERVE = join(import.meta.dirname, "serve.ts");
const STARTS_WITHIN_MS = 120_000;
const ANSWERS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 10_000;

export interface PlatformProcess {
  pid: number;
  startedAtMs: number;
  origins: Origins;
  fetchConsole: FullFetch;
  /** Has ledger and postback worker fail from now on, as test/fault/doubles say; with nothing told they are well again. */
  fail(faults: { ledger?: string; queue?: string }): Promise<void>;
  /** `kill -9` of the whole process group: node, workerd and what they hold in memory. */
  kill(): Promise<void>;
  /** As Ctrl-C does: how many messages were held for the next start. */
  stop(): Promise<{ held: number }>;
}

/** Starts the platform on what `stateDir` holds, with the courier's clock faster since `fromMs`, the run's beginning; what it prints goes to this process's standard error unless it is an expected complaint. */
export async function startProcess(stateDir: string, port: number, fromMs: number): Promise<PlatformProcess> {
  const startedAtMs = Date.now();
  // What the workers warn of while they are made to fail fills screens.
  const child = startGroup(SERVE, { stateDir, port, fromMs }, ["ignore", process.env.SOAK_LOG ? "inherit" : "ignore"]);
  const { pid } = child;
  if (pid === undefined) throw new Error("the platform's process could not be started");
  const end = () => killGroup(pid);
  process.once("exit", end);
  const first = await nextWord(child, STARTS_WITHIN_MS);
  if (!("up" in first)) throw new Error(`the platform began with ${JSON.stringify(first)}`);
  const origins = originsOf(port);
  const tell = async (order: Order): Promise<Word> => {
    const answer = nextWord(child, ANSWERS_WITHIN_MS);
    child.send(order);
    return answer;
  };
  return {
    pid,
    startedAtMs,
    origins,
    fetchConsole: consoleFetch(origins.console, first.up),
    fail: async ({ ledger = "", queue = "" }) => {
      await tell({ ask: "ledger", path: `/?${ledger}` });
      await tell({ ask: "postback", path: `/faults?queue=${queue}` });
    },
    kill: async () => {
      await endGroup(pid, ENDS_WITHIN_MS);
      process.off("exit", end);
    },
    stop: async () => {
      const word = await tell("stop");
      process.off("exit", end);
      if (!("stopped" in word)) throw new Error(`the platform ended with ${JSON.stringify(word)}`);
      return word.stopped;
    },
  };
}

function nextWord(child: ChildProcess, withinMs: number): Promise<Word> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      child.off("message", hear).off("exit", end);
    };
    const hear = (word: Word): void => {
      stop();
      resolve(word);
    };
    const end = (code: number | null): void => {
      stop();
      reject(new Error(`the platform's process ended with ${code}`));
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`the platform said nothing for ${withinMs} ms`));
    }, withinMs);
    child.on("message", hear).on("exit", end);
  });
}
