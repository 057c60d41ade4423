/** Which columns of a click hold what is personal: erasure empties them wherever a click is told of. Country, device and the like stay, since sums are kept by them. */
import { CLICK_FACTS } from "../click-log/click-facts.ts";

export const PERSONAL_CLICK_COLUMNS: readonly string[] = CLICK_FACTS.flatMap(({ name, isPersonal }) =>
  isPersonal ? [name] : [],
);
