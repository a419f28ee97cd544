/**
 * The blocks of a PEM file with this label (RFC 7468); any other text is ignored.
 * @throws Error when a block has no end: the file is being written, or was cut off
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

/** The decoded content of a PEM block. */
export function pemBytes(block: string): Buffer {
  return Buffer.from(block.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
}
