/** Every golden request of every tracker, through the whole door: the message that it becomes, and the answer. */
import { describe, expect, it } from "vitest";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";
import { GOLDEN_FILES } from "../core/trackers/golden/files.ts";
import type { Golden, GoldenFile } from "../core/trackers/golden/golden.ts";
import { ACME, type Answer, clickId, Door, trackerRecord } from "./door.ts";

const CLICK = await clickId();
const HOST = "tracker.example";

const filled = (text: string): string => text.replaceAll("CLICK", CLICK).replaceAll("UPPER", CLICK.toUpperCase());

async function played({ dialect, secret }: GoldenFile, golden: Golden, origin: string): Promise<[Door, Answer]> {
  // Where nothing proves a sender, the advertiser believes anybody.
  const own = golden.secret === undefined ? secret : golden.secret;
  const door = new Door({ ...ACME, ...(own === null ? { auth: "open" } : {}), ...golden.advertiser });
  door.putOwner(42, ACME.slug);
  door.putTracker(await trackerRecord(dialect, own, golden.tracker), HOST);
  const form = golden.form === undefined ? {} : { method: "POST", body: new URLSearchParams(filled(golden.form)) };
  return [door, await door.sendRequest(new Request(`${origin}${filled(golden.target)}`, form))];
}

function spoken({ status, headers, text, json }: Answer): [number, unknown] {
  if (headers.get("Content-Type") === "image/gif") return [status, "image"];
  return [status, json.reason ?? json.status ?? text];
}

it("every tracker has golden requests", () => {
  expect(GOLDEN_FILES.map(({ dialect }) => dialect)).toEqual([...TRACKER_TABLES.keys()]);
});

describe.each(GOLDEN_FILES.map((file) => [file.dialect, file] as const))("%s", (dialect, file) => {
  it.each(file.requests.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    const [door, answer] = await played(file, golden, `http://${HOST}:8443`);
    expect(spoken(answer)).toEqual(golden.answer);
    const channel = golden.pixel ? "pixel" : `tracker:${dialect}`;
    // Whose the click is turns out at the ledger, and so does who has to believe it.
    const isProven = (golden.secret === undefined ? file.secret : golden.secret) !== null;
    const foreign = { clickId: golden.foreign, ...(isProven ? {} : { unproven: true }) };
    const tracker = { number: 5, ...(golden.foreign === undefined ? {} : foreign) };
    const due = golden.says && [
      { content: JSON.parse(filled(JSON.stringify(golden.says))), channel, tracker, advertiser: 7 },
    ];
    const came = door.queued.map((message) => ({
      content: message.content,
      channel: message.channel,
      tracker: message.tracker,
      advertiser: message.advertiser,
    }));
    expect(came).toEqual(due ?? []);
    const [, below] = await played(file, golden, `https://postback.example/t/${dialect}`);
    expect(spoken(below)).toEqual(golden.answer);
    expect(door.logs + JSON.stringify(door.refused) + JSON.stringify(door.queued)).not.toMatch(
      /192\.0\.2|example\.com/,
    );
    if (file.secret !== null)
      expect(door.logs + JSON.stringify(door.refused) + JSON.stringify(door.queued)).not.toContain(file.secret);
  });
});
