/**
 * What another tracker is, as data: what its paths mean, by which names and words its postbacks speak, and how it answers. It holds nothing but JSON; what it cannot say
 * is a small function with a name beside it.
 *
 * A path is written segment by segment. `{name}` takes one segment that is of the shape of this name (`shapes`, whole; any text without one); `*` as the last segment
 * takes all that is behind, and as the first one any folder before. A slash at the end is not looked at.
 */
import type { SentStatus } from "../../../schema/messages.ts";
import type { ParameterName } from "../postback/parameter-names.ts";

/** Where a request belongs, if its query fits as well: it has one of `has`, none of `lacks`, and says what `is` says. */
export interface TrackerPlace {
  path: string;
  has?: readonly string[];
  lacks?: readonly string[];
  is?: Readonly<Record<string, string>>;
}

/**
 * What is at a place. `alias` and `otherwise` are written with captures and parameters in braces, and fit where each of them says something; `{?}` is the name of the query's
 * first parameter. What an alias is made of is no parameter of the click any more. `answer`: `image` is an empty GIF; `old` is the old tracker's, if it is still there.
 */
export type TrackerRoute = TrackerPlace &
  (
    | { role: "click"; alias: string; otherwise?: string; lower?: true }
    | { role: "postback" }
    | { role: "pixel" }
    | { role: "listed"; what: string; answer: "image" | "old" }
  );

/** What a postback's words mean. Names are read in any case, and no other names than these and the set-up's are. */
export interface TrackerWords {
  /** The tracker's names of parameters → ours. */
  names: Readonly<Record<string, ParameterName>>;
  /** Names that are known and mean nothing here: network, offer and affiliate, which the click says. */
  ignored: readonly string[];
  /** Names of what is a person's: never kept, nor logged. */
  forgotten: readonly string[];
  /** Words of events → ours. */
  events?: Readonly<Record<string, string>>;
  /** Events that senders use as a status. They are no event then. */
  eventStatuses?: Readonly<Record<string, SentStatus>>;
  /** Words of statuses, in lower case → ours. `-`: it says nothing. */
  statuses: Readonly<Record<string, SentStatus | "-">>;
  /** Parameters that list words of statuses, with commas between them: what they list goes before `statuses`. `passed_over`: such a message is for nobody. */
  statusLists?: Readonly<Record<string, SentStatus | "passed_over">>;
  /** What a message without a status says. Absent: nothing, as at our own doors. */
  absentStatus?: SentStatus;
  /** Parameters that say a status by what they are. */
  flags?: Readonly<Record<string, { value: string; status: SentStatus }>>;
  /**
   * An order's number counts within its click, such as `2` for a second deposit, and is written behind the click's ID; what is sold without one is the first. Where set-up's
   * own mapping names it `txid`, it is the advertiser's, as at our own doors.
   */
  txidOfClick?: true;
  /** Amounts may have a comma where others have a decimal point. */
  decimalComma?: true;
  /** An amount below nothing takes back the whole. */
  negativeReverses?: true;
  /** Values that its own templates ship with for what may be left out. */
  leftOut?: readonly string[];
}

/**
 * How the tracker answers. Absent: as we do, but with 503 where we say 429; whoever is to send again is always told so by us. A body is written with `{message}`, why it was
 * refused, and `{click_id}`, as far as it has letters and digits.
 */
export interface TrackerAnswers {
  accepted?: TrackerAnswer;
  /** Refused for its click ID. */
  noClick?: TrackerAnswer;
  refused?: TrackerAnswer;
  /** A parameter by which a sender asks for our answer in place of the tracker's. */
  oursWhen?: Readonly<Record<string, string>>;
}

export interface TrackerAnswer {
  status: number;
  type: string;
  body: string;
}

export interface TrackerTable {
  label: string;
  /** The first that fits speaks. */
  routes: readonly TrackerRoute[];
  /** Regular expressions, of whole segments, decoded. */
  shapes: Readonly<Record<string, string>>;
  /** Parameters of a placed link → `sub1` … `sub10`, `external_id`, `url`. */
  clickNames: Readonly<Record<string, string>>;
  words: TrackerWords;
  /** A click ID that the tracker issued itself. `lower`: its case means nothing. */
  clickId: { shape: string; lower?: true };
  /** Where its own key or token stands: a segment of the path, or a parameter. Null where it has none: then ours, `token`, is asked for where set-up has one. */
  secret: { segment: string } | { parameter: string } | null;
  answers: TrackerAnswers;
}
