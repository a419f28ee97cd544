import { createServer } from "node:net";

/** A port of the machine that is already used, and the setting that moves it. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";

  constructor(port: number, host: string, purpose: string, setting: string) {
    super(
      `Port ${port} on ${host} (${purpose}) is taken by another program. ` +
        `Stop that program, or choose another port: ${setting}=${port + 1} npm start`,
    );
  }
}

/**
 * Makes sure that a port can be listened on, now.
 * @param port 0 for any
 * @returns the port, or the free one that was found for 0
 * @throws PortTaken
 */
export async function claimPort(port: number, host: string, purpose: string, setting: string): Promise<number> {
  const found = await listenOnce(port, host);
  if (found === undefined) throw new PortTaken(port, host, purpose, setting);
  return found;
}

/** The port if it is free, else any free one. */
export async function freePort(preferred: number, host: string): Promise<number> {
  return (await listenOnce(preferred, host)) ?? claimPort(0, host, "any", "");
}

function listenOnce(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else if (error.code === "EACCES") reject(new Error(`Port ${port} needs more rights than this user has`));
      else if (error.code === "EADDRNOTAVAIL")
        reject(new Error(`FLEETLOG_HOST is ${host}, not an address of this machine`));
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
