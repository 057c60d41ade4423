/** Before which requests a receiver's name is looked up, and what comes of it. */
import { expect, test } from "vitest";
import type { Leads } from "../../workers/core/courier/name-lookup.ts";
import type { ReceiversAnswer } from "../../workers/core/courier/receivers-answer.ts";
import { sendGuarded } from "../../workers/courier/guarded-sending.ts";

const OK: ReceiversAnswer = { kind: "answered", status: 200, retryAfter: null, body: "OK" };
const SILENCE: ReceiversAnswer = { kind: "silence", timedOut: false };
const GONE: ReceiversAnswer = { kind: "answered", status: 530, retryAfter: null, body: "error code: 1016" };

interface Scene {
  url?: string;
  leads: Leads;
  answer?: ReceiversAnswer;
  isOneMachine?: boolean;
  isProbe?: boolean;
}

async function play({ url = "https://t.example.com/pb", leads, answer = OK, ...scene }: Scene) {
  const steps: string[] = [];
  const came = await sendGuarded(
    {
      send: async () => {
        steps.push("send");
        return answer;
      },
      lookUp: async (host) => {
        steps.push(host);
        return leads;
      },
      isLoopback: (text) => text.startsWith("http://localhost"),
      isOneMachine: scene.isOneMachine ?? false,
    },
    { method: "GET", url, headers: [], body: null, shown: { url, headers: [], body: null } },
    scene.isProbe ?? false,
  );
  return { steps, came: "reason" in came ? came.reason : came.kind };
}

test.each<[string, Scene, string[], string]>([
  ["on Cloudflare a try is not looked up", { leads: "closed" }, ["send"], "answered"],
  ["a probe is", { leads: "open", isProbe: true }, ["t.example.com", "send"], "answered"],
  ["a probe does not go home", { leads: "closed", isProbe: true }, ["t.example.com"], "private_address"],
  [
    "a probe goes on where nobody can be asked",
    { leads: "unknown", isProbe: true },
    ["t.example.com", "send"],
    "answered",
  ],
  ["on one machine each try is", { leads: "open", isOneMachine: true }, ["t.example.com", "send"], "answered"],
  ["nor does one go home there", { leads: "closed", isOneMachine: true }, ["t.example.com"], "private_address"],
  ["nor one where nobody can be asked", { leads: "unknown", isOneMachine: true }, ["t.example.com"], "not_resolved"],
  ["nor nowhere", { leads: "nowhere", isOneMachine: true }, ["t.example.com"], "not_resolved"],
  [
    "what may be told on this machine is not asked for",
    { leads: "closed", isOneMachine: true, url: "http://localhost:1/" },
    ["send"],
    "answered",
  ],
  [
    "silence of a name that leads nowhere was not sent",
    { leads: "nowhere", answer: SILENCE },
    ["send", "t.example.com"],
    "not_resolved",
  ],
  [
    "Cloudflare's own word for it is no answer",
    { leads: "nowhere", answer: GONE },
    ["send", "t.example.com"],
    "not_resolved",
  ],
  ["a receiver may say 530", { leads: "open", answer: GONE }, ["send", "t.example.com"], "answered"],
  ["other silence stays in doubt", { leads: "open", answer: SILENCE }, ["send", "t.example.com"], "silence"],
  [
    "waiting in vain is no matter of names",
    { leads: "nowhere", answer: { kind: "silence", timedOut: true } },
    ["send"],
    "silence",
  ],
])("%s", async (_, scene, steps, came) => {
  expect(await play(scene)).toEqual({ steps, came });
});
