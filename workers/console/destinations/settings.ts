/** The columns of a destination out of what is said of it: template, filters and secrets, each held to what its owner may set. */

import { hearsAlerts } from "../../core/courier/alert-notice.ts";
import { isStatementType } from "../../core/courier/delivery-types.ts";
import { DEFAULT_FILTERS, WHOLE_SHARE_BPS } from "../../core/courier/destination-filters.ts";
import type { DestinationFilters, DestinationKind, DestinationOwner } from "../../core/courier/destination-settings.ts";
import { ADDRESS_FAULTS } from "../../core/courier/receiver-address.ts";
import type { AnswerRules } from "../../core/courier/receivers-answer.ts";
import type { Template } from "../../core/courier/template.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { readSealingKey, sealSecret } from "../../core/sealed-secrets.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { findOffer } from "../offers/store.ts";
import { KEPT_SECRET } from "../set-up/kept-secrets.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { askCourier } from "./ask-courier.ts";
import type { DestinationChange, ShownDestination } from "./fields.ts";
import { EMPTY_CONFIG, type KeptConfig } from "./kept-config.ts";
import type { ReadyTemplate } from "./ready-templates.ts";
import { platformFaults, statusesOf, writePlatform } from "./written-platform.ts";
import { type FieldFault, faulty, writeTemplate } from "./written-template.ts";

/** A destination as it was, or is while it is made. */
type Present = Pick<ShownDestination, "row" | "config" | "filters" | "offers">;

interface WrittenConfig {
  config: KeptConfig;
  /** Names of its secrets. */
  takes: ReadonlySet<string>;
  /** Whose name is to be looked up; null where it is no one's to choose. */
  host: string | null;
}

export interface DestinationColumns {
  config: KeptConfig;
  filters: DestinationFilters;
  secrets: Record<string, string>;
  keyNumber: number | null;
}

/** What the input makes of the present one; `caller` says which offers may be named. */
export async function settingsOf(
  env: Env,
  caller: Caller,
  present: Present,
  input: DestinationChange,
): Promise<Result<DestinationColumns & { offers: string[] }, Problem>> {
  const owner = ownerOf(present.row);
  const config = writtenConfig(env, present, owner, input);
  if (!config.ok) return config;
  const filters = await filtersOf(env, caller, present, owner, withStatuses(config.value.config, present, input));
  if (!filters.ok) return filters;
  const { takes, host, ...kept } = config.value;
  const isOpen = await holdToOpenInternet(env, present, host);
  if (!isOpen.ok) return isOpen;
  // Who may not see secrets cannot have a kept one sent to an address of its own either.
  const mayKeep = isSameRequest(present.config, kept.config) || may(caller, "signing");
  const secrets = await secretsOf(env, mayKeep ? present : withoutSecrets(present), input.secrets ?? {}, takes);
  if (!secrets.ok) return secrets;
  return accept({ config: kept.config, ...filters.value, ...secrets.value });
}

/** True when the request is written as before, wherever secrets stand in it. */
function isSameRequest(one: KeptConfig, other: KeptConfig): boolean {
  const written = ({ template, platform, ready, values }: KeptConfig) => [template, platform?.name, ready, values];
  return JSON.stringify(written(one)) === JSON.stringify(written(other));
}

function withoutSecrets(present: Present): Present {
  return { ...present, row: { ...present.row, secrets: {} } };
}

/** An ad platform that is told from another status on hears of other ones, unless somebody says which. */
function withStatuses({ platform }: KeptConfig, { config }: Present, input: DestinationChange): DestinationChange {
  if (!platform || platform.settings.countsFrom === config.platform?.settings.countsFrom) return input;
  const unsaid = input.statuses === undefined || isAsItBegins(input.statuses);
  return unsaid ? { ...input, statuses: statusesOf(platform) } : input;
}

/** As a form sends them that was filled with how a destination begins. */
function isAsItBegins(statuses: readonly string[]): boolean {
  return JSON.stringify(statuses) === JSON.stringify(DEFAULT_FILTERS.statuses);
}

export function ownerOf({ ownerType, owner }: Pick<ShownDestination["row"], "ownerType" | "owner">): DestinationOwner {
  return ownerType === "programme" || owner === null ? { type: "programme" } : { type: ownerType, number: owner };
}

function writtenConfig(
  env: Env,
  whole: Present,
  owner: DestinationOwner,
  input: DestinationChange,
): Result<WrittenConfig, Problem> {
  const { row, config: present } = whole;
  const { kind } = row;
  if (kind === "platform") return platformConfig(whole, owner, input);
  const strays = [...platformFaults(whole, input), ...bodyFormFaults(saidTemplate(whole, input), input)];
  if (strays.length > 0) return refuse(faulty(strays));
  const ready = input.ready === undefined ? present.ready : input.ready;
  const said = saidTemplate(whole, input);
  const values = input.values ?? present.values;
  const person = input.person === undefined ? present.person : input.person;
  const meanings = input.meanings ?? present.meanings;
  const isOwnWord = JSON.stringify(said) !== JSON.stringify({ ...present.template, needs: said.needs });
  if (ready !== null && isOwnWord)
    return refuse(
      faulty([
        {
          pointer: "#/ready",
          detail: `${ready} writes the request: leave it as it is, or leave the ready template empty.`,
        },
      ]),
    );
  const written = writeTemplate(env, { kind, owner, template: said, ready, values, person, meanings });
  if (!written.ok) return written;
  const { template, translated, secrets, host, ready: source } = written.value;
  const isSame = JSON.stringify(template) === JSON.stringify(present.template);
  const repeats = input.deduplicates === undefined ? present.repeats : input.deduplicates;
  const isFresh = ready !== null && ready !== present.ready;
  const config: KeptConfig = {
    ...present,
    template,
    answers: answersOf(isFresh ? { ...EMPTY_CONFIG.answers, ...source?.answers } : present.answers, input, isFresh),
    repeats,
    deduplicates: repeats ?? isUsuallyOnce(kind, template, source),
    signatureForm: input.signature ?? present.signatureForm ?? "v1",
    ...paceOf(present, input),
    ready,
    values,
    person,
    meanings,
    translated: isSame ? present.translated : translated,
  };
  return accept({ config, takes: secrets, host });
}

/** A form of a body that is not there. */
function bodyFormFaults({ body }: Template, { body_form: form = "json" }: DestinationChange): FieldFault[] {
  if (body !== null || form === "json") return [];
  return [{ pointer: "#/body_form", detail: "There is no body: write one, or leave its form at JSON." }];
}

/** An ad platform's: its request is ours, and what it answers is read by `core/platforms`. */
function platformConfig(
  whole: Present,
  owner: DestinationOwner,
  input: DestinationChange,
): Result<WrittenConfig, Problem> {
  const written = writePlatform(whole, owner, input);
  if (!written.ok) return written;
  const { platform, values, secrets } = written.value;
  return accept({
    config: { ...whole.config, ...paceOf(whole.config, input), platform, values },
    takes: secrets,
    host: null,
  });
}

function paceOf(
  present: KeptConfig,
  { deadline_hours: hours, per_second: perSecond }: DestinationChange,
): Pick<KeptConfig, "deadlineMs" | "ratePerSecond"> {
  return {
    deadlineMs: hours === undefined ? present.deadlineMs : hours === null ? null : hours * HOUR_MS,
    ratePerSecond: perSecond === undefined ? present.ratePerSecond : perSecond,
  };
}

/** A name that is new here is looked up. Where nobody can be asked it is saved: it is looked up again before it is told. */
async function holdToOpenInternet(
  env: Env,
  { config }: Pick<Present, "config">,
  host: string | null,
): Promise<Result<null, Problem>> {
  if (host === null || URL.parse(config.template.url)?.hostname === host) return accept(null);
  const leads = await askCourier(env, (courier) => courier.leadsTo(host));
  if (!leads.ok || leads.value !== "closed") return accept(null);
  return refuse(faulty([{ pointer: "#/url", detail: ADDRESS_FAULTS.leads_home }]));
}

/** By the present ones. What a form leaves empty with a template that it has just chosen is as that says. */
function answersOf(present: AnswerRules, input: DestinationChange, isFresh: boolean): AnswerRules {
  const { body_contains: contains, body_lacks: lacks, accept_3xx: accept3xx = present.accept3xx } = input;
  const said = (given: string | null | undefined, known: string | null) =>
    given === undefined || (given === null && isFresh) ? known : given;
  const bodyLacks = said(lacks, present.bodyLacks ?? null);
  return {
    bodyContains: said(contains, present.bodyContains),
    accept3xx,
    ...(bodyLacks === null ? {} : { bodyLacks }),
  };
}

/** Receivers that take one delivery once: webhooks by their ID, and a plain GET is repeated without harm wherever nothing says otherwise. */
function isUsuallyOnce(kind: DestinationKind, { method }: Template, ready: ReadyTemplate | null): boolean {
  if (kind === "webhook") return true;
  return kind === "postback" ? method === "GET" || ready?.deduplicates === true : ready?.deduplicates === true;
}

/** The template as the input says it; what it leaves out is as it is. */
function saidTemplate({ config: { template } }: Pick<Present, "config">, input: DestinationChange): Template {
  const { url = template.url, method = template.method, headers = template.headers, needs = template.needs } = input;
  const bodyText = input.body === undefined ? (template.body?.text ?? null) : input.body;
  const form = input.body_form ?? template.body?.form ?? "json";
  const user = input.user === undefined ? (template.basic?.user ?? null) : input.user;
  const password = input.password === undefined ? (template.basic?.password ?? null) : input.password;
  return {
    method,
    url,
    headers,
    basic: user === null && password === null ? null : { user: user ?? "", password: password ?? "" },
    body: bodyText === null || bodyText === "" ? null : { form, text: bodyText },
    needs,
  };
}

async function filtersOf(
  env: Env,
  caller: Caller,
  { row, filters, offers: present }: Present,
  owner: DestinationOwner,
  input: DestinationChange,
): Promise<Result<{ filters: DestinationFilters; offers: string[] }, Problem>> {
  const shareBps = input.share === undefined ? filters.shareBps : Math.round(input.share * 100);
  if (owner.type !== "programme" && shareBps !== WHOLE_SHARE_BPS)
    return refuse(
      faulty([
        {
          pointer: "#/share",
          detail: "A share is for the programme's own destinations: its owner hears all of its own.",
        },
      ]),
    );
  if (owner.type !== "programme" && hearsAlerts(input.types ?? filters.types))
    return refuse(faulty([{ pointer: "#/types", detail: "Alerts are for the programme's own destinations." }]));
  if (row.kind === "platform" && hearsAlerts(input.types ?? filters.types))
    return refuse(faulty([{ pointer: "#/types", detail: "An ad platform hears of conversions alone." }]));
  if (row.kind !== "webhook" && (input.types ?? filters.types).some(isStatementType))
    return refuse(
      faulty([{ pointer: "#/types", detail: "Statements are told to webhooks: a template has no words for them." }]),
    );
  const offers = await offerNumbers(env, caller, filters.offers, present, input.offers);
  if (!offers.ok) return offers;
  return accept({
    filters: {
      types: input.types ?? filters.types,
      statuses: input.statuses ?? filters.statuses,
      events: input.events ?? filters.events,
      offers: offers.value,
      countries: input.countries ?? filters.countries,
      minAmountMicros: input.minimum_amount ?? filters.minAmountMicros,
      tests: input.tests ?? filters.tests,
      shareBps,
    },
    offers: input.offers ?? present,
  });
}

async function offerNumbers(
  env: Env,
  caller: Caller,
  numbers: number[],
  present: readonly string[],
  slugs: readonly string[] | undefined,
): Promise<Result<number[], Problem>> {
  if (slugs === undefined || JSON.stringify(slugs) === JSON.stringify(present)) return accept(numbers);
  const found = await Promise.all(slugs.map((slug) => findOffer(env, caller, slug)));
  const missing = slugs.flatMap((slug, at) =>
    found[at]?.ok
      ? []
      : [{ pointer: `#/offers/${at}`, detail: `There is no offer "${slug}", or it is not yours to see.` }],
  );
  if (missing.length > 0) return refuse(faulty(missing));
  return accept(found.flatMap((one) => (one.ok ? [one.value.row.number] : [])));
}

/** What is given, sealed, and what was there; what the template does not take any more is forgotten. */
async function secretsOf(
  env: Env,
  { row }: Present,
  given: Readonly<Record<string, string>>,
  takes: ReadonlySet<string>,
): Promise<Result<Pick<DestinationColumns, "secrets" | "keyNumber">, Problem>> {
  // A form leaves those of an ad platform empty that are not needed there.
  const isPlatform = row.kind === "platform";
  const said = Object.entries(given).filter(([, secret]) => secret !== KEPT_SECRET);
  const fresh = said.filter(([, secret]) => !isPlatform || secret !== "");
  const present = Object.entries(row.secrets).filter(([name]) => takes.has(name));
  const faults = [
    ...fresh
      .filter(([, secret]) => secret === "")
      .map(([name]) => ({ pointer: `#/secrets/${name}`, detail: "Write the secret." })),
    ...fresh
      .filter(([name]) => !takes.has(name))
      .map(([name]) => ({
        pointer: `#/secrets/${name}`,
        detail: `The template has no {secret.${name}}: write that where it belongs.`,
      })),
    ...[...takes]
      .filter((name) => !fresh.some(([own]) => own === name) && !present.some(([own]) => own === name))
      .map((name) => ({ pointer: "#/secrets", detail: `The template takes {secret.${name}}: write it here.` })),
  ];
  if (faults.length > 0) return refuse(faulty(faults));
  if (fresh.length === 0) return accept({ secrets: Object.fromEntries(present), keyNumber: row.keyNumber });
  const key = await sealingKey(env);
  if (!key.ok) return key;
  const sealed = await Promise.all(
    fresh.map(async ([name, secret]) => [name, await sealSecret(key.value, row.number, secret)] as const),
  );
  return accept({ secrets: Object.fromEntries([...present, ...sealed]), keyNumber: key.value.number });
}

async function sealingKey(env: Env) {
  const halves = await askCourier(env, (courier) => courier.sealingKeys());
  if (!halves.ok) return halves;
  const key = await readSealingKey(halves.value);
  if (!key.ok) throw new Error(`the courier's sealing keys cannot be read: ${key.refusal}`);
  return key;
}
