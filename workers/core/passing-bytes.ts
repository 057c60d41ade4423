/** Texts as UTF-8 for HMACs, through one buffer: a buffer of its own for each text would cost as much as the HMAC over it. */
const encoder = new TextEncoder();
const BUFFER = new Uint8Array(4_096);
/** UTF-8 takes at most so many bytes for each unit of a string. */
const BYTES_PER_UNIT = 3;
const MAX_ASCII = 0x7f;

/** The bytes of `text`, good until the next call: hand them over at once, and keep them nowhere. */
export function passingBytes(text: string): Uint8Array {
  if (text.length * BYTES_PER_UNIT > BUFFER.length) return encoder.encode(text);
  // ASCII, as nearly all of them are, is written here: a call of the encoder costs more than it saves.
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > MAX_ASCII) return BUFFER.subarray(0, encoder.encodeInto(text, BUFFER).written);
    BUFFER[at] = unit;
  }
  return BUFFER.subarray(0, text.length);
}
