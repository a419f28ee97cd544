import { css, html, LitElement, type PropertyValues, unsafeCSS } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import uPlot from "uplot";
import sheet from "uplot/dist/uPlot.min.css?inline";
import { StoreController } from "../../state/store.ts";
import { theme } from "../../state/theme.ts";

const HEIGHT = 44;
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** A small chart of one value over time. Event `point`: the index under the pointer, or null. */
@customElement("fl-chart")
export class Chart extends LitElement {
  static override styles = [
    unsafeCSS(sheet),
    css`
      :host {
        display: block;
        height: ${HEIGHT}px;
        min-width: 0;
        overflow: hidden;
      }
      .u-cursor-x {
        border-color: var(--border-strong);
      }
    `,
  ];

  /** Seconds since 1970, ascending. */
  @property({ attribute: false }) times: readonly number[] = [];
  @property({ attribute: false }) values: readonly (number | null)[] = [];
  @property({ type: Boolean }) steps = false;
  @property() label = "";
  @query("div") private readonly box!: HTMLElement;
  #plot: uPlot | undefined;
  #resize: ResizeObserver | undefined;
  #look = "";
  #pointed: number | null = null;
  readonly #theme = new StoreController(this, theme);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) this.#plot?.setSize({ width, height: HEIGHT });
    });
    this.#resize.observe(this);
    DARK.addEventListener("change", this.#recolour);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    DARK.removeEventListener("change", this.#recolour);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const look = `${this.#theme.value} ${this.steps}`;
    const data: uPlot.AlignedData = [[...this.times], [...this.values]];
    if (this.#plot && look === this.#look) {
      // setData moves the cursor, and a cursor event may have caused this update: set only new data.
      if (changed.has("times") || changed.has("values")) this.#plot.setData(data);
      return;
    }
    this.#look = look;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), data, this.box);
  }

  protected override render() {
    return html`<div role="img" aria-label=${this.label}></div>`;
  }

  #options(): uPlot.Options {
    const line = getComputedStyle(this).getPropertyValue("--accent").trim();
    const colour = resolved(this, line);
    const tint = colour.replace("rgb(", "rgba(").replace(")", ", 0.1)");
    const paths = this.steps ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
    return {
      width: Math.max(1, this.clientWidth),
      height: HEIGHT,
      padding: [4, 2, 4, 2],
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      // On/off values have a fixed range, so that off is at the bottom even if no value was on.
      scales: { y: { range: (_, min, max) => (this.steps ? [-0.1, 1.1] : padded(min, max)) } },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      series: [
        {},
        {
          stroke: colour,
          // Without zero in the scale, a filled area would exaggerate changes.
          fill: ({ scales: { y } }) => ((y?.min ?? 1) <= 0 && (y?.max ?? 0) >= 0 ? tint : "transparent"),
          fillTo: () => 0,
          width: 1.5,
          points: { show: ({ data }) => data[0].length < 3 },
          spanGaps: true,
          ...(paths && { paths }),
        },
      ],
      hooks: {
        setCursor: [({ cursor }) => this.#point(cursor.idx ?? null)],
      },
    };
  }

  #point(index: number | null): void {
    if (index === this.#pointed) return;
    this.#pointed = index;
    this.dispatchEvent(new CustomEvent("point", { detail: index }));
  }

  readonly #recolour = (): void => {
    this.#look = "";
    this.requestUpdate();
  };
}

/** Canvases do not understand `light-dark()`. */
function resolved(element: HTMLElement, colour: string): string {
  const before = element.style.color;
  element.style.color = colour;
  const found = getComputedStyle(element).color;
  element.style.color = before;
  return found;
}

function padded(min: number | null, max: number | null): [number, number] {
  const [low, high] = [min ?? 0, max ?? 1];
  const margin = low === high ? Math.max(1, Math.abs(low) * 0.1) : (high - low) * 0.1;
  return [low - margin, high + margin];
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-chart": Chart;
  }
}
