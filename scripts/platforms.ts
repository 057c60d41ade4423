/** `npm run platforms`: the versions of ad platforms' APIs that are spoken, and until when; with `--check` it fails where one ends within sixty days, or has ended. */
import { PLATFORM_NAMES } from "../workers/core/platforms/platform-target.ts";
import { endingPins, PLATFORMS, SUNSET_ALERT_DAYS } from "../workers/core/platforms/platforms.ts";
import { readOptions, runCommand } from "./command.ts";

const USAGE = "usage: npm run platforms -- [--check] [--on 2026-11-30]";

await runCommand(async () => run(process.argv.slice(2)), { failure: "The versions cannot be told", usage: USAGE });

function run(args: string[]): boolean {
  const { check = false, on } = readOptions(args, { check: { type: "boolean" }, on: { type: "string" } }, USAGE);
  const nowMs = on === undefined ? Date.now() : Date.parse(on);
  if (Number.isNaN(nowMs)) throw new Error(`--on takes a day, such as 2026-11-30; ${USAGE}`);
  for (const name of PLATFORM_NAMES) {
    const { label, pins } = PLATFORMS[name];
    for (const { api, version, verifiedOn, sunsetOn, note } of pins)
      console.log(
        `${label.padEnd(22)} ${`${api} ${version}`.padEnd(34)} read ${verifiedOn}   ${sunsetOn ? `ends ${sunsetOn}` : "no end is known"}${note ? `   ${note}` : ""}`,
      );
  }
  const ending = endingPins(nowMs);
  for (const { platform, api, version, days, sunsetOn } of ending)
    console.log(
      `${PLATFORMS[platform].label}: ${api} ${version} ${days < 0 ? "ended" : "ends"} on ${sunsetOn} (${days} days)`,
    );
  if (ending.length === 0) console.log(`No version ends within ${SUNSET_ALERT_DAYS} days.`);
  return !check || ending.length === 0;
}
