import type { ReactiveControllerHost } from "lit";
import { notify, notifyError } from "../../../state/toasts.ts";
import type { DeviceList } from "./device-list.ts";

const MAX_SELECTED = 10_000;

/** The selected devices, which may come from several lists. */
export class Selection {
  readonly #host: ReactiveControllerHost;
  readonly #list: DeviceList;
  #searches = 0;
  ids: ReadonlySet<string> = new Set();
  /** The selected devices that are not in the list. */
  elsewhere: ReadonlySet<string> = new Set();
  collecting = false;

  constructor(host: ReactiveControllerHost, list: DeviceList) {
    this.#host = host;
    this.#list = list;
  }

  readonly clear = (): void => this.choose([]);

  choose(ids: Iterable<string>): void {
    this.ids = new Set(ids);
    this.elsewhere = new Set([...this.elsewhere].filter((id) => this.ids.has(id)));
    this.#host.requestUpdate();
  }

  toggle(ids: readonly string[], on: boolean): void {
    const next = new Set(this.ids);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    this.choose(next);
  }

  /** Call when another list is shown. */
  async findElsewhere(isFiltered: boolean): Promise<void> {
    this.elsewhere = new Set();
    const search = ++this.#searches;
    if (this.ids.size === 0 || !isFiltered) return;
    const members = await this.#list.members(MAX_SELECTED).catch(() => undefined);
    if (members === undefined || search !== this.#searches) return;
    this.elsewhere = new Set([...this.ids].filter((id) => !members.has(id)));
    this.#host.requestUpdate();
  }

  readonly all = async (): Promise<void> => {
    this.collecting = true;
    this.#host.requestUpdate();
    try {
      const ids = await this.#list.collect(MAX_SELECTED);
      this.choose(ids);
      if (ids.length === MAX_SELECTED && (this.#list.total ?? 0) > MAX_SELECTED)
        notify("info", `The first ${MAX_SELECTED.toLocaleString()} are selected`, {
          detail: "More can't be handled at once.",
        });
    } catch (error) {
      notifyError("Not all could be selected", error);
    }
    this.collecting = false;
    this.#host.requestUpdate();
  };
}
