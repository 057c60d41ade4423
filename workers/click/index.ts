/** The edge's door: GET /c/{slug} → a redirect with a click ID. What one isolate remembers between requests lives in the handler. */
import { createHandler } from "./handler.ts";

export default createHandler();
