/** Number of cached widths: more than a list shows at a time. */
const MOST = 5_000;
/** Width of each letter in em if the browser cannot measure. Usual words are not wider. */
const LETTER = 0.6;

const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;
let family = "";

/**
 * Width of a text in the pages' font, in pixels.
 * @param size the font's size, pixels
 */
export function textWidth(text: string, size: number): number {
  const key = `${size} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = measured(text, size);
    if (widths.size >= MOST) widths.clear();
    widths.set(key, width);
  }
  return width;
}

function measured(text: string, size: number): number {
  if (context === undefined) begin();
  if (!context) return text.length * size * LETTER;
  context.font = `400 ${size}px ${family}`;
  return context.measureText(text).width;
}

function begin(): void {
  context = document.createElement("canvas").getContext("2d");
  family = getComputedStyle(document.body).fontFamily;
  // Until the font has loaded, widths are those of a substitute font.
  document.fonts?.ready.then(() => widths.clear());
}
