import { css, html, LitElement, svg } from "lit";
import { customElement, property } from "lit/decorators.js";

const WIDTH = 100;
const HEIGHT = 24;

/** The latest values as a line, scaled from zero. Screen readers read the number beside the line instead. */
@customElement("fl-sparkline")
export class Sparkline extends LitElement {
  static override styles = css`
    :host {
      display: block;
      height: 1.5rem;
      min-width: 0;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
      overflow: visible;
    }
    path {
      fill: none;
      stroke: var(--line, var(--accent));
      stroke-width: 1.5;
      stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }
    .area {
      fill: var(--line, var(--accent));
      fill-opacity: 0.1;
      stroke: none;
    }
    line {
      stroke: var(--border);
      vector-effect: non-scaling-stroke;
    }
  `;

  @property({ attribute: false }) values: readonly number[] = [];
  /** Number of values that fill the width; more values are drawn closer together. */
  @property({ type: Number }) length = 30;

  protected override render() {
    const length = Math.max(this.length, this.values.length);
    const line = path(this.values, length);
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      <line x1="0" x2=${WIDTH} y1=${HEIGHT} y2=${HEIGHT} />
      ${line === "" ? "" : svg`<path class="area" d="${line}V${HEIGHT}H${left(this.values, length)}Z" /><path d=${line} />`}
    </svg>`;
  }
}

function left(values: readonly number[], length: number): number {
  return round(WIDTH - ((values.length - 1) * WIDTH) / (length - 1));
}

/** @returns "" for fewer than two values */
export function path(values: readonly number[], length: number): string {
  if (values.length < 2) return "";
  const most = Math.max(...values, Number.MIN_VALUE);
  const start = left(values, length);
  const points = values.map((value, index) => {
    const x = round(start + (index * WIDTH) / (length - 1));
    return `${x} ${round(HEIGHT - 1 - (value / most) * (HEIGHT - 3))}`;
  });
  return `M${points.join("L")}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-sparkline": Sparkline;
  }
}
