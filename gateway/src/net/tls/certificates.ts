import { FleetError } from "@fleetlog/domain";
import { environmentName } from "@fleetlog/runtime/node";
import type { Logger } from "pino";
import { digestOf, materialOf, readTexts, type TlsMaterial, type TlsPaths, type Validity } from "./material.ts";
import type { TlsServer } from "./server.ts";

export interface CertificatesOptions {
  readonly paths: TlsPaths;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Milliseconds between two looks at the files. */
  readonly everyMs: number;
}

/**
 * The certificates that this node's TLS servers use, renewed when the files are. The files are compared by what is in
 * them: programs replace them in many ways, Kubernetes by turning a link, certbot one after the other.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #servers: TlsServer[] = [];
  readonly #timer: NodeJS.Timeout;
  #material: TlsMaterial;
  #digest: string;
  /** What the last look found and could not use, and whether that was said. */
  #refused: { readonly digest: string; readonly said: boolean } | undefined;
  #looking: Promise<void> | undefined;

  /** @throws FleetError `invalid-request` that names the setting whose file can't be used */
  static async open(options: CertificatesOptions): Promise<Certificates> {
    const texts = await readTexts(options.paths);
    return new Certificates(options, materialOf(texts), digestOf(texts));
  }

  private constructor(options: CertificatesOptions, material: TlsMaterial, digest: string) {
    this.#options = options;
    this.#material = material;
    this.#digest = digest;
    this.#say(material, "TLS certificates are in use");
    this.#timer = setInterval(() => void this.look(), options.everyMs).unref();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Whether what is in use is what lies in the files. */
  get current(): boolean {
    return this.#refused === undefined;
  }

  /** When the first of each setting's certificates and lists ends. */
  get ends(): ReadonlyMap<string, Date> {
    const ends = new Map<string, Date>();
    for (const { setting, until } of this.#material.validities) {
      const name = environmentName(setting);
      const earliest = ends.get(name);
      if (earliest === undefined || until < earliest) ends.set(name, until);
    }
    return ends;
  }

  /** From now on this server gets what is renewed. */
  keep(server: TlsServer): void {
    this.#servers.push(server);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Compares the files with what is in use, and takes what is new. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    let digest = "unreadable";
    try {
      const texts = await readTexts(this.#options.paths);
      digest = digestOf(texts);
      if (digest !== this.#digest) this.#take(materialOf(texts), digest);
      this.#refused = undefined;
    } catch (error) {
      this.#refuse(digest, error);
    }
  }

  #take(material: TlsMaterial, digest: string): void {
    const now = this.#options.clock();
    const [own] = material.validities;
    const [before] = this.#material.validities;
    if (own !== undefined && before !== undefined && !isValid(own, now) && isValid(before, now)) {
      throw new FleetError("invalid-request", `the certificate ${ended(own, now)}`, {
        field: environmentName("tlsCert"),
      });
    }
    for (const server of this.#servers) server.use(material);
    this.#material = material;
    this.#digest = digest;
    this.#say(material, "renewed TLS certificates are in use");
  }

  /** One look may fall between the writing of two files: only what stays wrong is worth a word. */
  #refuse(digest: string, error: unknown): void {
    const again = this.#refused?.digest === digest;
    if (again && this.#refused?.said === false) {
      const { field, message } = error as FleetError;
      const advice = "those from before stay in use";
      this.#options.logger.error({ err: error, setting: field }, `new TLS files are not taken: ${message}; ${advice}`);
    }
    this.#refused = { digest, said: again };
  }

  #say({ validities }: TlsMaterial, text: string): void {
    const { logger, clock } = this.#options;
    const now = clock();
    logger.info({ certificates: validities.map(({ what, until }) => ({ what, until })) }, text);
    for (const each of validities) {
      if (isValid(each, now)) continue;
      logger.warn({ setting: environmentName(each.setting), what: each.what }, `${each.what} ${ended(each, now)}`);
    }
  }
}

function isValid({ from, until }: Validity, now: number): boolean {
  return from.getTime() <= now && now <= until.getTime();
}

function ended({ from, until }: Validity, now: number): string {
  return now > until.getTime() ? `expired at ${until.toISOString()}` : `is not valid before ${from.toISOString()}`;
}
