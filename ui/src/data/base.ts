/** The path under which the pages are served, with a slash at its end. */
export const basePath: string = globalThis.document?.querySelector("base")?.getAttribute("href") ?? "/";
