import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

type OnSaid = (bytes: Buffer, by: Socket) => void;

/** A cable between a role and a server on loopback, that a test can cut and mend. */
export class Cuttable {
  private readonly sockets = new Set<Socket>();
  private readonly fars = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  private constructor(
    private readonly target: URL,
    private readonly defaultPort: number,
    private readonly onSaid: OnSaid,
  ) {}

  /** `defaultPort` where the address names none; `onSaid` gets all that the server is told, and by which
   * connection. */
  static async before(
    address: string,
    defaultPort = 80,
    onSaid: OnSaid = () => {},
  ): Promise<Cuttable> {
    const cable = new Cuttable(new URL(address), defaultPort, onSaid);
    await cable.mend();
    return cable;
  }

  /** The address to give to who shall be cut off. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${String(this.port)}`;
    return url.href.replace(/\/$/, '');
  }

  /** All that is connected is reset, and who connects is refused. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise((resolve) =>
      server === undefined ? resolve(undefined) : server.close(resolve),
    );
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** What the server says stays on the way; what is said to it arrives. */
  holdAnswers(): void {
    for (const far of this.fars) far.pause();
  }

  letAnswersThrough(): void {
    for (const far of this.fars) far.resume();
  }

  async mendIfCut(): Promise<void> {
    if (this.server === undefined) await this.mend();
  }

  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(Number(this.target.port) || this.defaultPort, '127.0.0.1');
      this.fars.add(far);
      far.on('close', () => this.fars.delete(far));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
      }
      far.pipe(near);
      near.on('data', (bytes: Buffer) => this.onSaid(bytes, near));
      // The simulator answers to its own name only.
      if (/^http/.test(this.target.protocol))
        near.on('data', (data: Buffer) =>
          far.write(
            data.toString('latin1').replace(`127.0.0.1:${String(this.port)}`, this.target.host),
            'latin1',
          ),
        );
      else near.pipe(far);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }
}
