/** What the project's own files import, as the rule of layers reads it, and where such arrows run in a circle. */
import { filesUnder, read, resolveImport } from "./files.ts";

const IMPORTS =
  /^(?:import|export)\s(?<names>[^;"]*?)from\s+"(?<from>[^"]+)"|^import\s+"(?<bare>[^"]+)"|\bimport\("(?<called>[^"]+)"\)/gm;

/** Programs for senders to copy: text, of which nothing runs here. */
const PROGRAMS_AS_TEXT = "workers/core/signing-recipes.ts";
const TEMPLATE = /`(?:\\[\s\S]|[^`\\])*`/g;

export interface Import {
  file: string;
  /** A path relative to the project, or a package. */
  target: string;
  typeOnly: boolean;
}

export function importsOf(file: string): Import[] {
  return importsIn(file, sourceOf(file));
}

export function importsIn(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORTS)].map(({ groups = {} }) => {
    const target = groups.from ?? groups.bare ?? groups.called ?? "";
    return {
      file,
      target: target.startsWith(".") ? resolveImport(file, target) : target,
      typeOnly: /^type\s/.test(groups.names ?? ""),
    };
  });
}

export function sources(folder: string): string[] {
  return filesUnder(folder).filter((file) => /\.tsx?$/.test(file));
}

export function sourceOf(file: string): string {
  return file === PROGRAMS_AS_TEXT ? read(file).replace(TEMPLATE, '""') : read(file);
}

/** Everything that lies behind `start`: itself too, if a way leads back to it. */
export function reachedFrom(start: string, next: (file: string) => readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop())
    for (const target of next(file))
      if (!reached.has(target)) {
        reached.add(target);
        open.push(target);
      }
  return reached;
}

/** The files that reach each other, circle by circle. */
export function circlesAmong(files: readonly string[], next: (file: string) => readonly string[]): string[][] {
  const reached = new Map(files.map((file) => [file, reachedFrom(file, next)]));
  const reaches = (from: string, to: string) => reached.get(from)?.has(to) ?? false;
  const circles = files
    .filter((file) => reaches(file, file))
    .map((file) => files.filter((other) => reaches(file, other) && reaches(other, file)));
  // Each circle was found once from each of its files.
  return circles.filter(([first], index) => circles.findIndex(([other]) => other === first) === index);
}
