import { FleetError, invalid, parseDeviceId } from "@fleetlog/domain";
import type { ShownCertificate } from "../device-credentials.ts";
import type { ShownNames } from "../login-credentials.ts";
import { NOBODY, type RegisteredDevices } from "./registered.ts";

/**
 * What a client presents to identify itself. Only the certificate is verified, by the TLS listener. A single name, such
 * as in HTTP's `Authorization`, is the user name, without a client id.
 */
export interface PresentedIdentity {
  readonly clientId?: string | undefined;
  readonly userName?: string | undefined;
  readonly password?: string | undefined;
  readonly certificate?: ({ readonly commonName: string } & Partial<ShownCertificate>) | undefined;
  /** Address of the peer, `host:port`. */
  readonly address: string;
  /** Dialect of the listener; undefined on the shared ports. */
  readonly listener?: string | undefined;
}

export type PresentedCredential =
  | { readonly by: "token"; readonly token: string }
  /** A token that is presented beside the certificate must be valid, too. */
  | { readonly by: "certificate"; readonly token?: string; readonly certificate?: ShownCertificate }
  /** The names and password that the client showed, for a device that is registered in a dialect. */
  | ({ readonly by: "names"; readonly token?: never } & ShownNames)
  | { readonly by: "address"; readonly address: string; readonly token?: never };

/** The device that a client claims to be, not yet authenticated. */
export interface DirectoryEntry {
  /** May be an invalid id, for which no credential is valid. */
  readonly device: string;
  readonly dialect: string;
  /** The client's name in errors and log lines. */
  readonly login: string;
  readonly credential: PresentedCredential;
  /** The account in Kura's topics, if the device is registered with one. */
  readonly account?: string | undefined;
}

/** Finds the device that a client claims to be. */
export interface Directory {
  /**
   * Resolves with undefined if no device is named. A JSON-RPC client may then call the log-in method.
   * @throws FleetError `invalid-request` for an invalid `clientId`, `unauthenticated` if a name or the password is
   * missing, `forbidden` if a name differs from the certificate's
   */
  find(shown: PresentedIdentity): Promise<DirectoryEntry | undefined>;
  /** The device that is registered in a dialect with these names, for a client that `find` or the credential refused. */
  findRegistered?(shown: PresentedIdentity): Promise<DirectoryEntry | undefined>;
}

/**
 * How devices of one dialect identify themselves. Returns undefined for devices of other dialects.
 * @throws FleetError as {@link Directory.find} does
 */
export type IdentityConvention = (
  presented: PresentedIdentity,
  registered: RegisteredDevices,
) => DirectoryEntry | undefined | Promise<DirectoryEntry | undefined>;

/**
 * @param conventions of the dialects; the first that returns a device decides, and the native convention comes last. A
 * dialect's own listener is for devices of that dialect only.
 */
export function deviceDirectory(
  conventions: readonly IdentityConvention[] = [],
  registered: RegisteredDevices = NOBODY,
): Directory {
  return {
    async find(presented) {
      for (const convention of conventions) {
        const claimed = convention(presented, registered);
        const found = claimed instanceof Promise ? await claimed : claimed;
        if (found !== undefined) return found;
      }
      return presented.listener === undefined ? native(presented) : undefined;
    },

    async findRegistered({ clientId, userName, password, certificate, listener }) {
      const isNamed = clientId !== undefined && userName !== undefined && password !== undefined;
      if (!isNamed || certificate !== undefined || listener !== undefined) return undefined;
      if (!clientId.isWellFormed() || !userName.isWellFormed()) return undefined;
      const found = await registered.byNames(clientId, userName);
      if (found === undefined) return undefined;
      const { device, dialect, account } = found;
      const credential = { by: "names", clientId, userName, password } as const;
      return { device, dialect, login: clientId, credential, account };
    },
  };
}

/**
 * Client id = user name = device id, password = token. With a certificate (common name = device id) all are optional.
 */
function native(presented: PresentedIdentity): DirectoryEntry | undefined {
  const { clientId, userName, password, certificate } = presented;
  if (certificate !== undefined) return certified(certificate, presented);
  if (clientId === undefined) {
    return userName === undefined || password === undefined ? undefined : entry(userName, password);
  }
  const device = parseDeviceId(clientId, "clientId");
  if (userName === undefined || password === undefined) {
    throw new FleetError("unauthenticated", "user name (the device id) and password (its token) are needed");
  }
  if (userName !== clientId) throw invalid("clientId", "client id and user name must both be the device id");
  return entry(device, password);
}

function certified(
  { commonName: device, ...certificate }: NonNullable<PresentedIdentity["certificate"]>,
  { clientId, userName, password }: PresentedIdentity,
): DirectoryEntry {
  const { serial, issuer, own } = certificate;
  const isWhole = serial !== undefined && issuer !== undefined && own !== undefined;
  if (clientId !== undefined && clientId !== "" && clientId !== device) {
    throw new FleetError("forbidden", `the certificate is for ${device}, but the client id is different`, {
      field: "clientId",
    });
  }
  if (userName !== undefined && userName !== device) {
    // Without a client id, the name comes from HTTP's Authorization header or a log-in call.
    const [what, field] =
      clientId === undefined ? ["the device that was named", {}] : ["the user name", { field: "userName" }];
    throw new FleetError("forbidden", `the certificate is for ${device}, but ${what} is different`, field);
  }
  const credential = {
    by: "certificate",
    ...(password !== undefined && { token: password }),
    ...(isWhole && { certificate: { ...certificate, serial, issuer, own } }),
  } as const;
  return { device, dialect: "native", login: device, credential };
}

function entry(device: string, token: string): DirectoryEntry {
  return { device, dialect: "native", login: device, credential: { by: "token", token } };
}
