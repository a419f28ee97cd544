import { css, html, LitElement, nothing, svg } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type IconName, icons } from "./icons.ts";

@customElement("fl-icon")
export class Icon extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      flex: none;
      width: 1em;
      height: 1em;
      font-size: 1rem;
      vertical-align: -0.15em;
    }
    svg {
      width: 100%;
      height: 100%;
    }
  `;

  @property() name: IconName = "info";
  @property() label = "";

  protected override render() {
    return html`<svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      role=${this.label ? "img" : nothing}
      aria-label=${this.label || nothing}
      aria-hidden=${this.label ? nothing : "true"}
    >
      ${icons[this.name].map(([tag, shape]) => draw(tag, shape))}
    </svg>`;
  }
}

type Shape = Readonly<Record<string, string | number | undefined>>;

function draw(tag: string, s: Shape) {
  switch (tag) {
    case "path":
      return svg`<path d=${s.d} />`;
    case "circle":
      return svg`<circle cx=${s.cx} cy=${s.cy} r=${s.r} fill=${s.fill ?? "none"} />`;
    case "rect":
      return svg`<rect x=${s.x} y=${s.y} width=${s.width} height=${s.height} rx=${s.rx ?? 0} />`;
    case "line":
      return svg`<line x1=${s.x1} y1=${s.y1} x2=${s.x2} y2=${s.y2} />`;
    case "polyline":
      return svg`<polyline points=${s.points} />`;
    case "ellipse":
      return svg`<ellipse cx=${s.cx} cy=${s.cy} rx=${s.rx} ry=${s.ry} />`;
    default:
      return nothing;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-icon": Icon;
  }
}
