/** The click worker with its log off: the redirect by itself. */
import { createHandler } from "../../workers/click/handler.ts";

export default createHandler({ add: () => {} });
