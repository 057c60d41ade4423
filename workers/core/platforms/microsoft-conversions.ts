/** Microsoft Advertising: offline conversions, and their restatement and retraction. A click, a goal and a time name a conversion there. */
import { accept } from "../result.ts";
import { DAY_MS, HOUR_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere, ToldEvent } from "./ad-platform.ts";
import { type ExactJson, exactNumber, writeExactJson, writtenJson } from "./exact-json.ts";
import { readTokenAnswer, tokenRequest } from "./oauth-tokens.ts";
import {
  everyEvent,
  inDoubt,
  listAt,
  numberAt,
  off,
  readStatus,
  refused,
  refusedTogether,
  retry,
  textAt,
  wordsOf,
} from "./platform-answers.ts";
import { rfc3339Seconds } from "./platform-times.ts";

const VERSION = "v13";
const HOST = `https://campaign.api.bingads.microsoft.com/CampaignManagement/${VERSION}`;
const TOKENS = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
/** From memory, as the codes of errors below. */
const SCOPE = "https://ads.microsoft.com/msads.manage offline_access";

const INVALID_CREDENTIALS = 105;
const NO_RIGHTS = 106;
const TOKEN_EXPIRED = 109;
const BUSY = [117, 207];
const LATER_MS = 6 * HOUR_MS;

export const MICROSOFT: AdPlatform = {
  label: "Microsoft Advertising",
  pages: [
    "https://learn.microsoft.com/advertising/campaign-management-service/applyofflineconversions",
    "https://learn.microsoft.com/advertising/campaign-management-service/applyofflineconversionadjustments",
    "https://learn.microsoft.com/advertising/bulk-service/offline-conversion",
  ],
  pins: [
    {
      api: "Campaign Management (REST)",
      version: VERSION,
      verifiedOn: "2026-11-30",
      sunsetOn: null,
      note: "Its SOAP twin retires on 2027-01-31 and is not used here.",
    },
  ],
  clickIds: ["msclkid"],
  fields: [
    {
      name: "customer",
      label: "Customer ID",
      required: true,
      form: /^\d{1,15}$/,
      help: "The number behind cid= in the console's address.",
    },
    {
      name: "account",
      label: "Account ID",
      required: true,
      form: /^\d{1,15}$/,
      help: "The number behind aid=, not the account's name of letters and digits.",
    },
    {
      name: "developer_token",
      label: "Developer token",
      secret: true,
      required: true,
      form: /^[0-9A-Za-z]{8,60}$/,
      help: "From the developer portal, for a universal or single user.",
    },
    {
      name: "client_id",
      label: "Application (client) ID",
      required: true,
      form: /^[0-9a-f-]{36}$/i,
      help: "Of an app that is registered in Microsoft Entra.",
    },
    {
      name: "client_secret",
      label: "Client secret",
      secret: true,
      required: false,
      form: /^\S{10,200}$/,
      help: "Where the app is a web application.",
    },
    {
      name: "refresh_token",
      label: "Refresh token",
      secret: true,
      required: true,
      form: /^\S{20,3000}$/,
      help: "For the scope msads.manage with offline_access.",
    },
  ],
  eventName: {
    label: "Goal",
    form: /^[^\u0000-\u001f]{1,100}$/,
    help: "The name of the offline conversion goal, letter for letter; a new one is known after two hours.",
  },
  window: { ms: 90 * DAY_MS, from: "click" },
  clickRestMs: HOUR_MS,
  batch: { events: 1_000, refusal: "event" },
  doubt: { next: "repeat", withinMs: null },
  refunds: "By OfflineConversionAdjustments: Restate, or Retract where nothing is left.",
  test: null,
  missing: [
    "A test: its sandbox needs an account of its own.",
    "Two conversions of one click and goal in the same second: the second is ignored there.",
    "What was retracted cannot be counted again.",
  ],
  unsure: [
    "The limits of the REST calls, and the codes of errors (117 and 207 for too many calls, 105, 106 and 109 for access), which are from memory: what the platform says is shown with the delivery.",
    "Whether an adjustment of a conversion that has not landed there is refused as not found: it is told again after six hours. Refund a conversion of your own on the next day, and look at the goal's report.",
  ],
  access: {
    request: async ({ settings, secretOf, hasSecret }) =>
      tokenRequest(TOKENS, {
        grant_type: "refresh_token",
        client_id: settings.fields.client_id ?? "",
        ...(hasSecret("client_secret") && { client_secret: secretOf("client_secret") }),
        refresh_token: secretOf("refresh_token"),
        scope: SCOPE,
      }),
    read: readTokenAnswer,
  },
  lane: ({ move }) => accept({ call: move === "sale" ? "apply" : "adjust", target: "" }),
  event: (told) => (told.move === "sale" ? saleOf(told) : adjustmentOf(told)),
  request: (batch, { call }, { settings: { fields }, secretOf }) => {
    const list = batch.map(({ json }) => writtenJson(json));
    return {
      method: "POST",
      url: `${HOST}/${call === "apply" ? "OfflineConversions" : "OfflineConversionAdjustments"}/Apply`,
      headers: [
        ["content-type", "application/json"],
        ["authorization", `Bearer ${secretOf("access_token")}`],
        ["developertoken", secretOf("developer_token")],
        ["customerid", fields.customer ?? ""],
        ["customeraccountid", fields.account ?? ""],
      ],
      body: writeExactJson(call === "apply" ? { OfflineConversions: list } : { OfflineConversionAdjustments: list }),
    };
  },
  read: readMicrosoft,
};

function saleOf({ click, name, atMs, value, facts }: ToldEvent): ExactJson {
  return {
    MicrosoftClickId: click?.id ?? "",
    ConversionName: name,
    ConversionTime: rfc3339Seconds(atMs),
    ...(value !== null && { ConversionValue: exactNumber(value), ConversionCurrencyCode: facts.currency }),
  };
}

/** The value of a restatement is what is left, not what was taken away. */
function adjustmentOf({ move, click, name, atMs, changedAtMs, value, facts }: ToldEvent): ExactJson {
  const isRetracted = move === "gone";
  return {
    AdjustmentType: isRetracted ? "Retract" : "Restate",
    MicrosoftClickId: click?.id ?? "",
    ConversionName: name,
    ConversionTime: rfc3339Seconds(atMs),
    AdjustmentTime: rfc3339Seconds(changedAtMs),
    ...(!isRetracted && { AdjustmentValue: exactNumber(value ?? "0"), AdjustmentCurrencyCode: facts.currency }),
  };
}

/** `{"PartialErrors":[{"Index","Code","ErrorCode","Message"}]}` names what was refused; what it does not name was taken. A fault has `Errors`, `OperationErrors`, `BatchErrors`. */
function readMicrosoft(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const faults = ["Errors", "OperationErrors", "BatchErrors"].flatMap((name) => listAt(said.json, name) ?? []);
  const fault = faults.map((one) => faultVerdict(one, said)).find((verdict) => verdict !== null);
  if (fault) return everyEvent(batch, fault);
  const words = faults.length > 0 ? faults.map(wordsOfError).join(" ") : wordsOf(said);
  // A token lasts an hour; another one is to be had as long as the refresh token is good.
  if (said.status === 401) return everyEvent(batch, retry("access_expired", 0));
  const plain = readStatus(batch, said, words);
  if (plain) return plain;
  if (faults.length > 0) return refusedTogether(batch, words);
  if (said.json === undefined) return everyEvent(batch, inDoubt("unreadable_answer"));
  const errors = listAt(said.json, "PartialErrors") ?? [];
  const stray = errors.find((error) => numberAt(error, "Index") === null);
  if (stray !== undefined) return refusedTogether(batch, wordsOfError(stray));
  return batch.map((event, index) => {
    const own = errors.find((error) => numberAt(error, "Index") === index);
    return own === undefined ? { outcome: "delivered" } : errorVerdict(event, own);
  });
}

/** Of what concerns the whole request; null where it is no matter of access or pace. */
function faultVerdict(error: unknown, { afterMs }: SaidThere): PlatformVerdict | null {
  const code = numberAt(error, "Code");
  if (code === TOKEN_EXPIRED) return retry("access_expired", 0);
  if (code === INVALID_CREDENTIALS) return off("token_refused", wordsOfError(error));
  if (code === NO_RIGHTS) return off("no_rights_there", wordsOfError(error));
  return code !== null && BUSY.includes(code) ? retry("platform_busy", afterMs) : null;
}

function errorVerdict({ lane }: PreparedEvent, error: unknown): PlatformVerdict {
  const code = numberAt(error, "Code");
  if (code !== null && BUSY.includes(code)) return retry("platform_busy", null);
  const isEarly = lane.call === "adjust" && /NotFound|TooRecent/i.test(textAt(error, "ErrorCode") ?? "");
  return isEarly ? retry("not_landed_there", LATER_MS) : refused(wordsOfError(error));
}

function wordsOfError(error: unknown): string {
  return [textAt(error, "ErrorCode") ?? textAt(error, "Code"), textAt(error, "Message")].filter(Boolean).join(": ");
}
