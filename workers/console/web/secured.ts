/** The headers that every answer goes out with: nothing runs, loads or frames it but what comes from here, and nobody keeps it. */
import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const FROM_HERE = ["'self'"];
const NOTHING = ["'none'"];

export const secured = secureHeaders({
  // Everything from this host, in files; nothing in line.
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: FROM_HERE,
    styleSrc: FROM_HERE,
    imgSrc: FROM_HERE,
    connectSrc: FROM_HERE,
    formAction: FROM_HERE,
    baseUri: NOTHING,
    frameAncestors: NOTHING,
  },
  permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  // Under the library's `no-referrer` browsers would send our own forms with `Origin: null`.
  referrerPolicy: "same-origin",
  // For this host; what else the operator's domain has is not ours to promise.
  strictTransportSecurity: "max-age=31536000",
  xFrameOptions: "DENY",
});

/** What does not say for how long it may be kept is kept by nobody. */
export const keptByNobody: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
};
