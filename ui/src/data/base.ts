/** Path under which the pages are served; ends with a slash. */
export const basePath: string = globalThis.document?.querySelector("base")?.getAttribute("href") ?? "/";
