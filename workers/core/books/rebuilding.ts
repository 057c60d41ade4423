/** What an advertiser's object says while it is made anew from the archive of its commands, and what it holds. */

/** `no_archive`: nothing complete lies there. `not_empty`: the object holds books, and nobody said that they are to go. */
export type RebuildAnswer = { refused: "no_archive" | "not_empty" } | { pieces: number; of: number; isDone: boolean };

/** What there was to archive: all of it is, `more` is left for the next run, or the archive is another object's and nothing was written. */
export type ArchivedCommands = "all" | "more" | "lost";

/** What an object holds, counted, and how far its archive is. */
export interface BookCounts {
  messages: number;
  conversions: number;
  /** The number of the last row of the journal. */
  journal: number;
  /** The last piece that the object knows to be archived. */
  piece: number;
  isBeingRebuilt: boolean;
}

/** Whether the archive of an object's commands is written anew: not of one that is made anew itself, or was lost, since the archive is what is left of it. */
export type RewritingBegun = "begun" | "being_rebuilt" | "lost";
