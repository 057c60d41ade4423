/** Makes a destination's template of what its owner wrote, or says beside which field what is wrong with it: unknown macros, questions, secrets, and addresses that nobody is told at. */
import type { DestinationKind, DestinationOwner } from "../../core/courier/destination-settings.ts";
import { isOwnName, isToldLoopback } from "../../core/courier/loopback.ts";
import { ADDRESS_FAULTS, type AddressFault, readReceiverAddress } from "../../core/courier/receiver-address.ts";
import type { Template } from "../../core/courier/template.ts";
import { readTemplate, TEMPLATE_FAULTS, type TemplatePlace } from "../../core/courier/template-reader.ts";
import { type TranslatedMacro, translateTemplate } from "../../core/courier/template-translation.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../web/problem.ts";
import { READY_TEMPLATES, type ReadyTemplate } from "./ready-templates.ts";

/** What is said of a template: written, or one that is ready with what it asks for. */
export interface TemplateInput {
  kind: DestinationKind;
  owner: DestinationOwner;
  template: Template;
  ready: string | null;
  values: Readonly<Record<string, string>>;
  person: string | null;
  meanings: Readonly<Record<string, string>>;
}

export interface WrittenTemplate {
  template: Template;
  translated: TranslatedMacro[];
  /** Whose name is to be looked up before it is saved; null where it is this machine's. */
  host: string | null;
  /** Names of the secrets that it takes. */
  secrets: ReadonlySet<string>;
  ready: ReadyTemplate | null;
}

export interface FieldFault {
  pointer: string;
  detail: string;
}

/** The fields of the API by the places of a template. */
const POINTERS: Record<TemplatePlace, string> = {
  address: "#/url",
  header: "#/headers",
  user: "#/user",
  password: "#/password",
  body: "#/body",
  needs: "#/needs",
};

export function writeTemplate(env: Env, input: TemplateInput): Result<WrittenTemplate, Problem> {
  const made = input.ready === null ? byHand(input) : fromReady(input, input.ready);
  if (!made.ok) return made;
  const { template, translated, ready } = made.value;
  const isLoopback = isToldLoopback(template.url, env.LOOPBACK_PORTS);
  // What is told to this machine needs no https.
  const kind = isLoopback ? "postback" : input.kind;
  const read = readTemplate(template, { kind, owner: input.owner });
  if (!read.ok)
    return refuse(
      faulty(
        read.refusal.map(({ place, reason, written }) => ({
          pointer: POINTERS[place],
          detail: `${written === "" ? "" : `${written}: `}${TEMPLATE_FAULTS[reason]}`,
        })),
      ),
    );
  const { origin, secrets } = read.value;
  const address = isLoopback
    ? accept(null)
    : readReceiverAddress(origin, { http: kind === "postback", ownHosts: ownHosts(env) });
  if (!address.ok) return refuse(faulty([{ pointer: "#/url", detail: addressFault(env, address.refusal, origin) }]));
  return accept({ template, translated, ready, secrets, host: address.value?.hostname ?? null });
}

/** A problem that names every fault beside its field. */
export function faulty(errors: readonly FieldFault[]): Problem {
  const detail = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join(" ");
  return { name: "invalid_input", detail, errors: [...errors] };
}

/** On one machine it is said which of its own ports may be told. */
function addressFault(env: Env, fault: AddressFault, origin: string): string {
  const { hostname, port } = new URL(origin);
  if (env.LOOPBACK_PORTS === "" || port === "" || !isOwnName(hostname)) return ADDRESS_FAULTS[fault];
  return `Of this machine only the ports ${env.LOOPBACK_PORTS.split(",").join(" and ")} are told, by http, which are those of npm run demo: start it with npm start -- --allow-loopback to tell any other.`;
}

type Made = Pick<WrittenTemplate, "template" | "translated" | "ready">;

function fromReady({ values, person, template, kind }: TemplateInput, name: string): Result<Made, Problem> {
  const ready = READY_TEMPLATES.get(name);
  if (!ready) return refuse(faulty([{ pointer: "#/ready", detail: unknownTemplate(name) }]));
  const wanted = ready.kind === "tool" ? "tool" : "postback";
  if (kind !== wanted)
    return refuse(
      faulty([{ pointer: "#/kind", detail: `The template ${name} is of the kind ${wanted}: write that.` }]),
    );
  const written = ready.write(values, person);
  if (written)
    return accept({
      template: { ...written, needs: [...new Set([...written.needs, ...template.needs])] },
      translated: [],
      ready,
    });
  return refuse(faulty(missingOf(ready, values, person)));
}

function missingOf(
  { name, kind, fields }: ReadyTemplate,
  values: Readonly<Record<string, string>>,
  person: string | null,
): FieldFault[] {
  const asked = fields.filter(({ secret }) => !secret);
  const list = asked
    .map(({ name, label, options }) => `${name} (${options ? options.join(" or ") : label})`)
    .join(", ");
  const missing = asked.filter(({ name }) => (values[name]?.trim() ?? "") === "").map(({ name }) => name);
  const said = missing.length > 0 ? `${missing.join(", ")} is missing.` : "One of them is not of its form.";
  const ofValues =
    asked.length > 0 ? [{ pointer: "#/values", detail: `The template ${name} asks for ${list}. ${said}` }] : [];
  const detail = "Name the macro that says who the person is there, without braces, such as meta.customer_id.";
  return kind === "tool" && person === null ? [{ pointer: "#/person", detail }] : ofValues;
}

function unknownTemplate(name: string): string {
  const folded = name.toLowerCase();
  const like = [...READY_TEMPLATES.keys()].filter((known) => known.toLowerCase().includes(folded.slice(0, 4)));
  return `There is no ready template "${name}".${like.length > 0 ? ` Perhaps ${like.join(" or ")}.` : " GET /api/ready-templates lists them."}`;
}

function byHand({ kind, owner, template, meanings }: TemplateInput): Result<Made, Problem> {
  if (template.url.trim() === "")
    return refuse(faulty([{ pointer: "#/url", detail: "Write the address, or choose a ready template." }]));
  if (kind === "webhook") return webhookOf(template);
  const {
    translated,
    questions,
    unknown,
    template: whole,
  } = translateTemplate(template, { owner: owner.type, answers: meanings });
  const faults = [
    ...unknown.map(({ place, written, perhaps }) => ({
      pointer: POINTERS[place],
      detail: `${written}: There is no macro of this name.${perhaps === null ? "" : ` Perhaps {${perhaps}} is meant.`}`,
    })),
    ...questions.map(({ place, written, why, choices }) => ({
      pointer: POINTERS[place],
      detail: `{${written}} can mean several things. ${why} Say which among the meanings: ${choices.map((choice) => `${written} = ${choice}`).join(" or ")}.`,
    })),
  ];
  if (faults.length > 0) return refuse(faulty(faults));
  return accept({ template: whole, translated, ready: null });
}

function webhookOf({ url, headers, basic, body }: Template): Result<Made, Problem> {
  const detail = "A webhook's body and headers are ours, signed: leave this out, or take the kind postback.";
  const faults = [
    ...(/[{}]/.test(url)
      ? [{ pointer: "#/url", detail: "A webhook's address has no macros: its body tells all." }]
      : []),
    ...(headers.length > 0 ? [{ pointer: "#/headers", detail }] : []),
    ...(basic ? [{ pointer: "#/user", detail }] : []),
    ...(body ? [{ pointer: "#/body", detail }] : []),
  ];
  if (faults.length > 0) return refuse(faulty(faults));
  const template: Template = { method: "POST", url: url.trim(), headers: [], basic: null, body: null, needs: [] };
  return accept({ template, translated: [], ready: null });
}

function ownHosts({ CLICK_ORIGIN, POSTBACK_ORIGIN }: Env): string[] {
  return [CLICK_ORIGIN, POSTBACK_ORIGIN].flatMap((origin) => URL.parse(origin)?.hostname ?? []);
}
