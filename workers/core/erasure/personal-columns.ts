/** Which columns of a click hold what is personal: erasure empties them wherever a click is told of. Country, device and the like stay, since sums are kept by them. */
import { SUB_ID_COUNT } from "../click/sub-ids.ts";

export const PERSONAL_CLICK_COLUMNS: readonly string[] = [
  "referrer",
  "external_id",
  ...Array.from({ length: SUB_ID_COUNT }, (_, index) => `sub${index + 1}`),
];
