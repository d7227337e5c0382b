// The routes of the admin server as one table: what can be asked, with which parameters, and what is answered.

import { hindrances, illnesses } from '../observe/status.ts';
import { foreignOrigin, type Origin } from './origin.ts';
import {
  type AdminSource,
  type Answer,
  type Asked,
  type ExplainQuestion,
  guardChange,
  isRefusal,
  type LearningQuestion,
  NO_PARAMETERS,
  type Refusal,
  type Route,
  reloaded,
} from './route.ts';
import { LIST_ROUTES } from './routes-lists.ts';

/** A name of 255 octets, escaped, is 1,004. */
const NAME_PARAMETER = { type: 'string', minLength: 1, maxLength: 1024 };
const MOST_LEADS = 32;

/** Lengths bound the work; what the texts mean is for `explain` to read. */
const EXPLAIN_PARAMETERS = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: NAME_PARAMETER,
    client: { type: 'string', minLength: 2, maxLength: 64 },
    device: { type: 'string', minLength: 1, maxLength: 63 },
    listener: { type: 'string', minLength: 2, maxLength: 64 },
    group: { type: 'string', minLength: 1, maxLength: 63 },
    groups: { type: 'string', enum: ['all'] },
    type: { type: 'string', pattern: '^[A-Za-z0-9]{1,16}$' },
    answer: { ...NAME_PARAMETER, type: ['string', 'array'], items: NAME_PARAMETER, maxItems: MOST_LEADS },
    at: { type: 'string', minLength: 1, maxLength: 40 },
  },
};

const LEARNING_PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    group: { type: 'string', minLength: 1, maxLength: 63 },
    min_count: { type: 'string', pattern: '^[0-9]{1,9}$' },
  },
};

/** For probes: the code is the answer, the reasons are for who looks. */
function probe(reasons: string[], fix: string): Answer {
  if (reasons.length === 0) return { status: 200, body: { ok: true } };
  return { status: 503, body: { error: reasons.join('; '), fix, reasons } };
}

const EXPLAIN_USAGE =
  'ask for /api/v1/explain?name=www.example.com, with client=ADDRESS (and device=ID or listener=ADDRESS:PORT), group=ID or groups=all, and type=AAAA, answer=NAME or ADDRESS (up to 32) or at=TIME as needed';

async function explain(source: AdminSource, { query }: Asked): Promise<Answer> {
  const question = query as ExplainQuestion;
  const { client, group, groups } = question;
  if ([client, group, groups].filter((one) => one !== undefined).length > 1) {
    return { status: 400, body: { error: 'client, group and groups exclude each other', fix: EXPLAIN_USAGE } };
  }
  const answer = await source.explain(question);
  return { status: isRefusal(answer) ? 400 : 200, body: answer };
}

const LEARNING_USAGE = 'ask for /api/v1/learning on the machine itself, with group=ID and min_count=NUMBER as needed';

async function learning(source: AdminSource, { query }: Asked): Promise<Answer> {
  const answer = await source.learning(query as LearningQuestion);
  return { status: isRefusal(answer) ? 400 : 200, body: answer };
}

/** What devices ask for is told to nobody else than the admin of the machine. */
function guardLearning(origin: Origin): Refusal | undefined {
  const error = foreignOrigin(origin, 'questions about devices are');
  return error === undefined ? undefined : { error, fix: 'use "sluis learning" on the machine itself' };
}

async function reload(source: AdminSource): Promise<Answer> {
  return reloaded(await source.reload());
}

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/metrics',
    summary: 'Metrics in the text format of Prometheus.',
    query: {},
    usage: 'ask for /metrics',
    answer: async ({ metrics }) => ({ status: 200, body: await metrics.expose(), contentType: metrics.contentType }),
  },
  {
    method: 'GET',
    url: '/healthz',
    summary: 'Whether the process is well: 200, or 503 with reasons. Restart it when it stays unwell.',
    query: {},
    usage: 'ask for /healthz',
    answer: (source) =>
      probe(illnesses(source.status()), 'see the log; workers are replaced by themselves within a second'),
  },
  {
    method: 'GET',
    url: '/readyz',
    summary: 'Whether queries may be sent here: 200, or 503 with reasons.',
    query: {},
    usage: 'ask for /readyz',
    answer: (source) => probe(hindrances(source.status()), 'see the log, and "sluis check" for the configuration'),
  },
  {
    method: 'GET',
    url: '/api/v1/status',
    summary: 'The policy in force, its policies, listeners, workers, and the last reload.',
    query: NO_PARAMETERS,
    usage: 'ask for /api/v1/status without parameters',
    answer: (source) => ({ status: 200, body: source.status() }),
  },
  {
    method: 'GET',
    url: '/api/v1/explain',
    summary: 'What would become of a question, and by which rule.',
    query: EXPLAIN_PARAMETERS,
    usage: EXPLAIN_USAGE,
    answer: explain,
  },
  {
    method: 'GET',
    url: '/api/v1/learning',
    summary: 'What groups with a default asked for that no list of theirs allows; to this machine only.',
    query: LEARNING_PARAMETERS,
    usage: LEARNING_USAGE,
    guard: guardLearning,
    answer: learning,
  },
  {
    method: 'POST',
    url: '/api/v1/reload',
    summary: 'Reads the configuration and its lists again; from this machine only.',
    query: NO_PARAMETERS,
    usage: 'use curl -X POST on /api/v1/reload, without parameters or body',
    guard: guardChange,
    answer: reload,
  },
  ...LIST_ROUTES,
];
