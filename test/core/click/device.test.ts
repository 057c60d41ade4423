/** Device class and operating system of user agents as they are in the field, and requests that are no visit. */
import { describe, expect, it } from "vitest";
import { classifyDevice, DEVICES, SYSTEMS } from "../../../workers/core/click/device.ts";
import { isPrefetch, isPreviewer } from "../../../workers/core/click/provisional.ts";

const KIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const USER_AGENTS: [device: string, system: string, userAgent: string][] = [
  ["desktop", "windows", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  [
    "desktop",
    "windows",
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0`,
  ],
  ["desktop", "windows", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"],
  ["desktop", "windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"],
  [
    "desktop",
    "macos",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
  ],
  ["desktop", "macos", `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  ["desktop", "linux", `Mozilla/5.0 (X11; Linux x86_64) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  ["desktop", "linux", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"],
  ["desktop", "linux", "Mozilla/5.0 (X11; FreeBSD amd64; rv:132.0) Gecko/20100101 Firefox/132.0"],
  ["desktop", "chromeos", `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  [
    "mobile",
    "ios",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
  ],
  [
    "mobile",
    "ios",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1",
  ],
  [
    "mobile",
    "ios",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470]",
  ],
  ["mobile", "ios", "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"],
  [
    "tablet",
    "ios",
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
  ],
  ["mobile", "android", `Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/130.0.0.0 Mobile Safari/537.36`],
  [
    "mobile",
    "android",
    `Mozilla/5.0 (Linux; Android 10; K) ${KIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
  ],
  ["mobile", "android", "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"],
  [
    "mobile",
    "android",
    `Mozilla/5.0 (Linux; Android 13; SM-S908B; wv) ${KIT} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 Instagram 350.0`,
  ],
  ["tablet", "android", `Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  ["tablet", "android", "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0"],
  ["tablet", "android", `Mozilla/5.0 (Linux; Android 9; KFMAWI) ${KIT} Silk/130.0 like Chrome/130.0.0.0 Safari/537.36`],
  ["tv", "android", `Mozilla/5.0 (Linux; Android 9; AFTSSS) ${KIT} Silk/130.0 like Chrome/130.0.0.0 Safari/537.36`],
  ["tv", "android", `Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  ["tv", "android", `Mozilla/5.0 (Linux; Android 11; Android TV) ${KIT} Chrome/130.0.0.0 Safari/537.36`],
  ["tv", "other", `Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) ${KIT} 94.0/7.0 TV Safari/537.36`],
  ["tv", "other", `Mozilla/5.0 (Web0S; Linux/SmartTV) ${KIT} Chrome/94.0 Safari/537.36 WebAppManager`],
  ["tv", "other", "Roku/DVP-12.5 (12.5.0.4178-88)"],
  ["tv", "other", `Mozilla/5.0 (X11; Linux armv7l) ${KIT} Chrome/130.0.0.0 Safari/537.36 CrKey/1.56`],
  ["tv", "other", "AppleTV11,1/11.1"],
  [
    "mobile",
    "windows",
    `Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) ${KIT} Chrome/52.0 Mobile Safari/537.36 Edge/15.15063`,
  ],
  ["mobile", "other", "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"],
  ["mobile", "other", "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80) Presto/2.12"],
  ["mobile", "other", "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ Version/10.0 Mobile Safari/537.10+"],
  [
    "other",
    "other",
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) ${KIT} Chrome/130.0 Safari/537.36 Edge/44`,
  ],
  ["other", "other", "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 Safari/605.1.15"],
  ["other", "other", "curl/8.5.0"],
  ["other", "other", "node"],
  ["other", "other", ""],
  ["other", "other", "\u0000 not a browser 👟"],
];

describe("device class and operating system", () => {
  it.each(USER_AGENTS)("%s, %s: %s", (device, system, userAgent) => {
    expect(classifyDevice(userAgent)).toEqual({ device, system });
    expect(DEVICES).toContain(device);
    expect(SYSTEMS).toContain(system);
  });

  it("a long text made to be slow is read at once", () => {
    const startMs = performance.now();
    classifyDevice("Android".repeat(20_000));
    isPreviewer("slack".repeat(20_000));
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});

describe("previewers", () => {
  it.each([
    ["facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"],
    ["facebookexternalhit/1.1 Facebot Twitterbot/1.0"],
    ["WhatsApp/2.23.20.0 A"],
    ["TelegramBot (like TwitterBot)"],
    ["Twitterbot/1.0"],
    ["Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"],
    ["LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"],
    ["Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"],
    ["Pinterest/0.2 (+https://www.pinterest.com/bot.html)"],
    ["Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5"],
    ["Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)"],
    ["http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.example/)"],
    ["Mozilla/5.0 (Windows; U) Bluesky Cardyb/1.1"],
    ["Snap URL Preview Service; bot; snapchat"],
    ["Mozilla/5.0 (Linux; Android 5.0) thirdLandingPageFeInfra"],
  ])("%s", (userAgent) => {
    expect(isPreviewer(userAgent)).toBe(true);
  });

  it.each([
    ...USER_AGENTS.map(([, , userAgent]) => [userAgent]),
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [LinkedInApp]/9.1"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Snapchat/12.0"],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 discord/1.0 Chrome/120 Electron/28 Safari/537.36"],
    ["Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Mobile Safari/537.36 Line/13.0"],
  ])("is a visitor: %s", (userAgent) => {
    expect(isPreviewer(userAgent)).toBe(false);
  });
});

describe("purpose headers", () => {
  it.each([
    ["prefetch"],
    ["prefetch;prerender"],
    ["prefetch;anonymous-client-ip"],
    ["Prefetch"],
    ["preview"],
    ["prerender"],
  ])("%s: nobody is there yet", (purpose) => {
    expect(isPrefetch(purpose)).toBe(true);
  });

  it.each([[""], ["navigate"], ["prefetched"]])("%j: a visit", (purpose) => {
    expect(isPrefetch(purpose)).toBe(false);
  });
});
