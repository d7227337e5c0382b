// What every reply of the admin server has in common: headers that bind browsers, and JSON that no reader can trip over.

import process from 'node:process';
import type { Refusal } from './route.ts';

// An import of it would load all that it merely offers: fetch, WebSocket and streams of the web.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

export const JSON_TYPE = 'application/json; charset=utf-8';

/** No page, script or frame can be made of a reply, nobody keeps it, and no other site reads it. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** Marks that HTML or a terminal would act on: replies hold names and texts that others chose. */
const ACTIVE = /[<>&\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu;

function escaped(mark: string): string {
  let text = '';
  for (let at = 0; at < mark.length; at++) text += `\\u${mark.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}

/** JSON in which such marks stand escaped: parsed, it is the same. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value).replace(ACTIVE, escaped);
}

/** A whole HTTP/1.1 reply, for requests so broken that nothing but the socket is left to answer on. */
export function rawReply(status: number, refusal: Refusal): string {
  const body = encodeJson(refusal);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': JSON_TYPE,
    'content-length': `${body.length}`,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
