import { type ErrorCode, FleetError } from "@fleetlog/domain";
import type { Download } from "@fleetlog/fleet";
import { Backoff } from "@fleetlog/runtime";
import type { ArtifactVersion } from "../../sessions/index.ts";

/** These errors fail the command. After other errors, such as `log-unavailable`, the look-up is repeated. */
const FINAL: ReadonlySet<ErrorCode> = new Set(["artifact-unknown", "device-unknown", "device-retired", "forbidden"]);
const RETRIES = { firstMs: 1_000, longestMs: 30_000, jitter: "half" } as const;

export interface DownloadsOwner {
  downloadOf(artifact: ArtifactVersion): Promise<Download>;
  /** The link for a command is ready. */
  found(): void;
  /** There is no such artifact, or the device may not have it. */
  failed(command: string, error: FleetError): void;
}

/**
 * Links to the artifacts of open commands. They are made just before a command is sent, because they expire within
 * hours.
 */
export class Downloads {
  readonly #owner: DownloadsOwner;
  /** Undefined: the link is being looked up. */
  readonly #links = new Map<string, Download | undefined>();
  #isOver = false;

  constructor(owner: DownloadsOwner) {
    this.#owner = owner;
  }

  /** The command's link. Undefined while it is looked up; `found` or `failed` is called later. */
  of(command: string, artifact: ArtifactVersion): Download | undefined {
    const known = this.#links.get(command);
    if (known !== undefined || this.#links.has(command)) return known;
    this.#links.set(command, undefined);
    void this.#lookUp(command, artifact, new Backoff(RETRIES));
    return undefined;
  }

  /** Whether another command's link is being looked up. */
  isBusyWithOther(command: string): boolean {
    return [...this.#links.keys()].some((other) => other !== command);
  }

  /** Forgets the command's link. Returns whether the command had a link, or waited for one. */
  forget(command: string): boolean {
    return this.#links.delete(command);
  }

  end(): void {
    this.#isOver = true;
    this.#links.clear();
  }

  /** Repeats the look-up after errors that are not final. */
  async #lookUp(command: string, artifact: ArtifactVersion, backoff: Backoff): Promise<void> {
    if (this.#isOver || !this.#links.has(command)) return;
    try {
      const download = await this.#owner.downloadOf(artifact);
      if (!this.#links.has(command)) return;
      this.#links.set(command, download);
      this.#owner.found();
    } catch (error) {
      if (error instanceof FleetError && FINAL.has(error.code)) {
        if (this.#links.delete(command)) this.#owner.failed(command, error);
        return;
      }
      setTimeout(() => void this.#lookUp(command, artifact, backoff), backoff.failed()).unref();
    }
  }
}
