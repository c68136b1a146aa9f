/** Stands in for the Go mock server where there is no Go: same ports, same answers, no faults. `cluster.mjs PORT CONTROL` */
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const [, , port, control] = process.argv;
const CONTENT =
  'The document describes how a regional water utility replaced ageing pumps with variable speed drives. '.repeat(8);
const bodyOf = (content) =>
  JSON.stringify({
    id: 'chatcmpl-9f2b6c1d7e8a4b0c9d3e5f6a7b8c9d0e',
    object: 'chat.completion',
    created: 1760000000,
    model: 'mock-model',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1480, completion_tokens: 212, total_tokens: 1692 },
  });

function serve() {
  let latency = 0;
  let bodies = [bodyOf(CONTENT)];
  let counted = { ok: 0, bytes: 0, first: 0, last: 0 };
  process.on('message', (message) => {
    if ('latency_ms' in message) {
      latency = message.latency_ms;
      bodies = (message.contents ?? [CONTENT]).map(bodyOf);
      counted = { ok: 0, bytes: 0, first: 0, last: 0 };
    } else {
      process.send(counted);
    }
  });
  createServer((request, response) => {
    counted.first ||= Date.now();
    request.on('data', (chunk) => {
      counted.bytes += chunk.length;
    });
    request.on('end', () => {
      const answer = () => {
        const body = bodies[counted.ok % bodies.length];
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        response.end(body);
        counted.ok++;
        counted.last = Date.now();
      };
      if (latency > 0) setTimeout(answer, latency);
      else answer();
    });
  }).listen(Number(port), '127.0.0.1', 4096);
}

function conduct() {
  const workers = [cluster.fork(), cluster.fork()];
  createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/config') {
      const { latency_ms = 0, contents } = JSON.parse(Buffer.concat(chunks).toString());
      for (const worker of workers) worker.send({ latency_ms, contents });
      response.end('{}');
      return;
    }
    const counts = await Promise.all(
      workers.map((worker) => new Promise((got) => worker.once('message', got).send({ stats: true }))),
    );
    const total = (key) => counts.reduce((sum, count) => sum + count[key], 0);
    const ok = total('ok');
    const first = Math.min(...counts.map((count) => count.first)) / 1000;
    const last = Math.max(...counts.map((count) => count.last)) / 1000;
    response.end(
      JSON.stringify({
        ok,
        rps_ok: last > first ? ok / (last - first) : 0,
        req_bytes: total('bytes'),
        first_unix: first,
        last_unix: last,
      }),
    );
  }).listen(Number(control), '127.0.0.1');
}

if (cluster.isPrimary) conduct();
else serve();
