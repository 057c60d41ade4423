/** What a parameter of a placed link may become. */
import { isClickParameter } from "../../../workers/core/click/click-parameters.ts";

export function isSubIdTarget(target: string): boolean {
  return isClickParameter(target) && /^(?:sub(?:[1-9]|10)|external_id|url)$/.test(target);
}
