import type { ErrorCode } from "@fleetlog/domain";

export interface WireError {
  readonly http: number;
  readonly title: string;
  /** JSON-RPC 2.0, 5.1: -32600 to -32603 are standard, -32000 to -32099 the server's. */
  readonly jsonrpc: number;
  /** MQTT 5 reason code [MQTT5 2.4]. */
  readonly mqtt: number;
  /** Close code after a refused log-in; without a code the WebSocket stays open. */
  readonly websocket?: number;
}

/** The only mapping of the domain's error codes to protocols. */
export const WIRE_ERRORS: Readonly<Record<ErrorCode, WireError>> = {
  "invalid-request": { http: 400, title: "Invalid request", jsonrpc: -32602, mqtt: 0x99 },
  "method-not-allowed": { http: 405, title: "Method not allowed", jsonrpc: -32601, mqtt: 0x83 },
  "payload-too-large": { http: 413, title: "Payload too large", jsonrpc: -32013, mqtt: 0x95 },
  "headers-too-large": { http: 431, title: "Headers too large", jsonrpc: -32600, mqtt: 0x95 },
  "request-timeout": { http: 408, title: "Request came too slowly", jsonrpc: -32600, mqtt: 0x83 },
  "upgrade-required": { http: 426, title: "Upgrade required", jsonrpc: -32600, mqtt: 0x83 },
  "unsupported-media-type": { http: 415, title: "Unsupported media type", jsonrpc: -32600, mqtt: 0x99 },
  "rate-limited": { http: 429, title: "Too many requests", jsonrpc: -32029, mqtt: 0x96, websocket: 1013 },
  unauthenticated: { http: 401, title: "Not authenticated", jsonrpc: -32001, mqtt: 0x86, websocket: 1008 },
  "second-factor-required": { http: 401, title: "A code of the second factor is needed", jsonrpc: -32001, mqtt: 0x86 },
  "proof-required": { http: 403, title: "A new proof of your identity is needed", jsonrpc: -32003, mqtt: 0x87 },
  forbidden: { http: 403, title: "Forbidden", jsonrpc: -32003, mqtt: 0x87 },
  "not-found": { http: 404, title: "Not found", jsonrpc: -32004, mqtt: 0x90 },
  "account-unknown": { http: 404, title: "Unknown account", jsonrpc: -32004, mqtt: 0x87 },
  "account-exists": { http: 409, title: "Account exists", jsonrpc: -32009, mqtt: 0x83 },
  "limit-reached": {
    http: 409,
    title: "A limit of the account is reached",
    ...{ jsonrpc: -32009, mqtt: 0x97, websocket: 1013 },
  },
  "person-unknown": { http: 404, title: "Unknown person", jsonrpc: -32004, mqtt: 0x87 },
  "person-exists": { http: 409, title: "Person exists", jsonrpc: -32009, mqtt: 0x83 },
  "person-ended": { http: 410, title: "Person ended", jsonrpc: -32010, mqtt: 0x87 },
  "last-sign-in": { http: 409, title: "Last way to sign in", jsonrpc: -32009, mqtt: 0x87 },
  "api-key-unknown": { http: 404, title: "Unknown API key", jsonrpc: -32004, mqtt: 0x87 },
  "passkey-unknown": { http: 404, title: "Unknown passkey", jsonrpc: -32004, mqtt: 0x87 },
  "passkeys-unavailable": { http: 409, title: "No passkeys at this address", jsonrpc: -32009, mqtt: 0x83 },
  "device-unknown": { http: 404, title: "Unknown device", jsonrpc: -32004, mqtt: 0x87 },
  "device-exists": { http: 409, title: "Device exists", jsonrpc: -32009, mqtt: 0x83 },
  "certificate-unknown": { http: 404, title: "Certificate unknown", jsonrpc: -32049, mqtt: 0x80 },
  "authority-unknown": { http: 404, title: "Unknown certificate authority", jsonrpc: -32004, mqtt: 0x87 },
  "authority-exists": { http: 409, title: "Certificate authority exists", jsonrpc: -32009, mqtt: 0x83 },
  "device-retired": { http: 410, title: "Device retired", jsonrpc: -32010, mqtt: 0x87 },
  "dialect-mismatch": { http: 409, title: "Not possible in this dialect", jsonrpc: -32009, mqtt: 0x83 },
  "login-taken": { http: 409, title: "This log-in is taken", jsonrpc: -32009, mqtt: 0x83 },
  "waiting-unknown": { http: 404, title: "No such client waits", jsonrpc: -32004, mqtt: 0x87 },
  "device-type-unknown": { http: 404, title: "Unknown device type", jsonrpc: -32004, mqtt: 0x90 },
  "device-type-in-use": { http: 409, title: "Device type in use", jsonrpc: -32009, mqtt: 0x83 },
  "group-unknown": { http: 404, title: "Unknown group", jsonrpc: -32004, mqtt: 0x90 },
  "channel-unknown": { http: 404, title: "Unknown channel", jsonrpc: -32004, mqtt: 0x90 },
  "catalogue-unknown": { http: 404, title: "Unknown catalogue", jsonrpc: -32004, mqtt: 0x90 },
  "scan-unknown": { http: 404, title: "Unknown scan", jsonrpc: -32004, mqtt: 0x90 },
  "update-unavailable": { http: 409, title: "No such update can be installed now", jsonrpc: -32009, mqtt: 0x83 },
  "command-unknown": { http: 404, title: "Unknown command", jsonrpc: -32004, mqtt: 0x90 },
  "command-ended": { http: 409, title: "Command has ended", jsonrpc: -32009, mqtt: 0x83 },
  "provision-request-unknown": { http: 404, title: "Unknown provision request", jsonrpc: -32004, mqtt: 0x90 },
  "provision-request-exists": { http: 409, title: "These log-in names are taken", jsonrpc: -32009, mqtt: 0x83 },
  "provision-state": { http: 409, title: "Not possible in this state", jsonrpc: -32009, mqtt: 0x83 },
  "enrolment-group-unknown": { http: 404, title: "Unknown enrolment group", jsonrpc: -32004, mqtt: 0x90 },
  "enrolment-closed": { http: 409, title: "Enrolment is closed", jsonrpc: -32009, mqtt: 0x87, websocket: 1008 },
  "claim-code-unknown": { http: 404, title: "No such claim code can be used", jsonrpc: -32004, mqtt: 0x90 },
  "import-unknown": { http: 404, title: "Unknown import", jsonrpc: -32004, mqtt: 0x87 },
  "credentials-gone": { http: 410, title: "Credentials gone", jsonrpc: -32010, mqtt: 0x87 },
  "artifact-unknown": { http: 404, title: "Unknown artifact", jsonrpc: -32004, mqtt: 0x87 },
  "artifact-exists": { http: 409, title: "Version exists", jsonrpc: -32009, mqtt: 0x83 },
  "artifact-in-use": { http: 409, title: "Artifact is in use", jsonrpc: -32009, mqtt: 0x83 },
  "digest-mismatch": { http: 400, title: "Bytes differ from their digest", jsonrpc: -32602, mqtt: 0x99 },
  "range-not-satisfiable": { http: 416, title: "Range not satisfiable", jsonrpc: -32602, mqtt: 0x99 },
  "storage-full": { http: 507, title: "No space for artifacts", jsonrpc: -32057, mqtt: 0x97 },
  "idempotency-key-reused": { http: 422, title: "Idempotency key reused", jsonrpc: -32022, mqtt: 0x83 },
  "session-superseded": { http: 409, title: "Session taken over", jsonrpc: -32011, mqtt: 0x8e },
  conflict: { http: 409, title: "Conflict", jsonrpc: -32009, mqtt: 0x83 },
  "precondition-failed": { http: 412, title: "Not the expected revision", jsonrpc: -32012, mqtt: 0x83 },
  "view-behind": { http: 503, title: "View is behind", jsonrpc: -32050, mqtt: 0x88 },
  "view-unavailable": { http: 503, title: "No projector answers", jsonrpc: -32050, mqtt: 0x88 },
  "history-unavailable": { http: 503, title: "No historian answers", jsonrpc: -32050, mqtt: 0x88 },
  "query-limit": { http: 422, title: "The query exceeds a limit", jsonrpc: -32022, mqtt: 0x83 },
  "log-unavailable": { http: 503, title: "Log unavailable", jsonrpc: -32050, mqtt: 0x88, websocket: 1013 },
  "log-full": { http: 507, title: "Log full", jsonrpc: -32057, mqtt: 0x97, websocket: 1013 },
  unavailable: { http: 503, title: "Unavailable", jsonrpc: -32050, mqtt: 0x88, websocket: 1013 },
  internal: { http: 500, title: "Internal error", jsonrpc: -32603, mqtt: 0x80 },
};
