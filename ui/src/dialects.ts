import type { RegisterDeviceBody } from "./data/devices.ts";

export type Dialect = NonNullable<RegisterDeviceBody["dialect"]>;

/** The pages' texts about one kind of device. */
export interface DialectText {
  /** A device of the kind, in the form for registering. */
  readonly kind: string;
  /** How a registered device makes its first connection. */
  readonly next: string;
  /** Where such a device is configured instead. Absent: the device gets what is set in Fleetlog. */
  readonly configuration?: string;
}

export const NATIVE: DialectText = {
  kind: "A device that logs in with a token or a certificate",
  next: "Run one of the programs.",
};

const NOT_DELIVERED = "Devices of this kind do not get what is set here. Use its commands.";

const DIALECTS: Readonly<Record<Dialect, DialectText>> = {
  libpyiotcloud: {
    kind: "A device of libpyiotcloud",
    next: "Put the id and the three files into the device, and start its program.",
    configuration: NOT_DELIVERED,
  },
  edgebind: {
    kind: "An Edgebind program",
    next: "Start the program with the address of this gateway and the port for Edgebind programs.",
    configuration: NOT_DELIVERED,
  },
  kura: {
    kind: "A gateway with Kura",
    next: "Enter this gateway’s address, the names and the password in its cloud connection.",
    configuration: "A gateway with Kura does not get what is set here. Its own configuration is in the card of Kura.",
  },
  tpedm: {
    kind: "A gateway of ThingsPro Edge",
    next: "Enter this gateway’s address in the device’s MQTT settings.",
    configuration: "A gateway of ThingsPro Edge does not get what is set here. Use its console.",
  },
};

/** In the order of the form for registering. */
export const DIALECT_NAMES = Object.keys(DIALECTS) as readonly Dialect[];

/** Texts of native devices for a dialect that is not known here. */
export function textsOf(dialect: string | undefined): DialectText {
  return dialect !== undefined && Object.hasOwn(DIALECTS, dialect) ? DIALECTS[dialect as Dialect] : NATIVE;
}
