/** Words that mean one status at every tracker. Digits are none of them: `1` is paid at one network, and on hold at the next. */
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
