/** The settings, and the identity if any, with which a device starts. */
export interface DeviceStart {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Only a registered device has one: other devices get an identity when they are provisioned. */
  readonly identity?: {
    readonly device: string;
    readonly token: string;
    readonly url: string;
    readonly request: string;
  };
  readonly warnings: readonly string[];
}

/** A settings file has at least one of these names. Other files are taken for an answer of the API. */
const OWN_NAMES = ["broker-url", "client-id", "activation-key", "ca-authentication", "enabled"];

export interface SettingsSource {
  readonly name: string;
  readonly text: string;
  readonly server?: string;
  /** Path of the authority's certificate on the device, absolute or beside the settings. */
  readonly ca?: string;
}

type Given = Readonly<Record<string, unknown>>;

/**
 * Accepts a settings file, a provision request (body and answer in one object), or the answer that registered a
 * device.
 *
 * @throws Error that names what is missing
 */
export function readSettings(source: SettingsSource, now = new Date()): DeviceStart {
  const { name, text, server, ca } = source;
  const given = jsonObject(name, text);
  const url = server ?? nonEmpty(given["broker-url"]);
  if (url === undefined) throw new Error(`--server is needed: ${name} does not say where the device connects to`);
  const own = startOf(name, given, url);
  const settings = { ...own.settings, "broker-url": url, ...(ca !== undefined && { ca }) };
  return { ...own, settings, warnings: [...checkUrl(url, settings), ...checkRequest(given, now)] };
}

function startOf(name: string, given: Given, url: string): Pick<DeviceStart, "settings" | "identity"> {
  if (OWN_NAMES.some((each) => each in given)) return { settings: given };
  const { clientId, userName, password, activationKey, id, token } = given;
  if (nonEmpty(clientId) !== undefined) {
    const missing = Object.entries({ userName, password }).find(([, value]) => nonEmpty(value) === undefined);
    if (missing !== undefined)
      throw new Error(
        `--request: ${name} has no ${missing[0]}; it needs the body of POST /api/provision-requests and its answer in one object`,
      );
    const key = activationKey === undefined ? {} : { "activation-key": activationKey };
    const logIn = { "client-id": clientId, username: userName, password, ...key };
    return { settings: { enabled: true, provisioned: false, ...logIn } };
  }
  const [device, secret] = [nonEmpty(id), nonEmpty(token)];
  if (device !== undefined && secret !== undefined) {
    const settings = { enabled: false, provisioned: true, "ca-authentication": false };
    return { settings, identity: { device, token: secret, url, request: "registered" } };
  }
  throw new Error(
    `--request: ${name} has neither settings (broker-url, …), nor a provision request (clientId, userName, password), ` +
      "nor a registered device (id, token)",
  );
}

function jsonObject(name: string, text: string): Given {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would show a part of the file, which has secrets.
    throw new Error(`--request: ${name} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`--request: ${name} is not a JSON object`);
  return value as Given;
}

function checkUrl(url: string, settings: Given): string[] {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (!["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol))
    throw new Error(`--server can't be ${url}; it takes mqtts://host, wss://host/device, mqtt://… or ws://…`);
  const isPlain = protocol === "mqtt:" || protocol === "ws:";
  const verifies = settings["ca-authentication"] !== false;
  if (settings.ca === undefined && (verifies || !isPlain))
    throw new Error(
      "--authority is needed, so that the device can verify its server: " +
        "curl -s -o fleetlog-ca.pem http://<gateway>:8080/api/authority",
    );
  if (!isPlain) return [];
  return [
    `${url} is without TLS: others on the network can read everything, and a provision request must allow it (allowPlain)`,
  ];
}

function checkRequest({ expiresOn, state }: Given, now: Date): string[] {
  if (typeof expiresOn === "string" && new Date(expiresOn) <= now)
    throw new Error(`--request has expired (${expiresOn}); make a new provision request`);
  return typeof state === "string" && state !== "CREATED" ? [`the provision request is ${state}, not CREATED`] : [];
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
