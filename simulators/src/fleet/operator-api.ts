import type {
  AdmittedDevice,
  AdmitWaitingBody,
  ChangeLoginBody,
  CreateApiKeyBody,
  DeviceResource,
  InvitePersonBody,
  PersonLinkAnswer,
  RegisterDeviceBody,
  RegisteredDevice,
  SessionInfo,
  WaitingClient,
  WaitingList,
} from "@fleetlog/protocol";

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly advice: string;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
    this.advice =
      status === 401 || status === 403
        ? "Give the token of an administrator in FLEETLOG_ADMIN_TOKEN."
        : "The gateway's log may say more.";
  }
}

/** The part of the operators' HTTP API for fleets. Calls reject with {@link ApiError}. */
export class OperatorApi {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async ready(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  register(device: RegisterDeviceBody): Promise<RegisteredDevice> {
    return this.#call("POST", "/api/devices", device);
  }

  /** Requests a list of one id, because an unknown device gives an empty list instead of an error. */
  async device(id: string): Promise<DeviceResource | undefined> {
    const { items } = await this.#call<{ items: DeviceResource[] }>("GET", `/api/devices/rows?ids=${id}`);
    return items[0];
  }

  async waiting(): Promise<readonly WaitingClient[]> {
    return (await this.#call<WaitingList>("GET", "/api/waiting")).items;
  }

  admit(waiting: string, device: AdmitWaitingBody): Promise<AdmittedDevice> {
    return this.#call("POST", `/api/waiting/${encodeURIComponent(waiting)}/admit`, device);
  }

  changeLogin(id: string, login: ChangeLoginBody): Promise<unknown> {
    return this.#call("PUT", `/api/devices/${encodeURIComponent(id)}/login`, login);
  }

  /** The gateway makes the certificate's key. */
  issueCertificate(id: string): Promise<NonNullable<RegisteredDevice["certificate"]>> {
    return this.#call("POST", `/api/devices/${encodeURIComponent(id)}/certificates`, { keyType: "RSA-2048" });
  }

  /** The port of MQTT over TLS; undefined if it is closed. */
  async mqttsPort(): Promise<number | undefined> {
    return (await this.#call<SessionInfo>("GET", "/api/session")).ports.mqtts;
  }

  invite(person: InvitePersonBody): Promise<{ readonly id: string }> {
    return this.#call("POST", "/api/people", person);
  }

  personLink(person: string): Promise<PersonLinkAnswer> {
    return this.#call("POST", `/api/people/${encodeURIComponent(person)}/link`);
  }

  /** Sets a password by the code of a one-time link. */
  setPassword(reset: { readonly email: string; readonly code: string; readonly password: string }): Promise<unknown> {
    return this.#call("POST", "/api/people/reset", reset);
  }

  createKey(key: CreateApiKeyBody): Promise<{ readonly key: string }> {
    return this.#call("POST", "/api/api-keys", key);
  }

  rotateToken(id: string): Promise<{ token: string }> {
    return this.#call("POST", `/api/devices/${encodeURIComponent(id)}/token`);
  }

  /** The certificates of the installation's authority, as PEM. */
  async authority(): Promise<string> {
    const response = await fetch(`${this.#url}/api/authority`, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new ApiError(response.status, `GET /api/authority: ${response.status}`);
    return response.text();
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json().catch(() => undefined)) as unknown;
    if (response.ok) return answer as T;
    const { detail, title } = (answer ?? {}) as { detail?: string; title?: string };
    throw new ApiError(response.status, `${method} ${path}: ${response.status} ${detail ?? title ?? ""}`);
  }
}
