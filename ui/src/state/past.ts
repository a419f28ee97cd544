import type { ReactiveController, ReactiveControllerHost } from "lit";
import { holdNow } from "./clock.ts";
import { navigate, pageLocation } from "./location.ts";
import { Store } from "./store.ts";

/** Parameters of URLs. */
const AT = "at";
const SPEED = "speed";
/** Maximum speed of the gateway. */
const MAX_SPEED = 1_000_000;
const SEQUENCE = /^\d{1,15}$/;

/** The moment of the past that a page shows. */
export interface PastMoment {
  /** As in the URL: RFC 3339 or a FLEET sequence. */
  readonly at: string;
  /** In ms since 1970. Undefined for a sequence whose time is not known yet, and for an invalid text. */
  readonly time: number | undefined;
  /** Speed of a replay that plays from here, in seconds of history a second; undefined: 1. */
  readonly speed?: number;
}

/** Undefined: the page shows the present. */
export const past = new Store<PastMoment | undefined>(undefined);
past.subscribe((moment) => {
  holdNow(moment?.time);
  document.documentElement.toggleAttribute("data-past", moment !== undefined);
});

/** The address with the moment that the page shows, for links between pages that can show the past. */
export function inPast(address: string): string {
  const { value } = past;
  return value === undefined ? address : withMoment(address, value.at, value.speed);
}

/** @param at RFC 3339 or a FLEET sequence; undefined: the present */
export function goTo(at: string | undefined, how: "push" | "replace" = "push", speed = past.value?.speed): void {
  const { path, search } = pageLocation.value;
  navigate(withMoment(path + search, at, speed), how);
}

function withMoment(address: string, at: string | undefined, speed: number | undefined): string {
  const [path = "", search = ""] = address.split("?");
  const parameters = new URLSearchParams(search);
  if (at === undefined) parameters.delete(AT);
  else parameters.set(AT, at);
  if (at === undefined || speed === undefined || speed === 1) parameters.delete(SPEED);
  else parameters.set(SPEED, String(speed));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Reads the moment from the URL of its host, a page that can show the past. */
export class Past implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #path: () => string;
  #end: () => void = () => {};
  #isGone = false;
  #at: string | undefined;

  /** @param path of the page; other addresses do not concern it */
  constructor(host: ReactiveControllerHost, path: () => string) {
    this.#host = host;
    this.#path = path;
    host.addController(this);
  }

  /** RFC 3339 or a FLEET sequence; undefined: the present. */
  get at(): string | undefined {
    return this.#at;
  }

  /** In ms since 1970. */
  get time(): number | undefined {
    return this.#at === undefined ? undefined : past.value?.time;
  }

  /** Call with the time (RFC 3339) in an answer: if the URL has a sequence, it is the sequence's time. */
  answered(at: string | undefined): void {
    if (at === undefined || this.#at === undefined || !SEQUENCE.test(this.#at)) return;
    const time = Date.parse(at);
    if (past.value?.time !== time) past.set({ ...past.value, at: this.#at, time });
    this.#host.requestUpdate();
  }

  hostConnected(): void {
    this.#isGone = false;
    this.#end = pageLocation.subscribe(() => {
      this.#read();
      this.#host.requestUpdate();
    });
    this.#read();
  }

  hostUpdate(): void {
    // An update that was requested before the disconnection may run after it.
    if (!this.#isGone) this.#read();
  }

  hostDisconnected(): void {
    this.#isGone = true;
    this.#end();
    this.#at = undefined;
    past.set(undefined);
  }

  #read(): void {
    const { path, search } = pageLocation.value;
    if (decoded(path) !== decoded(this.#path())) return;
    const parameters = new URLSearchParams(search);
    const at = parameters.get(AT) || undefined;
    const speed = speedOf(parameters.get(SPEED));
    if (at === this.#at && (at === undefined || speed === past.value?.speed)) return;
    const time = at === this.#at ? past.value?.time : at && timeOf(at);
    this.#at = at;
    past.set(at === undefined ? undefined : { at, time: time || undefined, ...(speed !== undefined && { speed }) });
  }
}

/** A sequence is not a time, though `Date.parse` would take it for a year. */
function timeOf(at: string): number | undefined {
  const time = SEQUENCE.test(at) ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? undefined : time;
}

function speedOf(text: string | null): number | undefined {
  const speed = Number(text);
  return speed > 0 && speed <= MAX_SPEED ? speed : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
