import { FleetError } from "@fleetlog/domain";
import { type Authority, OwnServerCertificates } from "@fleetlog/identity";
import { environmentName } from "@fleetlog/runtime/node";
import type { Logger } from "pino";
import {
  digestOf,
  materialOf,
  readTexts,
  type TlsMaterial,
  type TlsPaths,
  type TlsTexts,
  type Validity,
} from "./material.ts";
import type { TlsServer } from "./server.ts";

export interface CertificatesOptions {
  readonly paths: TlsPaths;
  readonly authority: Pick<Authority, "trusted" | "withdrawn" | "chain" | "issueServer">;
  readonly names: () => readonly string[];
  readonly rsaKeyExchange: boolean;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Milliseconds between two checks of the files. */
  readonly reloadMs: number;
}

/**
 * The certificates of this node's TLS servers, from files or from the installation's authority. Files are compared by
 * content: Kubernetes changes a symbolic link, and certbot writes one file after another.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #servers: TlsServer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #read: () => Promise<TlsTexts>;
  #material: TlsMaterial;
  #digest: string;
  #refused: { readonly digest: string; readonly logged: boolean } | undefined;
  #reloading: Promise<void> | undefined;

  /** @throws FleetError `invalid-request` with the setting as `field` if a file can't be used */
  static async open(options: CertificatesOptions): Promise<Certificates> {
    const own = options.paths.tlsCert === undefined ? new OwnServerCertificates(options.authority, options) : undefined;
    const reading = () => read(options, own);
    const texts = await reading();
    return new Certificates(options, reading, materialOf(texts, options), digestOf(texts));
  }

  private constructor(
    options: CertificatesOptions,
    reading: () => Promise<TlsTexts>,
    material: TlsMaterial,
    digest: string,
  ) {
    this.#options = options;
    this.#read = reading;
    this.#material = material;
    this.#digest = digest;
    this.#logMaterial(material, "TLS certificates are in use");
    this.#timer = setInterval(() => void this.reload(), options.reloadMs).unref();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  get current(): boolean {
    return this.#refused === undefined;
  }

  get ends(): ReadonlyMap<string, Date> {
    const ends = new Map<string, Date>();
    for (const { setting, until } of this.#material.validities) {
      const name = environmentName(setting);
      const earliest = ends.get(name);
      if (earliest === undefined || until < earliest) ends.set(name, until);
    }
    return ends;
  }

  register(server: TlsServer): void {
    this.#servers.push(server);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    let digest = "unreadable";
    try {
      const texts = await this.#read();
      digest = digestOf(texts);
      if (digest !== this.#digest) this.#apply(materialOf(texts, this.#options), digest);
      this.#refused = undefined;
    } catch (error) {
      this.#refuse(digest, error);
    }
  }

  #apply(material: TlsMaterial, digest: string): void {
    const now = this.#options.clock();
    const [own] = material.validities;
    const [before] = this.#material.validities;
    if (own !== undefined && before !== undefined && !isValid(own, now) && isValid(before, now)) {
      throw new FleetError("invalid-request", `the certificate ${invalidity(own, now)}`, {
        field: environmentName("tlsCert"),
      });
    }
    for (const server of this.#servers) server.use(material);
    this.#material = material;
    this.#digest = digest;
    this.#logMaterial(material, "renewed TLS certificates are in use");
  }

  /** Logs unusable files at the second check. The first may come between the writing of two files. */
  #refuse(digest: string, error: unknown): void {
    const isSame = this.#refused?.digest === digest;
    if (isSame && this.#refused?.logged === false) {
      const { field, message } = error as FleetError;
      const advice = "the earlier ones stay in use";
      this.#options.logger.error({ err: error, setting: field }, `new TLS files are not used: ${message}; ${advice}`);
    }
    this.#refused = { digest, logged: isSame };
  }

  #logMaterial({ validities }: TlsMaterial, text: string): void {
    const { logger, clock } = this.#options;
    const now = clock();
    logger.info({ certificates: validities.map(({ what, until }) => ({ what, until })) }, text);
    for (const validity of validities) {
      if (isValid(validity, now)) continue;
      logger.warn(
        { setting: environmentName(validity.setting), what: validity.what },
        `${validity.what} ${invalidity(validity, now)}`,
      );
    }
  }
}

async function read(
  { paths, authority }: CertificatesOptions,
  ownServer: OwnServerCertificates | undefined,
): Promise<TlsTexts> {
  const [files, own, withdrawn, servers] = await Promise.all([
    readTexts(paths),
    authority.trusted(),
    authority.withdrawn(),
    ownServer?.current() ?? [],
  ]);
  return { ...files, own, withdrawn, servers };
}

function isValid({ from, until }: Validity, now: number): boolean {
  return from.getTime() <= now && now <= until.getTime();
}

function invalidity({ from, until }: Validity, now: number): string {
  return now > until.getTime() ? `expired at ${until.toISOString()}` : `is not valid before ${from.toISOString()}`;
}
