/** The worker that `door.ts` is built around; the build sets the alias. */
declare module "clickback-worker" {
  const worker: ExportedHandler<Record<string, unknown>>;
  export default worker;
}
