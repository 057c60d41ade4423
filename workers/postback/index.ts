/** The mailbox: takes postbacks, and gives a receipt once the queue has them on disk. */
import { createHandler } from "./handler.ts";

export default createHandler();
