/** Device class and operating system by the user agent string: decided once, at the edge, so that rules, macros, log and reports agree. */

export const DEVICES = ["desktop", "mobile", "tablet", "tv", "other"] as const;
export const SYSTEMS = ["windows", "macos", "ios", "android", "chromeos", "linux", "other"] as const;
export type Device = (typeof DEVICES)[number];
export type System = (typeof SYSTEMS)[number];

export interface DeviceVerdict {
  device: Device;
  system: System;
}

/** First match wins: phones and televisions name the systems they are built on, so they come before desktops. Android's tablets are those without `Mobile`. */
const CLASSES: readonly [pattern: RegExp, device: Device, system: System][] = [
  [/Xbox|PlayStation|Nintendo/i, "other", "other"],
  [/Android.*(?:\bTV\b|AFT[A-Z]|BRAVIA|GoogleTV|SHIELD)|Android TV|GoogleTV/i, "tv", "android"],
  [
    /Smart-?TV|SMART-TV|Apple ?TV|HbbTV|NetCast|Web0S|webOS.*TV|Tizen.*TV|Roku|CrKey|Viera|\bTV Safari\b/i,
    "tv",
    "other",
  ],
  [/Windows Phone|IEMobile/, "mobile", "windows"],
  [/iPad/, "tablet", "ios"],
  [/iPhone|iPod/, "mobile", "ios"],
  [/Android.*Mobile|Mobile.*Android/, "mobile", "android"],
  [/Android|Silk\//, "tablet", "android"],
  [/KAIOS|BlackBerry|BB10|Opera Mini|Symbian|Series[46]0|MeeGo/i, "mobile", "other"],
  [/PlayBook|Kindle/, "tablet", "other"],
  [/CrOS/, "desktop", "chromeos"],
  [/Windows/, "desktop", "windows"],
  [/Macintosh|Mac OS X|Mac_PowerPC/, "desktop", "macos"],
  [/Linux|X11|BSD/, "desktop", "linux"],
];

/** Real ones are half as long; of a longer one only this much is looked at, since patterns with a gap take time by its square. */
const MAX_LENGTH = 512;

const UNKNOWN: DeviceVerdict = { device: "other", system: "other" };

/** Classifies a user agent string; what it does not know is `other`, and so is an absent one. */
export function classifyDevice(userAgent: string): DeviceVerdict {
  const text = userAgent.slice(0, MAX_LENGTH);
  for (const [pattern, device, system] of CLASSES) if (pattern.test(text)) return { device, system };
  return UNKNOWN;
}
