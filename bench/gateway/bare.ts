/** The reference: what a pass-through costs that does nothing. node:http on both sides, pipe both ways. Arguments: port, upstream. */
import { Agent, createServer, request } from "node:http";

const [port = "0", upstream = ""] = process.argv.slice(2);
const { hostname, port: upstreamPort } = new URL(upstream);
const agent = new Agent({ keepAlive: true, maxSockets: 1024 });

const server = createServer((asked, answer) => {
  const { method, url: path, headers } = asked;
  const onward = request({ agent, hostname, port: upstreamPort, method, path, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  answer.on("close", () => {
    if (!answer.writableEnded) onward.destroy();
  });
  asked.pipe(onward);
});
server.listen(Number(port), "127.0.0.1");
