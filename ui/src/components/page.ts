import type { IconName } from "./icons.ts";

/**
 * Description of a page, exported by its folder. The frame derives routes, navigation, shortcuts and palette from it.
 */
export interface Page {
  /** Segments that begin with `:` are parameters, and become properties of the page's element. */
  readonly path: string;
  readonly tag: `fl-${string}-page`;
  readonly title: (parameters: Readonly<Record<string, string>>) => string;
  /** Imports the module that defines the page's element. */
  readonly load: () => Promise<unknown>;
  /** Its entry in the navigation and in the palette; `key` is the second key of its shortcut `g …`. */
  readonly navigation?: {
    readonly text: string;
    readonly icon: IconName;
    readonly key: string;
    /** Whether it is shown now; default: always. */
    readonly shown?: () => boolean;
  };
  /** Further entries of the palette, such as the page with a filter. */
  readonly palette?: readonly PaletteLink[];
}

export interface PaletteLink {
  readonly text: string;
  readonly icon: IconName;
  readonly href: string;
  /** Whether it is shown now; default: always. */
  readonly shown?: () => boolean;
}
