import type { Socket } from "node:net";

/** Writes of one turn of the event loop leave in one system call: at tens of thousands a second that is what costs. */
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
