import { html, type ReactiveController, type ReactiveControllerHost } from "lit";
import { gatewayNow } from "../../state/clock.ts";
import { inLocalZone } from "../text/times.ts";
import { atOf, SPANS, type SpanKey, spanOf } from "./span.ts";

/** Least time between two moments while the slider moves. */
const SLIDE_MS = 250;

export interface MomentSliderOptions {
  /** The log's first moment, in ms since 1970; undefined: not known. */
  readonly first: () => number | undefined;
  /** Called while the slider moves, with its moment as URLs have it; undefined: the present. */
  readonly onSlide: (at: string | undefined) => void;
  /** Called with the moment when the slider is released. */
  readonly onEnd: (at: string | undefined) => void;
}

/** The slider of moments, and the choice of its span. Updates its host while the slider moves. */
export class MomentSlider implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: MomentSliderOptions;
  #chosen: SpanKey = "24h";
  /** Time of the slider while it moves, in ms since 1970. */
  #slid: number | undefined;
  #sliding: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost, options: MomentSliderOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#stop();
  }

  /** @param shown the moment that the page shows, in ms since 1970; undefined: the present */
  render(shown: number | undefined) {
    const time = this.#slid ?? shown;
    const { key, from, to, step } = spanOf(this.#chosen, time, gatewayNow(), this.#options.first());
    return html`<div class="slide">
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext=${time === undefined ? "now" : inLocalZone(new Date(time))}
          min=${from}
          max=${to}
          step=${step}
          .value=${String(time ?? to)}
          @input=${this.#slide}
          @change=${this.#end}
        />
        <span class="ends" aria-hidden="true"><span>${inLocalZone(new Date(from))}</span><span>now</span></span>
      </div>
      <select aria-label="Span of the slider" @change=${this.#choose}>
        ${SPANS.map((one) => html`<option value=${one.key} .selected=${one.key === key}>${one.text}</option>`)}
      </select>`;
  }

  readonly #choose = (event: Event): void => {
    this.#chosen = (event.target as HTMLSelectElement).value as SpanKey;
    this.#host.requestUpdate();
  };

  readonly #slide = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#slid = Number(input.value);
    this.#host.requestUpdate();
    this.#sliding ??= setTimeout(() => {
      this.#sliding = undefined;
      this.#options.onSlide(momentOf(input));
    }, SLIDE_MS);
  };

  readonly #end = (event: Event): void => {
    this.#stop();
    this.#options.onEnd(momentOf(event.target as HTMLInputElement));
    this.#host.requestUpdate();
  };

  #stop(): void {
    clearTimeout(this.#sliding);
    this.#sliding = undefined;
    this.#slid = undefined;
  }
}

/** Undefined at the slider's end, which is the present. */
function momentOf({ value, max }: HTMLInputElement): string | undefined {
  return Number(value) >= Number(max) ? undefined : atOf(Number(value));
}
