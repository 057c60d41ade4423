/** Requests that are no visit yet: HEAD, prefetch, previewers, and what a page embeds. They get a working click ID, and count only if a conversion follows. */

/** Fetchers of link previews, by their user agent strings. In-app browsers of the same companies are visitors and have other names. `… preview` is Bing's, Microsoft's, Google's, Skype's and Snap's; the last one is TikTok's, which loads landing pages before anyone taps. */
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
    "pinterestbot",
    "pinterest/0\\.",
    "redditbot",
    "(?:bing|microsoft|google web |ur[il] ?)preview",
    "^viber",
    "vkshare",
    "mastodon/",
    "iframely",
    "embedly",
    "line-poker",
    "kakaotalk-scrap",
    "bluesky cardyb",
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

/**
 * True when `Sec-Fetch-Dest` (https://www.w3.org/TR/fetch-metadata/) names anything but a page in a window of its own: an image, a frame, a script, a `fetch()`. Who sends
 * no such header, as older browsers and what is no browser, is taken at its word; in-app browsers say `document`.
 */
export function isEmbedded(destination: string | null): boolean {
  return !!destination && destination !== "document";
}
