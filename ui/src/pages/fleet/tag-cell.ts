import { html, nothing, type TemplateResult } from "lit";

/** Average width of a letter in a tag, in pixels, rounded up so that tags surely fit. */
const LETTER = 6.4;
const PADDING = 12;
const GAP = 4;
/** Width of `+2` after the last tag. */
const MORE = 24;

/** How many tags fit without being cut; at least one, which may be cut. @param room in pixels */
export function tagsThatFit(tags: readonly string[], room: number): number {
  let left = room;
  let fit = 0;
  for (const [index, tag] of tags.entries()) {
    left -= widthOf(tag) + (index > 0 ? GAP : 0);
    const needed = index === tags.length - 1 ? 0 : MORE;
    if (left < needed) break;
    fit++;
  }
  return Math.max(1, fit);
}

/** Width of all tags, in rem. */
export function tagsWidth(tags: readonly string[]): number {
  const widths = tags.reduce((sum, tag) => sum + widthOf(tag), 0);
  return (widths + Math.max(0, tags.length - 1) * GAP) / 16;
}

function widthOf(tag: string): number {
  return tag.length * LETTER + PADDING;
}

/** @param room in rem */
export function tagCell(tags: readonly string[], room: number): TemplateResult | typeof nothing {
  if (tags.length === 0) return nothing;
  const shown = tagsThatFit(tags, room * 16);
  const more = tags.length - shown;
  return html`<span class="tags" title=${tags.join(", ")}
    >${tags.slice(0, shown).map((tag) => html`<span class="tag">${tag}</span>`)}${more > 0 ? html`<span>+${more}</span>` : nothing}</span
  >`;
}
