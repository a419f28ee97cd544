import type { DeviceResource } from "../../../data/devices.ts";

/** Devices of a page of the list. */
export const PAGE = 100;
const MAX_PAGES = 30;

/** The loaded pages of a list of any length, and their rows. Keeps the pages that were loaded last. */
export class LoadedPages {
  readonly #pages = new Map<number, readonly string[]>();
  readonly #rows = new Map<string, DeviceResource>();

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  /** The id at an index of the list; undefined if it is not loaded. */
  idAt(index: number): string | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  at(index: number): DeviceResource | undefined {
    const id = this.idAt(index);
    return id === undefined ? undefined : this.#rows.get(id);
  }

  row(id: string): DeviceResource | undefined {
    return this.#rows.get(id);
  }

  indexOf(id: string): number {
    for (const [page, ids] of this.#pages) {
      const index = ids.indexOf(id);
      if (index >= 0) return page * PAGE + index;
    }
    return -1;
  }

  get first(): readonly DeviceResource[] {
    return (this.#pages.get(0) ?? []).flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** @param isVisible whether a page stays even if many others were loaded after it */
  keep(page: number, items: readonly DeviceResource[], isVisible: (page: number) => boolean): void {
    this.#pages.delete(page);
    this.#pages.set(
      page,
      items.map(({ id }) => id),
    );
    for (const device of items) this.#rows.set(device.id, device);
    for (const [oldest, ids] of this.#pages) {
      if (this.#pages.size <= MAX_PAGES) break;
      if (isVisible(oldest)) continue;
      this.#pages.delete(oldest);
      for (const id of ids) this.#rows.delete(id);
    }
  }

  /** Replaces a loaded row. */
  update(device: DeviceResource): void {
    this.#rows.set(device.id, device);
  }

  forgetAllBut(kept: (page: number) => boolean): void {
    for (const page of [...this.#pages.keys()]) if (!kept(page)) this.#pages.delete(page);
  }

  clear(): void {
    this.#pages.clear();
    this.#rows.clear();
  }
}
