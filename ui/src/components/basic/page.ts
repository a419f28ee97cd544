import type { IconName } from "./icons.ts";

/** Description of a page, exported by its folder. Routes, navigation, shortcuts and palette derive from it. */
export interface Page {
  /** Segments such as `:id` become properties of the page's element. */
  readonly path: string;
  readonly tag: `fl-${string}-page`;
  readonly title: (parameters: Readonly<Record<string, string>>) => string;
  readonly load: () => Promise<unknown>;
  /** Entry in the navigation and palette; `key` is the second key of its shortcut `g …`. */
  readonly navigation?: {
    readonly text: string;
    readonly icon: IconName;
    readonly key: string;
    readonly shown?: () => boolean;
  };
  readonly palette?: readonly PaletteLink[];
}

export interface PaletteLink {
  readonly text: string;
  readonly icon: IconName;
  readonly href: string;
  readonly shown?: () => boolean;
}
