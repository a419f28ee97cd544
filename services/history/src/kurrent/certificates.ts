import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { authorityOverBus, OwnServerCertificates } from "@fleetlog/identity";
import type { Bus, Logger } from "@fleetlog/log";
import { serverNames } from "@fleetlog/runtime/node";
import type { TlsMaterial } from "./server/listener.ts";
import type { KurrentSettings } from "./settings.ts";

/** Renewed certificates are noticed after this time. Files are compared by content, as the gateway does. */
const RELOAD_MS = 10_000;

export interface CertificatesOptions {
  readonly settings: Pick<KurrentSettings, "host" | "publicUrl" | "tlsCert" | "tlsKey">;
  readonly bus: Pick<Bus, "request">;
  readonly logger: Logger;
  readonly clock?: (() => number) | undefined;
  readonly reloadMs?: number | undefined;
}

/** The endpoint's certificate: from files, or from the installation's authority by way of a gateway. */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #read: () => Promise<TlsMaterial>;
  #shown = "";
  #timer: NodeJS.Timeout | undefined;
  /** Successive failures of the check. The first is not logged: one of the two files may just have been replaced. */
  #failures = 0;

  constructor(options: CertificatesOptions) {
    this.#options = options;
    const { tlsCert, tlsKey } = options.settings;
    this.#read =
      tlsCert !== undefined && tlsKey !== undefined ? () => fromFiles(tlsCert, tlsKey) : fromAuthority(options);
  }

  /** @throws FleetError `unavailable` while no gateway answers; Error for files that can't be used */
  async current(): Promise<TlsMaterial> {
    const material = await this.#read();
    this.#shown = JSON.stringify(material.cert);
    return material;
  }

  /** Calls `use` for each renewed certificate until `stop`. */
  follow(use: (material: TlsMaterial) => void): void {
    this.#timer = setInterval(() => void this.#check(use), this.#options.reloadMs ?? RELOAD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(use: (material: TlsMaterial) => void): Promise<void> {
    const { logger } = this.#options;
    try {
      const before = this.#shown;
      const material = await this.current();
      this.#failures = 0;
      if (this.#shown === before) return;
      use(material);
      logger.info({}, "the Kurrent endpoint uses a renewed certificate");
    } catch (error) {
      if (++this.#failures === 2)
        logger.warn({ err: error }, "can't renew the Kurrent endpoint's certificate; the earlier one stays in use");
    }
  }
}

/** @throws Error if the key is not that of the certificate, as between the writing of the two files */
async function fromFiles(certPath: string, keyPath: string): Promise<TlsMaterial> {
  const [cert, key] = await Promise.all([readFile(certPath, "utf8"), readFile(keyPath, "utf8")]);
  createSecureContext({ cert, key });
  return { cert, key };
}

function fromAuthority({ settings, bus, clock = Date.now }: CertificatesOptions): () => Promise<TlsMaterial> {
  const names = () => serverNames(settings);
  const own = new OwnServerCertificates(authorityOverBus(bus), { names, clock });
  return async () => {
    const all = await own.current();
    return { cert: all.map(({ certificate }) => certificate), key: all.map(({ key }) => key) };
  };
}
