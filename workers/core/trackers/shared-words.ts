/** Words that mean one status wherever they are said. Digits are none of them: `1` is paid at one network, and on hold at the next. */

export const SHARED_STATUSES = {
  pending: "pending",
  hold: "pending",
  wait: "pending",
  waiting: "pending",
  approved: "approved",
  approve: "approved",
  confirmed: "approved",
  rejected: "rejected",
  reject: "rejected",
  declined: "rejected",
  cancelled: "rejected",
  canceled: "rejected",
  trash: "rejected",
} as const;

/** `adv1` … `adv10` as `meta.adv1` … : what the tracker's customers carry along under names of their own. */
export function numberedMeta(stem: string, from: number, to: number): Record<string, `meta.${string}`> {
  return Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, place) => [`${stem}${from + place}`, `meta.${stem}${from + place}`]),
  );
}

/** `s1` … as `sub1` … . */
export function numberedSubs(stem: string, from: number, to: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, place) => [`${stem}${from + place}`, `sub${from + place}`]),
  );
}

/** Names under which apps and browsers send what is a person's. */
export const PERSONAL_NAMES: readonly string[] = [
  "ip",
  "conv_ip",
  "session_ip",
  "user_ip",
  "ip_address",
  "ua",
  "user_agent",
  "email",
  "email_hash",
  "phone",
  "first_name",
  "last_name",
  "name",
  "address",
  "user_id",
  "customer_id",
  "gaid",
  "google_aid",
  "google_aid_md5",
  "google_aid_sha1",
  "android_id",
  "idfa",
  "ios_ifa",
  "ios_ifv",
  "idfv",
  "device_id",
  "referrer",
  "referer",
  "fbclid",
  "gclid",
  "ttclid",
];
