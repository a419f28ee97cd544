import { html, nothing, type TemplateResult } from "lit";
import { counted } from "../../../components/text/numbers.ts";
import { textWidth } from "../../../components/text/text-width.ts";

/** Sizes in pixels. */
const FONT = 12;
const PADDING = 12;
const GAP = 4;
/** Spare width for rounding: a tag must not be cut by a fraction of a pixel. */
const SPARE = 1;

type Measure = (text: string) => number;
const measureText: Measure = (text) => textWidth(text, FONT);

/**
 * How many tags fit uncut, beside the `+3` that counts the rest.
 * @param room in pixels
 */
export function tagsThatFit(tags: readonly string[], room: number, measure = measureText): number {
  let used = 0;
  let fit = 0;
  for (const [index, tag] of tags.entries()) {
    used += widthOf(tag, measure) + (index > 0 ? GAP : 0);
    const rest = tags.length - index - 1;
    if (used + (rest > 0 ? GAP + measure(`+${rest}`) : 0) <= room) fit = index + 1;
  }
  return fit;
}

/** Width of all tags, in rem. */
export function tagsWidth(tags: readonly string[]): number {
  const widths = tags.reduce((sum, tag) => sum + widthOf(tag, measureText), 0);
  return (widths + Math.max(0, tags.length - 1) * GAP) / 16;
}

function widthOf(tag: string, measure: Measure): number {
  return measure(tag) + PADDING + SPARE;
}

/**
 * The tags that fit, and the number of the rest. Only a single tag is cut.
 * @param room in rem
 */
export function tagCell(tags: readonly string[], room: number): TemplateResult | typeof nothing {
  if (tags.length === 0) return nothing;
  const fit = tagsThatFit(tags, room * 16);
  const shown = tags.length === 1 ? tags : tags.slice(0, fit);
  const left = tags.length - shown.length;
  const more = shown.length > 0 ? `+${left}` : counted(left, "tag");
  return html`<span class="tags" title=${tags.join(", ")}
    >${shown.map((tag) => html`<span class="tag">${tag}</span>`)}${left > 0 ? html`<span>${more}</span>` : nothing}</span
  >`;
}
