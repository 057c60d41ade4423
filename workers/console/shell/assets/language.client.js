// uPlot asks for numbers in the browser's language, and some browsers name theirs as the system does ("en-US@posix"), which Intl does not know.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
