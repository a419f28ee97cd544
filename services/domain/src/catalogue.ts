import { type Defined, type DefinitionState, type Deleted, definitionDecider } from "./definition.ts";
import { isForModel } from "./device-type.ts";
import type { EventTypes } from "./envelope.ts";

export const CATALOGUE_KINDS = ["fleetlog", "tpedm"] as const;
export type CatalogueKind = (typeof CATALOGUE_KINDS)[number];

/** Where a vendor lists the firmware and software of its devices. */
export interface Catalogue {
  readonly kind: CatalogueKind;
  readonly url: string;
  readonly description?: string;
  readonly enabled: boolean;
  /**
   * The catalogue is asked only about devices whose model matches one of these; `*` is any text. Default: all models.
   */
  readonly models?: readonly string[];
  /** Client certificate with its chain, as PEM. */
  readonly certificate?: string;
  /** Authorities of the catalogue's server, as PEM. Default: the public ones. */
  readonly ca?: string;
  /** Public key, as PEM, that must have signed a catalogue of kind `fleetlog`. */
  readonly signedBy?: string;
  /** When all devices of the account are compared with the catalogue: a cron expression, in UTC. */
  readonly schedule?: string;
  /** Id of the catalogue's sealed client key. */
  readonly key?: string;
}

// Events

export interface CatalogueDefined {
  readonly type: "CatalogueDefined";
  readonly data: Defined<Catalogue>;
}
export interface CatalogueDeleted {
  readonly type: "CatalogueDeleted";
  readonly data: Deleted;
}
export type CatalogueEvent = CatalogueDefined | CatalogueDeleted;

export const catalogueEvents: EventTypes<CatalogueEvent> = {
  CatalogueDefined: "catalogue",
  CatalogueDeleted: "catalogue",
};

export type CatalogueState = DefinitionState<Catalogue>;

// Decisions

export const catalogueDecider = definitionDecider<Catalogue, CatalogueEvent>("CatalogueDefined", "CatalogueDeleted");

/** Whether the catalogue is asked about the device. Both must be of the same account. */
export function isCatalogueFor(
  { kind, models }: Pick<Catalogue, "kind" | "models">,
  { dialect, model }: { readonly dialect: string; readonly model?: string | undefined },
): boolean {
  return (kind !== "tpedm" || dialect === "tpedm") && isForModel(models, model);
}
