/** Words of examples and defaults; longer ones first. */
const WORDS = [
  ...[
    "administrator",
    "installation",
    "changethis",
    "changeit",
    "changeme",
    "fleetlog",
    "password",
    "example",
    "default",
  ],
  ...["letmein", "passwort", "welcome", "access", "bearer", "change", "passwd", "please", "qwertz", "qwerty", "secret"],
  ...["sample", "admin", "dummy", "guest", "operator", "owner", "token", "demo", "pass", "root", "test", "user", "key"],
  ...["this", "your", "the", "now", "my", "me", "to", "it"],
].sort((a, b) => b.length - a.length);
const LETTERS_OF_DIGITS: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
};
const LINES = ["0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
/** A secret with fewer characters beside default words is guessable. */
export const LEAST = 4;
const LEAST_DIFFERENT = 4;

/** Whether a secret consists of default words, rows of keys and repetitions: `changeme-changeme`, `Password12345678`. */
export function isGuessable(secret: string): boolean {
  const text = secret.toLowerCase();
  return [text, text.replaceAll(/[013457]/g, (digit) => LETTERS_OF_DIGITS[digit] ?? digit)].some((each) => {
    const left = withoutWords(withoutRows(each)).replaceAll(/[^a-z0-9]/g, "");
    const short = shortestPeriod(left);
    return short.length < LEAST || new Set(short).size < LEAST_DIFFERENT;
  });
}

function withoutWords(text: string): string {
  let left = text.replaceAll(/[@$!]/g, (sign) => ({ "@": "a", $: "s", "!": "i" })[sign] ?? sign);
  for (const word of WORDS) left = left.replaceAll(word, " ");
  return left;
}

/** The text without its runs of four or more neighbours on the keyboard or in the alphabet, in either direction. */
function withoutRows(text: string): string {
  const rows = LINES.flatMap((line) => [line + line, [...(line + line)].reverse().join("")]);
  let left = "";
  for (let at = 0; at < text.length; ) {
    let length = 0;
    for (const row of rows) {
      let same = 4;
      if (!row.includes(text.slice(at, at + same)) || at + same > text.length) continue;
      while (at + same < text.length && row.includes(text.slice(at, at + same + 1))) same++;
      length = Math.max(length, same);
    }
    left += length === 0 ? text[at] : " ";
    at += Math.max(1, length);
  }
  return left;
}

/** The shortest text whose repetitions are the whole text: `abc` of `abcabcabc`. */
function shortestPeriod(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    if (
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length)
    ) {
      return text.slice(0, length);
    }
  }
  return text;
}
