// Asks the admin server of the Sluis that runs here, and takes nothing for an answer that is not its own.

import http from 'node:http';
import { type Endpoint, endpointText, isWildcard, readAddress, readEndpoint } from '../settings/address.ts';
import { isTrouble, printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { type Surroundings, UsageError } from './command.ts';

const FALLBACK = '127.0.0.1:8053';
const TIMEOUT_MS = 30_000;
/** Lists are fetched within this, or the server gives up. */
const DOING_MS = 110_000;
/** More than the most names that are kept come to. */
const LONGEST = 2 ** 28;

/** Why there is no answer, in words. */
export class AdminSilence extends Error {
  override readonly name = 'AdminSilence';
}

/** Where the admin server is: as given, else where the configuration has it; where that holds errors, where it usually is. */
export function adminEndpoint(
  given: string | undefined,
  settings: Settings | undefined,
  around: Surroundings,
): Endpoint {
  if (given === undefined && !settings) {
    around.err(`note: the configuration holds errors ("sluis check" tells them), so ${FALLBACK} is asked\n`);
  }
  const endpoint = given === undefined ? settings?.admin.listen : endpointOf(given);
  const found = endpoint ?? endpointOf(FALLBACK);
  if (found.port === 0) throw new UsageError('admin.listen leaves the port open: give --admin ADDRESS:PORT');
  if (!isWildcard(found)) return found;
  const loopback = readAddress(found.family === 4 ? '127.0.0.1' : '::1')!;
  return { ...loopback, port: found.port };
}

function endpointOf(text: string): Endpoint {
  const endpoint = readEndpoint(text, undefined);
  if (isTrouble(endpoint)) throw new UsageError(`${printable(endpoint.message)}: ${endpoint.fix}`);
  return endpoint;
}

/**
 * The object that `path` is answered with; rejects with AdminSilence where there is none, or an error in its place. With
 * `POST` something is done, and waited for as long as that takes.
 */
export async function askAdmin(endpoint: Endpoint, path: string, method: 'GET' | 'POST' = 'GET'): Promise<object> {
  const url = `http://${endpointText(endpoint)}${path}`;
  let body: unknown;
  try {
    body = JSON.parse(await ask(endpoint, path, method));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ECONNREFUSED' ? 'nobody listens there' : message;
    const fix = 'start it, or say with --admin where its admin server is';
    throw new AdminSilence(`no Sluis answers at ${url}: ${reason}; ${fix}`);
  }
  if (typeof body !== 'object' || body === null) throw new AdminSilence(`what answers at ${url} is no Sluis`);
  const { error, fix } = body as { error?: unknown; fix?: unknown };
  if (error === undefined) return body;
  throw new AdminSilence(`${String(error)}: ${String(fix)}`);
}

/** The body of the reply, whatever its status. Not by `fetch`, which keeps away from some ports (6000, say). */
function ask({ text, scope, port }: Endpoint, path: string, method: 'GET' | 'POST'): Promise<string> {
  const timeout = method === 'GET' ? TIMEOUT_MS : DOING_MS;
  const host = scope ? `${text}%${scope}` : text;
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path, method, timeout }, (reply) => {
      let body = '';
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        body += piece;
        if (body.length > LONGEST) request.destroy(new Error('the answer does not end'));
      });
      reply.on('end', () => resolve(body));
      reply.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end();
  });
}
