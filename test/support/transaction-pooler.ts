import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";

/** A pooler as far as its clients can tell, in front of a real server. */
export interface TransactionPooler extends AsyncDisposable {
  readonly port: number;
  /** How often a client's next transaction went to another connection than its last. */
  readonly moves: number;
}

/** What poolers let pass at the start of a connection; anything else is refused, as PgBouncer does. */
const KNOWN_PARAMETERS = new Set(["user", "database", "client_encoding", "application_name"]);

/**
 * Gives each transaction of each client the connection that was idle longest, whoever it was made for. So nothing that
 * a client leaves in its connection (settings, prepared statements, locks of the session) is there the next time.
 */
export async function openTransactionPooler(server: { host: string; port: number }): Promise<TransactionPooler> {
  /** By what they were opened with: user and database. */
  const pools = new Map<string, Socket[]>();
  const sockets = new Set<Socket>();
  let moves = 0;

  const listener = createServer((client) => {
    sockets.add(client);
    let attached: Socket | undefined;
    let last: Socket | undefined;
    let pool: Socket[] = [];
    client.on("error", () => client.destroy());
    client.on("close", () => attached?.destroy());

    const serve = (backend: Socket): void => {
      attached = backend;
      if (last !== undefined && last !== backend) moves += 1;
      last = backend;
      const sees = idleSigns();
      backend.on("data", (chunk) => {
        client.write(chunk);
        if (!sees(chunk)) return;
        attached = undefined;
        backend.removeAllListeners("data");
        pool.push(backend);
      });
    };
    const pass = (chunk: Buffer): void => {
      // "X": the client leaves; the connection stays for others.
      if (attached === undefined && chunk[0] === 0x58) return;
      const next = attached ?? pool.shift();
      if (next === undefined) {
        client.destroy();
        return;
      }
      if (attached === undefined) serve(next);
      next.write(chunk);
    };

    client.once("data", (startup) => {
      const stranger = parametersOf(startup).find((name) => !KNOWN_PARAMETERS.has(name));
      if (stranger !== undefined) {
        client.end(refusal(`unsupported startup parameter: ${stranger}`));
        return;
      }
      pool = pools.get(startup.toString("hex")) ?? [];
      pools.set(startup.toString("hex"), pool);
      const backend = connect(server.port, server.host);
      sockets.add(backend);
      backend.on("error", () => backend.destroy());
      backend.on("close", () => {
        if (attached === backend) client.destroy();
        const place = pool.indexOf(backend);
        if (place >= 0) pool.splice(place, 1);
      });
      backend.write(startup);
      serve(backend);
      client.on("data", pass);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return {
    port: address.port,
    get moves() {
      return moves;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

/** Says of each chunk from the server whether it ends with "ready, and in no transaction". */
function idleSigns(): (chunk: Buffer) => boolean {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let ready = false;
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const length = 1 + rest.readUInt32BE(1);
      ready = rest[0] === 0x5a && rest[5] === 0x49;
      rest = rest.subarray(length);
    }
    return ready;
  };
}

function parametersOf(startup: Buffer): string[] {
  const words = startup.subarray(8).toString("utf8").split("\0");
  return words.filter((word, index) => index % 2 === 0 && word !== "");
}

function refusal(message: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C08P01\0M${message}\0\0`;
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(4 + Buffer.byteLength(fields), 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}
