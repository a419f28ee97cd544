import type { Socket } from "node:net";

/** One system call for all writes of a turn of the event loop: calls cost most at high rates. */
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
