// Run by Deno: WebTransport servers on 127.0.0.1 and ::1, one port for each pair of arguments CERT KEY.
// Prints `port PORT` for each in order, then `session PORT PATH` for every session that a client asks for.
async function listen(hostname, port, files) {
  const endpoint = new Deno.QuicEndpoint({ hostname, port });
  const listener = endpoint.listen({ ...files, alpnProtocols: ['h3'] });
  void accept(listener, endpoint.addr.port);
  return endpoint.addr.port;
}

async function accept(listener, port) {
  for await (const incoming of listener) admit(incoming, port).catch(() => {}); // A client that refuses hangs up.
}

async function admit(incoming, port) {
  const session = await Deno.upgradeWebTransport(await incoming.accept());
  console.log(`session ${port} ${new URL(session.url).pathname}`);
  await session.ready;
  await session.closed;
}

for (let at = 0; at < Deno.args.length; at += 2) {
  const [cert, key] = Deno.args.slice(at, at + 2).map((file) => Deno.readTextFileSync(file));
  const port = await listen('127.0.0.1', 0, { cert, key });
  await listen('::1', port, { cert, key });
  console.log(`port ${port}`);
}
