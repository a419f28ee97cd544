/**
 * The blocks with this label in a PEM file (RFC 7468).
 * @throws Error when a block has no end, because the file is being written
 */
export function pemBlocks(text: string, label: string): string[] {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks = text.split(begin).slice(1);
  return blocks.map((block) => {
    const length = block.indexOf(end);
    if (length < 0) throw new Error(`a block ${label} has no end`);
    return `${begin}${block.slice(0, length)}${end}\n`;
  });
}

export function pemBytes(block: string): Buffer {
  return Buffer.from(block.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
}
