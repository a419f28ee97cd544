import { css, html, LitElement, nothing, svg } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import { threeDigits } from "../text/numbers.ts";
import type { Point, Series } from "./series.ts";

const BAR = 34;
const LINE_WIDTH = 1_000;
const LINE_HEIGHT = 200;
const MOST_LABEL = 40;

/** Bars below each other, or a line over time. The table has all values for screen readers. */
@customElement("fl-query-chart")
export class QueryChart extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }
      text {
        fill: var(--text);
        font: 400 var(--size-small) var(--font);
        font-variant-numeric: tabular-nums;
      }
      rect {
        fill: var(--accent-fill);
      }
      .zero {
        stroke: var(--border-strong);
      }
      polyline {
        fill: none;
        stroke: var(--accent);
        stroke-width: 2;
        stroke-linejoin: round;
      }
      .line {
        height: ${LINE_HEIGHT}px;
      }
      .ends {
        display: flex;
        justify-content: space-between;
        gap: var(--space-3);
        padding: var(--space-1) 0;
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
    `,
  ];

  @property({ attribute: false }) series: Series = { kind: "bars", points: [], omitted: 0 };
  /** Name of the column of numbers. */
  @property() what = "";

  protected override render() {
    const { points, kind, omitted } = this.series;
    const [first] = points;
    if (first === undefined) return html`<p class="quiet">The column ${this.what} has no numbers here.</p>`;
    return html`${kind === "bars" ? this.#bars(points) : this.#line(points)}
    ${omitted > 0 ? html`<p class="quiet">The first ${points.length}; ${omitted.toLocaleString()} more are in the table.</p>` : nothing}`;
  }

  #bars(points: readonly Point[]) {
    const { low, high } = range(points, 0);
    const share = (value: number) => (100 * (value - low)) / (high - low || 1);
    return html`<svg role="img" aria-label="Bars of ${this.what}. ${extremes(points)}" height=${points.length * BAR}>
      ${points.map(({ label, y }, index) => {
        const [start, end] = [share(Math.min(0, y)), share(Math.max(0, y))];
        const top = index * BAR;
        return svg`<text x="0" y=${top + 15}>${short(label)}</text>
          <text x="100%" y=${top + 15} text-anchor="end">${y.toLocaleString()}</text>
          <rect x="${start}%" y=${top + 20} width="${Math.max(0.2, end - start)}%" height="8" rx="2"></rect>`;
      })}
      ${low < 0 ? svg`<line class="zero" x1="${share(0)}%" x2="${share(0)}%" y1="0" y2="100%"></line>` : nothing}
    </svg>`;
  }

  #line(points: readonly Point[]) {
    const { low, high } = range(points);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return nothing;
    const place = ({ x, y }: Point) => {
      const across = ((x - first.x) / (last.x - first.x || 1)) * LINE_WIDTH;
      const down = LINE_HEIGHT - ((y - low) / (high - low || 1)) * LINE_HEIGHT;
      return `${across.toFixed(1)},${down.toFixed(1)}`;
    };
    return html`<p class="ends"><span>${extremes(points)}</span></p>
      <svg
        class="line"
        role="img"
        aria-label="${this.what} over time. ${extremes(points)}"
        viewBox="0 0 ${LINE_WIDTH} ${LINE_HEIGHT}"
        preserveAspectRatio="none"
      >
        <line class="zero" x1="0" x2=${LINE_WIDTH} y1=${LINE_HEIGHT} y2=${LINE_HEIGHT} vector-effect="non-scaling-stroke"></line>
        <polyline points=${points.map(place).join(" ")} vector-effect="non-scaling-stroke"></polyline>
      </svg>
      <p class="ends"><span>${first.label}</span><span>${last.label}</span></p>`;
  }
}

function range(points: readonly Point[], ...more: readonly number[]) {
  const values = [...points.map(({ y }) => y), ...more];
  return { low: Math.min(...values), high: Math.max(...values) };
}

function extremes(points: readonly Point[]): string {
  const { low, high } = range(points);
  return `Lowest ${threeDigits(low)}, highest ${threeDigits(high)}.`;
}

function short(label: string): string {
  return label.length > MOST_LABEL ? `${label.slice(0, MOST_LABEL - 1)}…` : label;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-query-chart": QueryChart;
  }
}
