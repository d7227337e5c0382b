// The routes of lists: how each is doing, letting a held update through, and asking for one now.

import {
  type AdminSource,
  type Answer,
  type Asked,
  guardChange,
  isRefusal,
  NO_PARAMETERS,
  type Route,
  reloaded,
} from './route.ts';

const ID = { type: 'string', minLength: 1, maxLength: 63 };

const SHA256 = { type: 'string', minLength: 8, maxLength: 64 };
const ACCEPT_PARAMETERS = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: { id: ID, sha256: SHA256 },
};
const FETCH_PARAMETERS = { type: 'object', additionalProperties: false, properties: { id: ID } };

async function accept(source: AdminSource, { query }: Asked): Promise<Answer> {
  const { id, sha256 } = query as { id: string; sha256?: string };
  const report = await source.acceptList(id, sha256);
  return isRefusal(report) ? { status: 404, body: report } : reloaded(report);
}

async function fetchLists(source: AdminSource, { query }: Asked): Promise<Answer> {
  const fetched = await source.fetchLists((query as { id?: string }).id);
  return isRefusal(fetched) ? { status: 404, body: fetched } : { status: 200, body: { lists: fetched } };
}

export const LIST_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/api/v1/lists',
    summary: 'What is in force of each list, from when, and what waits to be accepted.',
    query: NO_PARAMETERS,
    usage: 'ask for /api/v1/lists without parameters',
    answer: (source) => ({ status: 200, body: { lists: source.lists() } }),
  },
  {
    method: 'POST',
    url: '/api/v1/lists/accept',
    summary:
      'Brings the held update of a list into force, that of a SHA-256 (or its first digits) alone where one is given; from this machine only.',
    query: ACCEPT_PARAMETERS,
    usage: 'use curl -X POST on /api/v1/lists/accept?id=ID, with sha256=DIGITS (8 to 64) as needed, without a body',
    guard: guardChange,
    answer: accept,
  },
  {
    method: 'POST',
    url: '/api/v1/lists/fetch',
    summary:
      'Asks for the lists that have a URL now, or for one, and brings what changed into force; from this machine only.',
    query: FETCH_PARAMETERS,
    usage: 'use curl -X POST on /api/v1/lists/fetch, with id=ID as needed, without a body',
    guard: guardChange,
    answer: fetchLists,
  },
];
