/** Slugs: the names by which people and addresses call offers, links, affiliates and advertisers. */

/** As a part of a regular expression. They are written in lower case; where people type them, either case is taken. */
export const SLUG = "[a-z0-9][a-z0-9_-]{0,62}";
