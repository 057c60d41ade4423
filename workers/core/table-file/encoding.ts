/** In which letters a file is written: told by its mark, by the zeros of UTF-16, or by what its bytes can be. */

/** As TextDecoder names them (https://encoding.spec.whatwg.org/#names-and-labels). */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type FileEncoding = (typeof ENCODINGS)[number];

const MARKS: readonly [FileEncoding, readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];
/** So many bytes of a file's beginning are looked at. */
const LOOKED_AT = 4_096;
const REPLACEMENT = /\ufffd/g;
const BEYOND_ASCII = /[^\u0000-\u007f]/gu;

/** What the first bytes of a file tell: its mark, or zeros in every other place, which is UTF-16 without one. Null where they tell nothing. */
export function encodingOfStart(start: Uint8Array): FileEncoding | null {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => start[index] === byte));
  if (marked) return marked[0];
  const looked = start.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  for (const [index, byte] of looked.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > looked.length / 4 && even === 0) return "utf-16le";
  return even > looked.length / 4 && odd === 0 ? "utf-16be" : null;
}

/** The name of an encoding, as a header or a command says it (`latin1`, `UTF8`); null for one that we do not read. */
export function readEncoding(name: string): FileEncoding | null {
  try {
    const { encoding } = new TextDecoder(name);
    return ENCODINGS.find((known) => known === encoding) ?? null;
  } catch {
    return null;
  }
}

/** The encoding that a content type names (`text/csv; charset=windows-1252`); null where it names none that we read. */
export function charsetOf(headers: Headers): FileEncoding | null {
  const name = /charset="?([^";\s]+)/i.exec(headers.get("content-type") ?? "")?.[1];
  return name === undefined ? null : readEncoding(name);
}

/** `damaged`: not all of its bytes are text in that encoding, so a replacement character may stand for lost ones. */
export interface FoundEncoding {
  encoding: FileEncoding;
  damaged: boolean;
}

/** Of a whole file: its mark, UTF-8 where its bytes are that (one that is damaged in places stays so), else Windows-1252. */
export async function encodingOf(chunks: AsyncIterable<Uint8Array>): Promise<FoundEncoding> {
  const decoder = new TextDecoder("utf-8");
  const strict = strictly();
  let told: FileEncoding | null = null;
  let first = true;
  let broken = 0;
  let letters = 0;
  for await (const chunk of gathered(chunks, LOOKED_AT)) {
    if (first) told = encodingOfStart(chunk);
    if (told !== null && told !== "utf-8") return { encoding: told, damaged: true };
    first = false;
    strict.take(chunk);
    const text = decoder.decode(chunk, { stream: true });
    broken += text.match(REPLACEMENT)?.length ?? 0;
    letters += text.match(BEYOND_ASCII)?.length ?? 0;
  }
  broken += decoder.decode().length;
  if (strict.end()) return { encoding: "utf-8", damaged: false };
  return { encoding: told ?? (letters - broken > broken ? "utf-8" : "windows-1252"), damaged: true };
}

/** Whether all that it takes is UTF-8. */
function strictly() {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let holds = true;
  const attempt = (decode: () => void): void => {
    try {
      if (holds) decode();
    } catch {
      holds = false;
    }
  };
  return {
    take: (chunk: Uint8Array): void => attempt(() => decoder.decode(chunk, { stream: true })),
    end(): boolean {
      attempt(() => decoder.decode());
      return holds;
    },
  };
}

/** The same bytes, the first chunk being of so many at least, or of all that there are. */
export async function* gathered(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array, void> {
  let start: Uint8Array[] | null = [];
  let held = 0;
  for await (const chunk of chunks) {
    if (start === null) yield chunk;
    else {
      start.push(chunk);
      held += chunk.length;
      if (held < bytes) continue;
      yield Buffer.concat(start);
      start = null;
    }
  }
  if (start !== null && held > 0) yield Buffer.concat(start);
}

/** The file as UTF-8 without its mark. What is UTF-8 already passes as it is, broken bytes and all. */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: FileEncoding,
): AsyncGenerator<Uint8Array, void> {
  if (encoding === "utf-8") return yield* withoutMark(chunks);
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let first = true;
  for await (const chunk of gathered(chunks, LOOKED_AT)) {
    yield first && encodingOfStart(chunk) === "utf-8" ? chunk.subarray(3) : chunk;
    first = false;
  }
}
