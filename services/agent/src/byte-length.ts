const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export const byteLength: (text: string) => number =
  typeof Buffer === "undefined" ? (text) => encoder.encode(text).length : (text) => Buffer.byteLength(text);
