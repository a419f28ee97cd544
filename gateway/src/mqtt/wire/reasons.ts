import type { ErrorCode } from "@fleetlog/domain";

/** Reason codes that the gateway sends [MQTT5 2.4]. */
export const REASON = {
  success: 0x00,
  noSubscription: 0x11,
  unspecified: 0x80,
  malformed: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedVersion: 0x84,
  clientIdNotValid: 0x85,
  badCredentials: 0x86,
  notAuthorised: 0x87,
  unavailable: 0x88,
  shuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  takenOver: 0x8e,
  filterInvalid: 0x8f,
  topicInvalid: 0x90,
  packetIdNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  rateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrative: 0x98,
  payloadInvalid: 0x99,
  retainNotSupported: 0x9a,
  sharedSubscriptionsNotSupported: 0x9e,
  connectionRateExceeded: 0x9f,
  subscriptionIdsNotSupported: 0xa1,
} as const;

/** An error that ends the connection. MQTT 3 has no codes after CONNACK: its connection just closes. */
export class MqttFault extends Error {
  override readonly name = "MqttFault";
  readonly reason: number;
  /** The error code of a refused log-in. Several codes have the same reason. */
  readonly code: ErrorCode | undefined;

  /** @param cause of a refused log-in, for operators */
  constructor(reason: number, message: string, { cause, code }: { cause?: string; code?: ErrorCode } = {}) {
    super(message, { cause });
    this.reason = reason;
    this.code = code;
  }
}

export class UnsupportedVersion extends MqttFault {
  /** Whether the version is newer than MQTT 5. Then CONNACK has the format of MQTT 5. */
  readonly newer: boolean;

  constructor(message: string, newer: boolean) {
    super(REASON.unsupportedVersion, message);
    this.newer = newer;
  }
}

/** A CONNECT over the limit, refused before all of it has arrived. */
export class ConnectTooLarge extends MqttFault {
  readonly head: Buffer;

  constructor(limit: number, head: Buffer) {
    super(REASON.packetTooLarge, `CONNECT is larger than ${limit} bytes`);
    this.head = head;
  }
}

export function malformed(message: string): MqttFault {
  return new MqttFault(REASON.malformed, message);
}

export function protocolError(message: string): MqttFault {
  return new MqttFault(REASON.protocolError, message);
}

/** The reason of a refused log-in, as in the metrics of all protocols. */
export function loginReasonOf({ code, reason }: Pick<MqttFault, "code" | "reason">): string {
  if (code !== undefined) return code;
  switch (reason) {
    case REASON.badCredentials:
    case REASON.notAuthorised:
      return "unauthenticated";
    case REASON.clientIdNotValid:
      return "invalid-request";
    case REASON.unavailable:
    case REASON.quotaExceeded:
    case REASON.shuttingDown:
      return "unavailable";
    case REASON.connectionRateExceeded:
    case REASON.rateTooHigh:
      return "rate-limited";
    case REASON.unspecified:
      return "internal";
    default:
      return "protocol-error";
  }
}

/** The return code of CONNACK in MQTT 3.1 and 3.1.1 [MQTT3.1.1 3.2.2.3]. */
export function returnCodeOf(reason: number): number {
  switch (reason) {
    case REASON.success:
      return 0;
    case REASON.unsupportedVersion:
      return 1;
    case REASON.clientIdNotValid:
      return 2;
    case REASON.unavailable:
    case REASON.quotaExceeded:
    case REASON.shuttingDown:
    case REASON.connectionRateExceeded:
    case REASON.rateTooHigh:
      return 3;
    case REASON.badCredentials:
      return 4;
    default:
      return 5;
  }
}

/** Reason codes that are allowed in PUBACK and PUBREC [MQTT5 3.4.2.1, 3.5.2.1]. */
const ACKNOWLEDGEABLE: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);

/** `implementationSpecific` if `reason` is not allowed. */
export function asAcknowledgement(reason: number): number {
  return ACKNOWLEDGEABLE.has(reason) ? reason : REASON.implementationSpecific;
}
