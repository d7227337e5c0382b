// What list servers do: as they should, and everything that goes wrong on the way of a list.

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Asked, Behaviour } from './list-server.ts';

/** The whole text, with what is needed to ask for changes only; `If-None-Match` and `If-Modified-Since` are heeded. */
export function whole(content: string | Buffer, headers: Record<string, string> = {}): Behaviour {
  const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
  const modified = 'Sun, 01 Nov 2026 00:00:00 GMT';
  return ({ request, response }) => {
    const said = { etag, 'last-modified': modified, ...headers };
    if (request.headers['if-none-match'] === etag) response.writeHead(304, said).end();
    else response.writeHead(200, { ...said, 'content-length': Buffer.byteLength(content) }).end(content);
  };
}

/** Another content each time, from the first again after the last. */
export function inTurn(...behaviours: Behaviour[]): Behaviour {
  let next = 0;
  return (asked) => behaviours[next++ % behaviours.length](asked);
}

export function status(code: number, headers: Record<string, string> = {}, text = `this is ${code}`): Behaviour {
  return ({ response }) => response.writeHead(code, headers).end(code === 304 ? undefined : text);
}

export const redirect =
  (to: string | ((asked: Asked) => string), code = 302): Behaviour =>
  (asked) =>
    status(code, { location: typeof to === 'string' ? to : to(asked) })(asked);

/** The octets as they are, with nothing around them; then nothing more, or the end of the connection. */
const raw =
  (octets: string | Buffer, end: 'close' | 'reset' | 'stuck'): Behaviour =>
  ({ socket, reset, server }) => {
    socket.write(octets, () => {
      if (end === 'close') socket.destroySoon();
      if (end === 'reset') reset();
      if (end === 'stuck') server.emit('stuck');
    });
  };

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
/** What a list that was cut off in the middle of a line begins with: a rule for all of `com`, as `com` is left of it. */
const BEGUN = 'cut-0.example\ncut-1.example\ncom';
const LONG = `${'long.example\n'.repeat(1000)}`;

/** Writes pieces as long as anybody reads. */
const endless =
  (headers: Record<string, string>, piece: Buffer): Behaviour =>
  ({ response }) => {
    const write = () => {
      while (response.writable && response.write(piece));
    };
    response.writeHead(200, headers).on('drain', write);
    write();
  };

/** What lists that are asked for here may hold. */
export const MOST = 1 << 20;

export interface Fault {
  behave: Behaviour;
  /** What is told of it. */
  says: RegExp;
}

/** Gone wrong on the way, so that nothing is fetched of a list of so much at most, and told at once. */
export const FAULTS: Record<string, Fault> = {
  'status 500': { behave: status(500), says: /answers 500/ },
  'status 404': { behave: status(404), says: /answers 404/ },
  'status 403 with a page': { behave: status(403, {}, '<html>'), says: /answers 403/ },
  'status 204, nothing': { behave: ({ response }) => response.writeHead(204).end(), says: /answers 204/ },
  'status 206, a part': { behave: status(206, { 'content-range': 'bytes 0-9/100' }), says: /answers 206/ },
  'cut off mid-line, its length told': {
    behave: raw(`${HEAD}Content-Length: 1000\r\n\r\n${BEGUN}`, 'close'),
    says: /did not send all of it/,
  },
  'cut off mid-line, in chunks': {
    behave: raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${BEGUN.length.toString(16)}\r\n${BEGUN}\r\n`, 'close'),
    says: /did not send all of it/,
  },
  'cut off mid-line, no length told': { behave: raw(`${HEAD}\r\n${BEGUN}`, 'close'), says: /how long the list is/ },
  'cut off mid-line, packed for the way': {
    behave: whole(gzipSync(LONG).subarray(0, 40), { 'content-encoding': 'gzip' }),
    says: /did not send all of it: unexpected end/,
  },
  'reset within the list': {
    behave: raw(`${HEAD}Content-Length: 1000\r\n\r\n${BEGUN}`, 'reset'),
    says: /did not send/,
  },
  'reset before a word': { behave: ({ reset }) => reset(), says: /cannot be fetched/ },
  'closed before a word': { behave: ({ socket }) => void socket.destroy(), says: /cannot be fetched/ },
  'no HTTP': { behave: raw('220 lists.example ESMTP\r\n', 'close'), says: /cannot be fetched/ },
  'chunks that are none': {
    behave: raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\na.exa\r\nzzzz\r\nb.example\r\n`, 'close'),
    says: /did not send all of it/,
  },
  'too long, and says so': { behave: whole('x.example\n'.repeat(MOST / 8)), says: /more than max_size/ },
  'too long, and says nothing': { behave: endless({}, Buffer.from(LONG)), says: /more than max_size/ },
  'a bomb, packed for the way': {
    behave: whole(gzipSync(Buffer.alloc(1 << 24, 'a.example\n')), { 'content-encoding': 'gzip' }),
    says: /more than max_size/,
  },
  'damaged, packed for the way': {
    behave: whole(gzipSync(LONG).fill(0xff, 12, 40), { 'content-encoding': 'gzip' }),
    says: /did not send all of it/,
  },
  'packed as nobody asked': { behave: whole(LONG, { 'content-encoding': 'br' }), says: /packs it by br/ },
  'a login page': {
    behave: whole('<!DOCTYPE html>\n<html><body><form>Log in</form></body></html>\n', { 'content-type': 'text/html' }),
    says: /web page/,
  },
  'another page each time': {
    behave: ({ response }) => void response.end(`<html>${Math.random()}</html>`),
    says: /web page/,
  },
  JSON: { behave: whole('{"error":"rate limited"}', { 'content-type': 'application/json' }), says: /JSON/ },
  'UTF-16': { behave: whole(Buffer.from('\ufeffa.example\nb.example\n', 'utf16le')), says: /UTF-16/ },
  'a picture': {
    behave: whole(Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de', 'hex')),
    says: /no text/,
  },
  'a file packed by gzip, cut off': { behave: whole(gzipSync(LONG).subarray(0, 40)), says: /unpacked: it is cut off/ },
  'a file packed by gzip, damaged': { behave: whole(gzipSync(LONG).fill(0xff, 12, 40)), says: /cannot be unpacked/ },
  'a file packed by zip': { behave: whole(Buffer.from('PK\x03\x04aaaaaaaaaaaaaaaaa')), says: /packed by zip/ },
  'redirects without an end': { behave: redirect(({ request }) => request.url!), says: /redirects more than 5/ },
  'a redirect to nowhere': { behave: status(302), says: /redirects nowhere/ },
  'a redirect to a file': { behave: redirect('file:///etc/hosts'), says: /redirects nowhere/ },
  'a redirect to what is no URL': { behave: redirect('http://['), says: /redirects nowhere/ },
};

/** What does not end by itself: until the time is over. Each says `stuck` once it is. */
export const STANDSTILLS: Record<string, Behaviour> = {
  'never answers': ({ server }) => void server.emit('stuck'),
  'stops within the headers': raw('HTTP/1.1 200 OK\r\nContent-', 'stuck'),
  'stops within the list': raw(`${HEAD}Content-Length: 1000\r\n\r\n${BEGUN}`, 'stuck'),
  'stops within what is packed for the way': raw(
    Buffer.concat([Buffer.from(`${HEAD}Content-Encoding: gzip\r\nContent-Length: 999\r\n\r\n`), gzipSync(LONG)]),
    'stuck',
  ),
  'drips, an octet at a time': ({ response, server }) => {
    response.writeHead(200, { 'content-length': LONG.length });
    let at = 0;
    const drip = setInterval(() => {
      response.write(LONG[at++ % LONG.length]);
      if (at === 3) server.emit('stuck');
    }, 5);
    response.once('close', () => clearInterval(drip));
  },
};
