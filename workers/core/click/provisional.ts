/** Requests that are no visit yet: HEAD, prefetch and previewers. They get a working click ID, and count only if a conversion follows. */

/** Fetchers of link previews, by their user agent strings. In-app browsers of the same companies are visitors and have other names. The last one is TikTok's, which loads landing pages before anyone taps. */
const PREVIEWERS = new RegExp(
  [
    "facebookexternalhit",
    "facebot",
    "meta-externalfetcher",
    "^whatsapp/",
    "telegrambot",
    "twitterbot",
    "slackbot",
    "slack-imgproxy",
    "linkedinbot",
    "discordbot",
    "skypeuripreview",
    "pinterestbot",
    "pinterest/0\\.",
    "redditbot",
    "^viber",
    "vkshare",
    "mastodon/",
    "iframely",
    "embedly",
    "bingpreview",
    "microsoftpreview",
    "google web preview",
    "snap url preview",
    "line-poker",
    "kakaotalk-scrap",
    "bluesky cardyb",
    "urlpreviewbot",
    "thirdlandingpagefeinfra",
  ].join("|"),
  "i",
);

/** True for the user agent strings of known previewers. */
export function isPreviewer(userAgent: string): boolean {
  return PREVIEWERS.test(userAgent);
}

/** True when a purpose header (`Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`) says that nobody has gone there yet: `prefetch`, `prefetch;prerender`, `preview`. */
export function isPrefetch(purpose: string): boolean {
  return /\b(?:prefetch|prerender|preview)\b/i.test(purpose);
}
