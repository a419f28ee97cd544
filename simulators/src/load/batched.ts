import type { Socket } from "node:net";

/** Combines the writes of one turn of the event loop into one system call, because calls cost most at high rates. */
export function batched(socket: Socket): (data: Buffer) => void {
  let corked = false;
  return (data) => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    socket.write(data);
  };
}
