/** The limit for a peer's text in events and log lines, in UTF-16 code units. */
export const LONGEST_TEXT = 128;

export function shortened(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  // The cut may leave half of a surrogate pair.
  return `${text.slice(0, longest).toWellFormed()}…`;
}
