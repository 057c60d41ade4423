/** Why a destination is refused, in words for the operator; apart from the reading of it, so that the edge does not carry them. */
import { type DestinationRefusal, MAX_TEMPLATE_LENGTH } from "./destination.ts";

export const DESTINATION_REFUSALS: Readonly<Record<DestinationRefusal, string>> = {
  too_long: `A destination has at most ${MAX_TEMPLATE_LENGTH} characters.`,
  control_character: "A destination has no line breaks, tabs or other control characters.",
  not_http: "A destination is an absolute address that begins with https:// or http://.",
  macro_in_origin: "Macros may stand in path, query and fragment, not in scheme, host or port.",
  credentials: "A destination carries no user name or password.",
  unreadable: "This is not an address that browsers can read.",
};
