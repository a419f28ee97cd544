import { Counter, Gauge, type Metric } from "prom-client";
import type { TlsObserver } from "../net/tls/observer.ts";

export interface TlsFiles {
  /** Earliest end of validity of each setting's certificates and revocation lists. */
  readonly ends: ReadonlyMap<string, Date>;
  readonly current: boolean;
}

export class TlsMetrics implements TlsObserver {
  readonly #refused = new Counter({
    name: "fleetlog_client_certificates_refused_total",
    help: "Refused client certificates, by reason",
    labelNames: ["reason"],
    registers: [],
  });

  get metrics(): readonly Metric[] {
    return [this.#refused] as readonly Metric[];
  }

  certificateRefused(reason: string): void {
    this.#refused.inc({ reason });
  }
}

/** @param files undefined if TLS is off */
export function tlsFilesGauges(files: TlsFiles | undefined): readonly Metric[] {
  const expiry = new Gauge({
    name: "fleetlog_tls_expiry_timestamp_seconds",
    help: "When the first certificate or revocation list of a setting's file expires, in seconds since 1970",
    labelNames: ["setting"],
    registers: [],
    collect() {
      this.reset();
      for (const [setting, end] of files?.ends ?? []) this.set({ setting }, end.getTime() / 1_000);
    },
  });
  const current = new Gauge({
    name: "fleetlog_tls_files_in_use",
    help: "1 while the current TLS files are in use, 0 while they can't be used and the earlier files stay in use",
    registers: [],
    collect() {
      if (files === undefined) this.remove();
      else this.set(files.current ? 1 : 0);
    },
  });
  return [expiry, current] as readonly Metric[];
}
