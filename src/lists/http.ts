// Asks a list server for one thing: so many redirects, so much time, so many octets, and no more.

import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { createGunzip } from 'node:zlib';
import { ListError } from './list-error.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LATER = 'look at the server if it stays so; while Sluis runs, it is asked again later';
/** Of what may be so for a while, though the status says that the asking is wrong. */
const PASSING = new Set([408, 425, 429]);
const MOVED = 'look at the URL: the list may have moved, or not be for everybody';
/** By codes of errors, what to do that is more than to wait. */
const FIXES: readonly [code: RegExp, fix: string][] = [
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)/,
    'if it is to be trusted, name the authority of its certificate in updates.ca',
  ],
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/, 'look at the server, and at the clock of this machine'],
  [/^(?:ENOTFOUND|EAI_)/, 'look at the name, and at those who are asked for it: updates.resolvers'],
];

/** How list servers are reached. */
export interface Reach {
  /** More certificate authorities, in PEM; undefined for those that Node trusts alone. */
  ca: string | undefined;
  lookup: LookupFunction;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case. */
  env: Record<string, string | undefined>;
}

export interface Asking {
  url: string;
  headers: Record<string, string>;
  /** Octets at most, as they are once nothing packs them for the way. */
  most: number;
  /** Ends it, whatever it is at. */
  signal: AbortSignal;
}

export interface Got {
  /** 200 or 304. */
  status: number;
  headers: IncomingMessage['headers'];
  /** Empty for a 304. Throws ListError where it is cut off, or too much. */
  body: AsyncIterable<Buffer>;
}

const NOTHING: AsyncIterable<Buffer> = {
  async *[Symbol.asyncIterator]() {},
};

/** Asks, going where it is sent. Rejects with ListError for all that is not 200 or 304. */
export async function get({ url, headers, most, signal }: Asking, reach: Reach): Promise<Got> {
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const reply = await ask(at, headers, signal, reach);
    const { statusCode: status = 0 } = reply;
    if (status === 200) return { status, headers: reply.headers, body: bodyOf(reply, most, signal) };
    reply.destroy();
    if (status === 304) return { status, headers: reply.headers, body: NOTHING };
    if (!REDIRECTS.has(status)) {
      const isMoved = status >= 400 && status < 500 && !PASSING.has(status);
      throw new ListError(`the server answers ${status} for ${at.href}`, isMoved ? MOVED : LATER);
    }
    if (redirects === MOST_REDIRECTS)
      throw new ListError(`the server redirects more than ${MOST_REDIRECTS} times`, LATER);
    at = redirected(at, reply.headers.location);
  }
}

/** What was asked for in a way that nobody can change is not taken in one that anybody can. */
function redirected(from: URL, location: string | undefined): URL {
  const to = location && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to || !['https:', 'http:'].includes(to.protocol)) {
    throw new ListError(`${from.href} redirects nowhere that can be asked`, 'write the URL at which the list is now');
  }
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw new ListError(`${from.href} redirects to plain HTTP, ${to.href}`, 'find the list at an https: URL');
  }
  return to;
}

function ask(url: URL, headers: Record<string, string>, signal: AbortSignal, reach: Reach): Promise<IncomingMessage> {
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const { ca, lookup, env } = reach;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(unreached(url, error, signal));
    // Node tells a request that is called off only once it has a socket, and a proxy may never give it one.
    const giveUp = () => fail(signal.reason as Error);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const more = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
      // One connection for each: what was left open would keep the process.
      const agent = new Agent({ keepAlive: false, proxyEnv: proxies(env), ...more });
      const asked = request(url, { agent, headers: { 'accept-encoding': 'gzip', ...headers }, lookup, signal });
      asked.once('response', resolve);
      asked.once('close', () => signal.removeEventListener('abort', giveUp));
      // There may be one more after the reply came, which its body tells of.
      asked.on('error', fail);
      asked.end();
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** As Node heeds them: with a scheme, without which people write them too. Throws where one is of another kind. */
function proxies(env: Reach['env']): Reach['env'] {
  const written = Object.entries(env).filter(([name, value]) => /^https?_proxy$/i.test(name) && value);
  const read = written.map(([name, value = '']) => {
    const url = value.includes('://') ? value : `http://${value}`;
    if (!/^https?:/i.test(url) || !URL.canParse(url)) throw new Error(`${name} is no proxy for HTTP`);
    return [name, url];
  });
  return { ...env, ...Object.fromEntries(read) };
}

function unreached(url: URL, error: NodeJS.ErrnoException, signal: AbortSignal): ListError {
  if (signal.aborted)
    return new ListError(`${url.href} was not fetched in time`, 'set updates.timeout higher, if it must be');
  const [, fix = LATER] = FIXES.find(([code]) => code.test(error.code ?? '')) ?? [];
  return new ListError(`${url.href} cannot be fetched: ${wordsOf(error)}`, fix);
}

/** Of what OpenSSL says the words alone; and no advice to those who start Node by themselves. */
function wordsOf({ message, code }: NodeJS.ErrnoException): string {
  const [, tls] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  if (tls !== undefined) return `TLS fails: ${tls}`;
  return message.replace(/; if the root CA is installed locally.*/, '') || `${code}`;
}

async function* bodyOf(reply: IncomingMessage, most: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let length = 0;
  try {
    refuseEndless(reply);
    for await (const piece of unpacked(reply)) {
      length += (piece as Buffer).length;
      if (length > most) {
        throw new ListError(
          `the server sends more than max_size allows: ${most} octets`,
          'set max_size higher, if it must be',
        );
      }
      yield piece as Buffer;
    }
  } catch (error) {
    if (error instanceof ListError) throw error;
    if (signal.aborted)
      throw new ListError('the server did not send all of it in time', 'set updates.timeout higher, if it must be');
    throw new ListError(`the server did not send all of it: ${(error as Error).message}`, LATER);
  } finally {
    reply.destroy();
  }
}

/** Where nothing but the end of the connection says where a list ends, one that is cut off looks whole. */
function refuseEndless({ headers }: IncomingMessage): void {
  if (headers['content-length'] !== undefined || /\bchunked$/i.test(headers['transfer-encoding'] ?? '')) return;
  const message = 'the server does not say how long the list is, so nobody could tell whether it was cut off';
  throw new ListError(message, 'have the server send Content-Length, or chunks as HTTP/1.1 has them');
}

/** What a server packed for the way; a file that is packed itself stays so. */
function unpacked(reply: IncomingMessage): Readable {
  const encoding = (reply.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return reply;
  if (encoding === 'gzip' || encoding === 'x-gzip') return pipeline(reply, createGunzip(), () => {});
  throw new ListError(`the server packs it by ${encoding}, which was not asked for`, LATER);
}
