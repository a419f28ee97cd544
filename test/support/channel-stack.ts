import type { ChannelPage, ChannelResource, ChannelTest, DeliveryPage } from "@fleetlog/protocol";
import { expect } from "vitest";
import { type HttpReceiver, startReceiver } from "./http-receiver.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";
import { type Stack, startStack } from "./stack.ts";

/** A stack with a mail server and a receiver of requests, to which channels may send. */
export class ChannelStack {
  readonly stack: Stack;
  readonly mail: MailServer;
  readonly receiver: HttpReceiver;

  private constructor(stack: Stack, mail: MailServer, receiver: HttpReceiver) {
    this.stack = stack;
    this.mail = mail;
    this.receiver = receiver;
  }

  static async start(): Promise<ChannelStack> {
    const mail = await startMailServer();
    const receiver = await startReceiver();
    const env = {
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "fleetlog@example.org",
      FLEETLOG_CHANNEL_NETWORKS: "127.0.0.1",
      // For a device that sends messages.
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
    };
    return new ChannelStack(await startStack({ env }), mail, receiver);
  }

  async stop(): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
    await this.mail.stop();
    await this.receiver[Symbol.asyncDispose]();
  }

  async put(id: string, channel: object): Promise<ChannelResource> {
    const { status, body } = await this.stack.api.call<ChannelResource>("PUT", `/api/channels/${id}`, channel);
    expect([200, 201]).toContain(status);
    return body;
  }

  async test(id: string, body?: object): Promise<ChannelTest> {
    return (await this.stack.api.call<ChannelTest>("POST", `/api/channels/${id}/test`, body)).body;
  }

  async deliveries(id: string): Promise<DeliveryPage["items"]> {
    return (await this.stack.api.call<DeliveryPage>("GET", `/api/channels/${id}/deliveries?limit=200`)).body.items;
  }

  async list(): Promise<ChannelPage["items"]> {
    return (await this.stack.api.call<ChannelPage>("GET", "/api/channels")).body.items;
  }

  /** The requests that the receiver got at this path. */
  postsAt(path: string): HttpReceiver["posts"] {
    return this.receiver.posts.filter((post) => post.path === path);
  }

  async killReactors(meanwhile: () => void = () => {}): Promise<void> {
    const [reactors] = this.stack.reactors;
    await reactors?.process.kill();
    meanwhile();
    await reactors?.restart();
  }
}
