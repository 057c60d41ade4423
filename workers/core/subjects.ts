/** What is set up under a number, and known outside by its slug. */

export const SUBJECTS = ["advertiser", "offer", "affiliate", "link"] as const;
export type Subject = (typeof SUBJECTS)[number];
