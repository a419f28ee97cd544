/** `If-Match` for `if-match`, which is how Node.js names the header. */
export function headerName(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
