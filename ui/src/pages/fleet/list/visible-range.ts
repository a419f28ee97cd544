import type { Range } from "../../../components/lists/row-window.ts";
import { PAGE } from "./loaded-pages.ts";

/** The rows of the list that the operator sees, and their pages. */
export class VisibleRange {
  range: Range = { first: 0, end: PAGE };

  /** @param total rows of the list; undefined before the first answer */
  pages(total: number | undefined): readonly number[] {
    const last = Math.max(0, Math.min(this.range.end, total ?? PAGE) - 1);
    const [from, to] = [Math.floor(this.range.first / PAGE), Math.floor(last / PAGE)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  }

  has(page: number): boolean {
    return (page + 1) * PAGE > this.range.first && page * PAGE < this.range.end;
  }
}
