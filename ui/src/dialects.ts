import type { DialectName } from "@fleetlog/protocol/dialects";

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

const TEXTS: Readonly<Partial<Record<DialectName, DialectText>>> = {
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

/** A dialect without texts gets texts that are made from its name. */
export function textsOf(dialect: string | undefined): DialectText {
  if (dialect === undefined) return NATIVE;
  const own = Object.hasOwn(TEXTS, dialect) ? TEXTS[dialect as DialectName] : undefined;
  return own ?? { kind: `A device of ${dialect}`, next: "Connect the device." };
}
