import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly code: string;
}

export interface MailServer {
  readonly url: string;
  /** Accepted mails, also repetitions. */
  readonly mails: readonly ReceivedMail[];
  /** Answers to recipients from now on; undefined accepts. */
  refuse(answer: ((address: string) => { readonly code: number; readonly text: string } | undefined) | undefined): void;
  newest(address: string): ReceivedMail | undefined;
  /**
   * From now on, answers no mail: with `accepted` it keeps the mails, with `received` it does not. `release` accepts none
   * of the waiting mails.
   */
  hold(what: "received" | "accepted"): { readonly held: () => number; release(): void };
  stop(): Promise<void>;
}

export async function startMailServer({ port = 0, auth }: { port?: number; auth?: string } = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  let refusal: Parameters<MailServer["refuse"]>[0];
  let holding: { readonly accepts: boolean; readonly ended: Promise<void>; held: number } | undefined;
  const server = new SMTPServer({
    authOptional: auth === undefined,
    ...(auth === undefined && { disabledCommands: ["AUTH", "STARTTLS"] }),
    ...(auth !== undefined && { hideSTARTTLS: true, allowInsecureAuth: true }),
    onAuth({ username, password }, _session, done) {
      if (`${username}:${password}` === auth) done(null, { user: username ?? "" });
      else done(new Error("wrong password"));
    },
    onRcptTo({ address }, _session, done) {
      const answer = refusal?.(address);
      if (answer === undefined) done();
      else done(Object.assign(new Error(answer.text), { responseCode: answer.code }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const mail = parse(Buffer.concat(chunks).toString(), to);
        if (holding === undefined) {
          mails.push(mail);
          return done();
        }
        holding.held += 1;
        if (holding.accepts) mails.push(mail);
        void holding.ended.then(() => done(new Error("it ends")));
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("the mail server has no port");
  const login = auth === undefined ? "" : `${auth}@`;
  return {
    url: `smtp://${login}127.0.0.1:${address.port}`,
    mails,
    refuse(answer) {
      refusal = answer;
    },
    hold(what) {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const mine = { accepts: what === "accepted", ended, held: 0 };
      holding = mine;
      return {
        held: () => mine.held,
        release() {
          holding = undefined;
          resolve();
        },
      };
    },
    newest: (to) => mails.findLast((mail) => mail.to.includes(to)),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function parse(raw: string, to: readonly string[]): ReceivedMail {
  const end = raw.indexOf("\r\n\r\n");
  const headers = raw.slice(0, end).replaceAll(/\r\n[ \t]+/g, " ");
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(headers)?.[1]?.trim() ?? "";
  const body = raw.slice(end + 4);
  const coding = header("content-transfer-encoding");
  const text =
    coding === "base64"
      ? Buffer.from(body, "base64").toString()
      : coding === "quoted-printable"
        ? body
            .replaceAll(/=\r\n/g, "")
            .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        : body;
  const code = /with this code: ([2-9A-Z]{10})\b/.exec(text)?.[1] ?? "";
  return { to, messageId: header("message-id"), subject: header("subject"), text, code };
}
