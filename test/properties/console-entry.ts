/** The console as it is deployed, with the list of its pages beside it: what its bundle for the properties begins with. */
export { ClickReader, default } from "../../workers/console/index.ts";
export { PAGES } from "../../workers/console/routes.tsx";
