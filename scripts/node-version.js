// Loaded before every script of package.json: an old Node gets one clear line instead of a stack trace. Plain JavaScript, since an old Node reads nothing else.
const OLDEST = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `Clickback needs Node ${OLDEST.join(".")} or newer, and this is ${process.version}: run it with npm (npm start), which brings its own Node on Linux, or install a newer Node.`,
  );
  process.exit(1);
}
// Only now: an old Node could not read it.
await import("./help.js");
