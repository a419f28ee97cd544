import { createTransport } from "nodemailer";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Does not change when the mail is sent again, so that a mailbox shows it once. */
  readonly messageId: string;
}

/** The outcome of a try. No reason contains an address. */
export type Delivery =
  | { readonly state: "sent" }
  /** A later try would fail too. */
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "later"; readonly reason: string };

/** Sends one mail once; never rejects. */
export interface Mailer {
  send(mail: Mail): Promise<Delivery>;
}

/** A mail server. */
export interface SmtpServer {
  /** A name or an address. */
  readonly host: string;
  /** The name that its certificate must have; default: the host. */
  readonly name?: string;
  readonly port: number;
  /** `if-offered` sends no password without TLS. */
  readonly tls: "implicit" | "starttls" | "if-offered" | "none";
  readonly auth?: { readonly user: string; readonly password: string };
  readonly from: string;
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** The installation's mail server. @param url `smtp[s]://[user:password@]host:port` */
export function smtpServerOf(url: string, from: string): SmtpServer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const user = decodeURIComponent(username);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    tls: secure ? "implicit" : "if-offered",
    ...(user !== "" && { auth: { user, password: decodeURIComponent(password) } }),
    from,
  };
}

/** Sends by SMTP. A password is sent only over an encrypted connection, or to this machine. */
export function smtpMailer({ host, name, port, tls, auth, from }: SmtpServer): Mailer {
  const needsTls = auth !== undefined && !LOOPBACK.test(host);
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    ...(name !== undefined && { servername: name }),
    ...(auth !== undefined && { auth: { user: auth.user, pass: auth.password } }),
    requireTLS: tls === "starttls" || (tls !== "implicit" && needsTls),
    ignoreTLS: tls === "none" && !needsTls,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
  });
  return {
    async send(mail) {
      try {
        await transport.sendMail({ ...mail, from, headers: { "auto-submitted": "auto-generated" } });
        return { state: "sent" };
      } catch (error) {
        return failure(error);
      }
    },
  };
}

/** Keeps only the codes of an answer, because servers repeat the address in the text. */
function failure(error: unknown): Delivery {
  const { code, command, responseCode, response } = error as {
    readonly code?: string;
    readonly command?: string;
    readonly responseCode?: number;
    readonly response?: string;
  };
  if (responseCode === undefined)
    return { state: "later", reason: `the mail server can't be reached (${code ?? "unknown error"})` };
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? "")?.[1];
  const answer = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
  // A refused login or sender is not final: the settings are wrong, and people mend them.
  const final = responseCode >= 500 && (command === "RCPT TO" || command === "DATA");
  if (final)
    return {
      state: "refused",
      reason: `the mail server refused the ${command === "DATA" ? "mail" : "address"} (${answer})`,
    };
  return { state: "later", reason: `the mail server answered ${answer} to ${command ?? "the connection"}` };
}
