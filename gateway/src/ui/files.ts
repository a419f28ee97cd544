import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { Encodings } from "./encodings.ts";

export interface UiFile {
  /** As in `content-type`. */
  readonly type: string;
  /** Its name holds a hash of its content: it never changes. */
  readonly immutable: boolean;
  /** Of the content, without quotes. */
  readonly tag: string;
  readonly content: Encodings;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
/** What another build may have changed is looked for no more often than this. */
const LOOK_AGAIN_MS = 1_000;
const INDEX = "/index.html";

/**
 * The built pages of `ui/dist`, in memory: a few files that every browser asks for, by exact path, so that no request
 * can name a file that was not built. A new build is noticed by its index page.
 */
export class UiFiles {
  readonly #directory: string;
  readonly #clock: () => number;
  #files: ReadonlyMap<string, UiFile> = new Map();
  #build = "";
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(directory: string, clock: () => number = () => performance.now()) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** The page that is the application; undefined while it is not built. */
  index(): Promise<UiFile | undefined> {
    return this.find(INDEX);
  }

  async find(path: string): Promise<UiFile | undefined> {
    const file = this.#files.get(path);
    // What never changes needs no look at the disk.
    if (file?.immutable === true) return file;
    await this.#look();
    return this.#files.get(path);
  }

  async #look(): Promise<void> {
    const now = this.#clock();
    if (now - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#lookedAt = now;
      this.#looking = this.#reload().finally(() => {
        this.#looking = undefined;
      });
    }
    await this.#looking;
  }

  /** While a build is being written, what was there before is served. */
  async #reload(): Promise<void> {
    const index = await stat(join(this.#directory, INDEX)).catch(() => undefined);
    if (index === undefined) return;
    const build = `${index.mtimeMs} ${index.size} ${index.ino}`;
    if (build === this.#build) return;
    const files = await load(this.#directory).catch(() => undefined);
    if (files?.has(INDEX) !== true) return;
    this.#files = files;
    this.#build = build;
  }
}

async function load(directory: string): Promise<ReadonlyMap<string, UiFile>> {
  const files = new Map<string, UiFile>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(directory, path).split(sep).join("/")}`;
    const body = await readFile(path);
    files.set(url, {
      type,
      // Vite puts what it names after its content there, and nothing else.
      immutable: url.startsWith("/assets/"),
      tag: createHash("sha256").update(body).digest("base64url").slice(0, 22),
      content: new Encodings(body, /^text\/|json|svg/.test(type)),
    });
  }
  return files;
}
