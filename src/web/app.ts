// The admin server's routes on fastify: which request is answered, which is refused, and how broken ones are.

import type { Socket } from 'node:net';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from '../observe/log.ts';
import type { AdminLimits } from './limits.ts';
import { isTrueHost } from './origin.ts';
import { encodeJson, JSON_TYPE, rawReply, SECURITY_HEADERS } from './replies.ts';
import type { AdminSource, Refusal, Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** Where unexpected errors go, with their stack. */
type ErrorLog = Pick<Logger, 'error'>;

const HOST_REFUSAL: Refusal = {
  error: 'this address is served under a loopback name only',
  fix: 'ask for it as 127.0.0.1, [::1] or localhost, or set admin.listen to an address of the network',
};
const HOST_MISSING: Refusal = { error: 'the Host header is missing', fix: 'send it, as HTTP/1.1 asks for' };
const INTERNAL: Refusal = { error: 'something went wrong here', fix: 'see the log for what; then report it' };

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply.code(status).headers(SECURITY_HEADERS).type(JSON_TYPE).serializer(encodeJson).send(body);
}

/** What does not fit the schema of the query string, in words. */
function misfit(error: FastifyError): string {
  const found = error.validation?.[0];
  const parameter = found?.instancePath.slice(1);
  switch (found?.keyword) {
    case 'required':
      return `the parameter "${found.params.missingProperty}" is missing`;
    case 'additionalProperties':
      return `there is no parameter "${found.params.additionalProperty}"`;
    case 'type':
      return `the parameter "${parameter}" is given more than once`;
    default:
      return `the parameter "${parameter}" ${found?.message ?? 'is not right'}`;
  }
}

function sendError(error: FastifyError, reply: FastifyReply, log: ErrorLog, route?: Route): FastifyReply {
  const status = error.statusCode ?? 500;
  const fix = route?.usage ?? 'ask for one of the paths in the documentation';
  if (error.validation) return send(reply, 400, { error: misfit(error), fix });
  if (status === 415) return send(reply, 415, { error: 'a body is taken nowhere', fix });
  if (status >= 400 && status < 500) return send(reply, status, { error: 'the request cannot be read', fix });
  log.error({ err: error, route: route?.url }, 'the admin server failed to answer');
  return send(reply, 500, INTERNAL);
}

function sendNothingThere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0];
  const methods = ROUTES.filter(({ url }) => url === path).map(({ method }) => method);
  if (methods.length > 0) {
    const refusal = { error: 'this path does not take that method', fix: `use ${methods.join(' or ')}` };
    return send(reply.header('allow', methods.join(', ')), 405, refusal);
  }
  return send(reply, 404, {
    error: 'there is nothing here',
    fix: `ask for ${ROUTES.map(({ url }) => url).join(', ')}`,
  });
}

/** Answers what the HTTP parser gave up on: too slow, too large, or no HTTP. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return;
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.end(rawReply(408, { error: 'the request took too long to arrive', fix: 'send it at once' }));
  } else if (error.code === 'HPE_HEADER_OVERFLOW') {
    socket.end(rawReply(431, { error: 'the request is too large', fix: 'send fewer or shorter headers' }));
  } else {
    socket.end(rawReply(400, { error: 'this is no HTTP request', fix: 'speak HTTP/1.1 without TLS' }));
  }
}

function serve(app: FastifyInstance, route: Route, source: AdminSource, log: ErrorLog): void {
  app.route({
    method: route.method,
    url: route.url,
    schema: { querystring: route.query },
    onRequest: async (request, reply) => {
      const refusal = route.guard?.({ peer: request.socket.remoteAddress, headers: request.headers });
      return refusal === undefined ? undefined : send(reply, 403, refusal);
    },
    errorHandler: (error: FastifyError, _request, reply) => sendError(error, reply, log, route),
    handler: async (request, reply) => {
      const { status, body, contentType = JSON_TYPE } = await route.answer(source, { query: request.query });
      return typeof body === 'string' ? reply.code(status).type(contentType).send(body) : send(reply, status, body);
    },
  });
}

/** The server, not yet listening. */
export function buildAdmin(source: AdminSource, log: ErrorLog, limits: AdminLimits): FastifyInstance {
  const { headers, requestMs, idleMs, connections } = limits;
  const app = fastify({
    http: {
      maxHeaderSize: headers,
      headersTimeout: requestMs,
      connectionsCheckingInterval: Math.ceil(requestMs / 4),
      // We look for it ourselves: Node would answer without a body.
      requireHostHeader: false,
    },
    requestTimeout: requestMs,
    keepAliveTimeout: requestMs,
    connectionTimeout: idleMs,
    bodyLimit: 1,
    forceCloseConnections: true,
    // Nothing is taken out or read as another type: what does not fit is refused.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allowUnionTypes: true } },
    clientErrorHandler: answerBroken,
    frameworkErrors: (error, _request, reply) => sendError(error, reply, log),
  });
  app.server.maxConnections = connections;
  // Fastify ends what is still open only where it was itself told to listen.
  app.addHook('preClose', async () => app.server.closeAllConnections());
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const { host } = request.headers;
    if (host === undefined && request.raw.httpVersion !== '1.0') return send(reply, 400, HOST_MISSING);
    return isTrueHost(request.socket.localAddress, host) ? undefined : send(reply, 421, HOST_REFUSAL);
  });
  app.setNotFoundHandler(sendNothingThere);
  app.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply, log));
  for (const route of ROUTES) serve(app, route, source, log);
  return app;
}
