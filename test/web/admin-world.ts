// What the admin server is asked about in tests, and a way to ask it that hides nothing of HTTP.

import { connect } from 'node:net';
import type { ListStatus, ReloadReport, StatusReport } from '../../src/observe/status.ts';
import type { AdminSource, ExplainQuestion, FetchedReport, LearningQuestion, Refusal } from '../../src/web/route.ts';

export interface AdminWorld extends AdminSource {
  report: StatusReport;
  questions: (ExplainQuestion | LearningQuestion)[];
  explanation: object | Refusal;
  reloads: number;
  held: ListStatus[];
  /** What was accepted, and what was fetched. */
  accepted: string[];
  fetched: (string | undefined)[];
  nextFetch: FetchedReport[];
  nextReload: ReloadReport;
  /** Where set, everything that is asked fails with it. */
  failure: Error | undefined;
}

const RELOAD: ReloadReport = {
  result: 'ok',
  generation: 2,
  at: '2026-11-22T06:00:01.000Z',
  seconds: 0.2,
  reason: null,
  problems: [],
  lists: [],
  hash: 'ab'.repeat(32),
  memory: { image: 1024, resident: 2048 },
  totals: {
    rules: 400,
    added: 2,
    removed: 1,
    rejected: 3,
    reasons: { 'no name': 3 },
    left: { regex: 1 },
    sources: { 'list feed': '12'.repeat(32) },
  },
  restart: [],
  cause: 'start',
};

/** A list of which an update is held. */
const LIST: ListStatus = {
  id: 'feed',
  title: 'feed',
  file: 'https://lists.example/feed.txt',
  format: 'domains',
  rules: 400,
  duplicates: 0,
  rejected: 0,
  reasons: [],
  left: [],
  use: {
    state: 'held',
    sha256: '12'.repeat(32),
    since: '2026-11-21T06:00:00.000Z',
    why: '300 of its 400 rules would go: 75 %, more than guard.shrink (50 %)',
    fix: 'look at it',
    waiting: '34'.repeat(32),
    change: { before: 400, added: 1, removed: 300, addedNames: ['new.example'], removedNames: ['old.example'] },
  },
  fetch: {
    checked: '2026-11-22T05:00:00.000Z',
    next: '2026-11-23T05:00:00.000Z',
    failures: 0,
    reason: '',
    fix: '',
  },
};

/** A resolver that is well. */
export function adminWorld(): AdminWorld {
  const world: AdminWorld = {
    report: {
      version: '0.1.0',
      startedAt: '2026-11-22T06:00:00.000Z',
      generation: 1,
      policies: [
        {
          id: 'be-716',
          title: { nl: 'Tijdelijk verbod op TikTok', en: 'Temporary ban on TikTok' },
          authority: { en: 'National Security Council of Belgium' },
          scope: { en: 'service devices' },
          source: 'Circular 716',
          modes: { block: 1, observe: 1, off: 0 },
        },
      ],
      listeners: [{ protocol: 'udp', address: '127.0.0.1', port: 1053, open: true }],
      lastReload: { ...RELOAD, generation: 1 },
      alerts: [],
      nextChange: null,
      audit: null,
      hitLog: { written: 3, dropped: 0, problems: [] },
      workers: [{ kind: 'datagram', index: 0, restarts: 0, generation: 1, silentSeconds: 0.1 }],
    },
    questions: [],
    explanation: { decision: 'block' },
    reloads: 0,
    held: [LIST],
    accepted: [],
    fetched: [],
    nextFetch: [{ id: 'feed', result: 'changed', reason: '', fix: '' }],
    nextReload: RELOAD,
    failure: undefined,
    metrics: { expose: async () => '# HELP a b\n# TYPE a counter\na 1\n', contentType: 'text/plain; version=0.0.4' },
    status() {
      if (world.failure) throw world.failure;
      return world.report;
    },
    explain(question) {
      if (world.failure) throw world.failure;
      world.questions.push(question);
      return world.explanation;
    },
    learning(question) {
      if (world.failure) throw world.failure;
      world.questions.push(question);
      return world.explanation;
    },
    lists() {
      if (world.failure) throw world.failure;
      return world.held;
    },
    async acceptList(id, sha256 = '') {
      if (world.failure) throw world.failure;
      if (!world.held.some((list) => list.id === id)) return { error: 'nothing is held', fix: 'see the status' };
      world.accepted.push(`${id}${sha256 && ` ${sha256}`}`);
      return world.nextReload;
    },
    async fetchLists(id) {
      if (world.failure) throw world.failure;
      if (world.nextFetch.length === 0) return { error: 'no list has a url', fix: 'give one a url' };
      world.fetched.push(id);
      return world.nextFetch;
    },
    async reload() {
      if (world.failure) throw world.failure;
      world.reloads++;
      return world.nextReload;
    },
  };
  return world;
}

export interface RawReply {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** Writes the octets as they are and reads until the server closes: send `connection: close` to make it. */
export function askRaw(address: string, port: number, request: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      const [head, ...rest] = text.split('\r\n\r\n');
      const [first, ...lines] = head.split('\r\n');
      const headers = new Map(
        lines.map((line) => [line.split(':', 1)[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      resolve({ status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') });
    });
    socket.write(request, 'latin1');
  });
}

/** A request line and headers, closed after the reply; Host only where given. */
export function request(line: string, headers: Record<string, string> = {}): string {
  const all = Object.entries({ ...headers, connection: 'close' });
  return `${line} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
