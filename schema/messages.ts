/** Data in flight: what the queues carry. A message is a contract between two deploys: fields are added, never renamed, and readers tolerate absence. */

/**
 * The way a postback came in. `pixel` is a claim: anyone may have sent it. `console` is an operator's correction of a conversion, or ruling on a claim; `import` the sender's
 * word out of a file that was imported there; `webhook:` and the path of a source what a shop's or billing platform's own webhook says; `tracker:` and a tracker's slug
 * what came by another tracker's postback URL.
 */
export type Channel =
  | "get"
  | "form"
  | "json"
  | "batch"
  | "import"
  | "pixel"
  | "console"
  | `webhook:${string}`
  | `tracker:${string}`;

/** A conversion's status as long as something of it is left. */
export type OpenStatus = "pending" | "approved" | "rejected";
/** A conversion's status; `reversed` when all of it was given back. */
export type ConversionStatus = OpenStatus | "reversed";
/** The same as senders say it: `reversed` also for a part, `reinstated` where a reversal is undone. */
export type SentStatus = ConversionStatus | "reinstated";

/** What an operator says about the words on a conversion, rather than about the conversion: the sender's, or an own one that is taken back. */
export type HoldAct = "hold" | "release" | "undo";

/** What a sender adds that decides nothing: it rides along to the conversion, and on from there. Each has its entry in `core/riding-facts.ts`. */
export interface RidingFacts {
  coupon?: string;
  customer?: "new" | "returning";
  meta?: Record<string, string>;
  /** The status in the sender's own word, where a mapping translated it. */
  originalStatus?: string;
}

/** A conversion of another tracker's, as its file says it, besides what every postback says: the books take it over as it is, closed. Amounts and times as in `PostbackContent`. */
export interface HistoryContent {
  /** Number of the link that it is put down to. */
  link: number;
  payoutMicros: number;
  clickedAtMs: number;
  /** When the other tracker received it. */
  receivedAtMs: number;
  externalId?: string;
  country?: string;
  /** sub1 … sub10; trailing absent ones are cut. */
  subs?: string[];
}

/** What a postback says, read and checked at the door: see `core/postback/postback-reader.ts`. Amounts are whole micros of the currency, times Unix milliseconds. */
export interface PostbackContent extends RidingFacts {
  clickId?: string;
  event?: string;
  txid?: string;
  /** Another name of the same order, under which other messages may name it. */
  alsoTxid?: string;
  status?: SentStatus;
  refundId?: string;
  /** How much was given back so far; what says it is a reversal, and names neither amount nor refund. */
  refundedTotalMicros?: number;
  amountMicros?: number;
  revenueMicros?: number;
  currency?: string;
  occurredAtMs?: number;
  /** `occurred_at` letter for letter as sent: two unnamed refunds that differ in it are two refunds. */
  occurredAtSent?: string;
  test?: true;
  /** Parameters that nobody read, as sent: a mapping that is made later reads them in a replay. */
  unread?: Record<string, string>;
  /** Optional parameters of which nothing could be made, and why. */
  notes?: Record<string, string>;
  /** Set on a row of another tracker's history, whose `clickId` is that tracker's: it is no word of the sender's. */
  history?: HistoryContent;
}

/** Queue `postbacks`: one accepted postback, or an operator's correction or ruling. */
export interface PostbackMessage {
  kind: "postback";
  /** The message's own key: the same message has the same receipt, however often it is sent. */
  receipt: string;
  /** True when the sender named the message (idempotency key, webhook id, signature), so that its receipt can name a refund. */
  named?: true;
  advertiser: number;
  receivedAtMs: number;
  /** Place among the rows of one batch, from 1: they are received at one moment, and their order is the sender's. */
  row?: number;
  channel: Channel;
  /**
   * The tracker by whose postback URL it came, by number. `clickId` is a click ID that the tracker issued itself before the move: the ledger knows whose it is where it was
   * imported, and puts the adopted click and its advertiser in the message. `target` is the request's path and query as they came, for the old tracker, should the click be
   * unknown: it is kept nowhere but with the courier, until it is told. `unproven`: it was believed since its `advertiser` believes anybody, and nobody else need.
   */
  tracker?: { number: number; clickId?: string; target?: string; unproven?: true };
  /** Version of the advertiser's credentials that vouched for it; absent where nothing had to (open mode, pixel, console, import). */
  credentialVersion?: number;
  /** Keyed hash of the address that it was sent from; absent for the pixel, which visitors send, the console and imports. */
  addressHash?: string;
  content: PostbackContent;
  /**
   * Set on corrections: who made them, why, and which conversion they are for. `act` where they hold or release it, or take a word back, and say nothing else; `undoes` is the
   * receipt of an operator's word that is taken back; `reason` the slug of the operator's reason, on a rejection.
   */
  correction?: {
    by: string;
    note: string;
    conversion: string;
    restate?: true;
    act?: HoldAct;
    undoes?: string;
    reason?: string;
  };
  /** Set when an operator confirms or dismisses a claim; the content names the claim's click, event and order. */
  ruling?: { by: string; note: string; claim: string; dismiss?: true };
  /**
   * Set when an operator applies a what-if to the messages of an order: by its number. `seen` is what the books said of the order when it was looked at, `patches` what is to be
   * otherwise, as JSON: see `core/books/amendment.ts`.
   */
  amendment?: { by: string; note: string; whatIf: number; seen: string; patches: string };
  /** Set when an operator sends it again from the log: where it took no key, it is to be decided anew. */
  replay?: true;
  /** How often it went back to the queue to let its fresh click's log row land. */
  waits?: number;
}

/** Queue `refusals`: a request of a known advertiser that was refused at the door, for the postback log. Parameters come without credentials. */
export interface RefusalMessage {
  kind: "refusal";
  receipt: string;
  advertiser: number;
  receivedAtMs: number;
  channel: Channel;
  reason: string;
  /** Version of the credentials that proved its sender; absent where nothing did, or it was refused before it was read. */
  credentialVersion?: number;
  /** Keyed hash of the address that it was sent from; absent for the pixel. */
  addressHash?: string;
  parameter?: string;
  clickId?: string;
  event?: string;
  txid?: string;
  test?: true;
  /** Set where it was refused before its sender had proved who it is. */
  stranger?: true;
  /** How many requests it stands for, where the door counted those that were refused alike; the same receipt comes again with more. */
  times?: number;
  params: Record<string, string>;
}

/** A click that another tracker had, as its report tells it, of a link of ours. */
export interface AdoptedClick {
  /** What the tracker calls it. */
  foreignId: string;
  /** Number. */
  link: number;
  clickedAtMs: number;
  /** ISO 3166 alpha-2. */
  country?: string;
  device?: string;
  os?: string;
  browser?: string;
  referrer?: string;
  externalId?: string;
  /** sub1 … sub10; an absent one is empty, trailing ones are cut. */
  subs?: string[];
}

/** Queue `postbacks` too: clicks of a tracker, out of a file, to be adopted. The ledger has the keys that their click IDs are sealed with. */
export interface AdoptionMessage {
  kind: "adoption";
  /** Number. */
  tracker: number;
  clicks: AdoptedClick[];
}

/** Queue `postbacks` too: rows of D1 to be written anew from what the advertiser's object holds, and removed where it holds none. */
export interface RepairMessage {
  kind: "repair";
  advertiser: number;
  receipts: string[];
  conversions: string[];
}

/**
 * Queue `postbacks` too: somebody is to be erased from the books of an advertiser, and wherever else these names lie. Names are as they were sent, or what replaced them.
 * The ledger sends it anew with all names that it finds to be the same person's, and erases once it finds no more.
 */
export interface ErasureMessage {
  kind: "erasure";
  advertiser: number;
  clickIds: string[];
  txids: string[];
  /** Also in what no object leads to: what was refused, what could not be settled, and hours that only the archive has. */
  everywhere?: true;
  /** The receipt behind which erasing claims goes on, of which there may be any number. */
  claimsAfter?: string;
  /** Where looking through the archive goes on. */
  after?: { hour: number; piece: number };
  /** The piece behind which looking through the archive of the object's commands goes on: all else is done. */
  commandsAfter?: number;
}

/** What is done to statements, each command with what it needs. Owners and offers by number, statements by ID; times are Unix milliseconds, days as `2026-11-30`, money whole micros. */
export type StatementCommand =
  /** Drafts of all that is due: of what was received before `untilMs`. Drafts of an earlier closing of the same owners and offers give way. */
  | {
      act: "close";
      ownerType: "affiliate" | "advertiser";
      untilMs: number;
      timeZone: string;
      offers?: number[];
      owners?: number[];
      /** The drafts become final as well, on that day and due on another; with a look (`workers/core/statements/closing-look.ts`) only where they come to what was looked at. */
      final?: { day: string; dueOn: string; look?: string };
    }
  | { act: "discard"; statements: number[] }
  /** `day` is the day on which they become final, in the time zone of whoever says so: its year numbers them. */
  | { act: "finalize"; statements: number[]; day: string; dueOn: string }
  | { act: "pay"; payments: { statement: number; reference: string; paidOn: string }[] }
  | { act: "unpay"; statements: number[] }
  | {
      act: "adjust";
      ownerType: "affiliate" | "advertiser";
      owner: number;
      currency: string;
      dueMicros: number;
      reason: string;
    };

/** Queue `postbacks` too: a command about statements, which the ledger takes once, by its key. A closing is sent on by the ledger itself until it is done. */
export interface StatementMessage {
  kind: "statement";
  key: string;
  by: string;
  atMs: number;
  command: StatementCommand;
}

/** How a click counts: at once; only when a conversion follows (HEAD, prefetch, previewers: `provisional`; a page's image, frame or script: `embedded`; known bots: `bot`). The edge sends the flags `provisional`, `embedded` and `bot`, of which, and of the user agent, the ledger makes the kind. */
export type ClickKind = "counted" | "provisional" | "embedded" | "bot";

/** One click for the log. Link number, time and the test flag stand in the click ID. */
export interface LoggedClick {
  clickId: string;
  offer: number;
  affiliate: number;
  advertiser: number;
  provisional?: true;
  /** No navigation: its ID has the flag of a provisional click. */
  embedded?: true;
  /** The platform knows the visitor as a bot. */
  bot?: true;
  country?: string;
  device?: string;
  os?: string;
  /** Travels so that the ledger can name the browser and the bot; never stored. */
  userAgent?: string;
  /** Host of the referrer. */
  referrer?: string;
  /** The source's own click ID, and the parameter that brought it where that tells the platform: see `core/click/external-kind.ts`. */
  externalId?: string;
  externalKind?: string;
  /** What the link said of telling ad platforms: `1` the visitor agreed, `0` did not. */
  adConsent?: string;
  /** sub1 … sub10; trailing absent ones are cut. */
  subs?: string[];
  /** Keyed hash of the visitor with the day's salt; absent without consent. */
  visitor?: string;
}

/** Queue `clicks` too: the ledger's own word that an hour (since 1970) of clicks is to be written to the archive, from where it stands on. */
export interface ArchiveMessage {
  kind: "archive";
  hour: number;
}

/** Queue `clicks`: the clicks that one isolate collected for a moment. */
export interface ClicksMessage {
  kind: "clicks";
  clicks: LoggedClick[];
}

/** What the click log knows of a conversion's click, as far as its row was there. */
export interface NoticedClick {
  /** As in `LoggedClick`. */
  externalId?: string;
  externalKind?: string;
  adConsent?: string;
  /** sub1 … sub10; trailing absent ones are cut. */
  subs?: string[];
  country?: string;
  device?: string;
  os?: string;
  browser?: string;
}

/** Money of a conversion, whole micros of its currency. */
export interface NoticedMoney {
  amountMicros: number;
  payoutMicros: number;
  revenueMicros: number;
}

/** An alert of the console's watch, as destinations are told of it. */
export interface NoticedAlert {
  number: number;
  rule: string;
  label: string;
  /** The slug of whom it is about; both null where it is the whole system. */
  advertiser: string | null;
  destination: string | null;
  /** What was found, in a sentence. */
  said: string;
  /** Where the rows are; without the console's origin where that is not known. */
  url: string;
  sinceMs: number;
  openedAtMs: number;
  closedAtMs: number | null;
  test?: true;
}

/** A statement as it stood behind one news of it, as destinations are told it. */
export interface NoticedStatement {
  /** Its number, such as `2026-0001`. */
  number: string;
  of: "affiliate" | "advertiser";
  /** Slug. */
  owner: string;
  state: "final" | "paid";
  currency: string;
  conversions: number;
  /** Decimals: what was sold, and what is due. */
  amount: string;
  due: string;
  untilMs: number;
  timeZone: string;
  finalizedAtMs: number;
  /** Days; null where nothing is paid. */
  dueOn: string | null;
  paidOn: string | null;
  reference: string | null;
}

/** One entry of the books, with what a receiver may need of its conversion as it stood behind that entry. */
export interface Notice extends RidingFacts {
  conversionId: string;
  /** Place of the entry in its conversion, from 1: with `conversionId` it names the entry. */
  seq: number;
  /** The entry's kind, one of `ENTRY_KINDS` in `core/books/conversion.ts`; an older courier may not know it. */
  kind: string;
  /** The status that the entry before it left, as shown; null at the first. */
  fromStatus: ConversionStatus | null;
  /** As shown: what is held is `pending`. */
  status: ConversionStatus;
  event: string;
  /** Numbers. */
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
  currency: string;
  /** What the conversion is worth behind this entry: the sum of its entries up to it. */
  total: NoticedMoney;
  /** What the entry added: negative where it took back. */
  delta: NoticedMoney;
  /** What the affiliate was to get at the first entry. */
  firstPayoutMicros: number;
  txid?: string;
  /** The refund that this entry books, where its sender named it. */
  refundId?: string;
  /** Absent where a coupon attributed it without a click. */
  clickId?: string;
  clickedAtMs: number;
  occurredAtMs: number;
  /** When the message that caused the entry was received. */
  receivedAtMs: number;
  /** When the books took it, or `receivedAtMs` where a later entry hides that: a destination hears of what was booked after it was made. */
  bookedAtMs: number;
  /** What was sold in another currency than `currency`, as it remains, and at which rate it was booked. */
  original?: { amountMicros: number; currency: string; rate: string };
  /** Why it is held, rejected or corrected, where a rule or a word of ours says so; never an operator's note. */
  reason?: string;
  test?: true;
  /** Another tracker booked it: nobody is told. */
  imported?: true;
  /** An operator decides before it is payable. */
  held?: true;
  /** Absent while the click's row has not landed: then the courier waits for it where a template needs it. */
  click?: NoticedClick;
  /** Where it tells of an alert, and of no entry: `core/courier/alert-notice.ts` makes it. */
  alert?: NoticedAlert;
  /** Where it tells of a statement, and of no entry: `core/courier/statement-notice.ts` makes it. */
  statement?: NoticedStatement;
  /** Where it is a postback that the old tracker is told, and no entry: `core/courier/relay-notice.ts` makes it. Path and query are there until it was told. */
  relay?: { target?: string };
}

/** Queue `notices`: entries that were written to the books. It is sent last, before the ack, so it may come again; the entry's name makes a repeat harmless. */
export interface NoticesMessage {
  kind: "notices";
  notices: Notice[];
}

/** Queue `notices` too: persons of these conversions are erased, and no delivery is to know them any more. */
export interface ForgetMessage {
  kind: "forget";
  conversions: string[];
}

/** A postback of a click that nobody here knows, for the tracker that may still know it. */
export interface RelayedPostback {
  /** The tracker, by number. */
  tracker: number;
  /** Of the message: it is told once. */
  receipt: string;
  /** Number. */
  advertiser: number;
  receivedAtMs: number;
  /** Path and query, as they came. */
  target: string;
}

/** Queue `notices` too: postbacks that their old trackers are told as well. */
export interface RelayMessage {
  kind: "relay";
  postbacks: RelayedPostback[];
}

export type CourierMessage = NoticesMessage | ForgetMessage | RelayMessage;
