// What a route of the admin server is, where its answers come from, and what several of them share.

import type { FetchResult } from '../observe/metrics-source.ts';
import type { ListStatus, ReloadReport, StatusReport } from '../observe/status.ts';
import { foreignOrigin, type Origin } from './origin.ts';

/** The body of every error. */
export interface Refusal {
  error: string;
  /** What to do instead, in words. */
  fix: string;
}

/** What is asked of `explain`: texts as they came, of bounded length. */
export interface ExplainQuestion {
  name: string;
  client?: string;
  /** The device that the client names, by its id. */
  device?: string;
  /** The socket that the client asks. */
  listener?: string;
  /** In place of a client: one group by its id, or all of them, which is also what comes of neither. */
  group?: string;
  groups?: 'all';
  type?: string;
  /** What the answer leads to, names and addresses: one, or several. */
  answer?: string | string[];
  at?: string;
}

/** What is asked of `learning`: texts as they came, of bounded length. */
export interface LearningQuestion {
  group?: string;
  /** Digits. */
  min_count?: string;
}

/** Where the answers come from. */
export interface AdminSource {
  metrics: { expose(): Promise<string>; readonly contentType: string };
  status(): StatusReport;
  /** The trace of what would become of the question; a Refusal where a text of it cannot be read. */
  explain(question: ExplainQuestion): Promise<object | Refusal> | object | Refusal;
  /** What groups with a default asked for and do not approve; a Refusal where there is nothing to tell of. */
  learning(question: LearningQuestion): Promise<object | Refusal> | object | Refusal;
  /** Those of the policy in force that do not come with Sluis. */
  lists(): ListStatus[];
  /**
   * Brings the held update of a list into force; a Refusal where nothing is held of one of that id, or something else than
   * the content of which `sha256` is, or begins, the hash.
   */
  acceptList(id: string, sha256?: string): Promise<ReloadReport | Refusal>;
  /** Asks for the list now, or for all, and brings what changed into force; a Refusal where there is no such list. */
  fetchLists(id?: string): Promise<FetchedReport[] | Refusal>;
  /** Brings what is on disk now into force; a failed reload is a report, not a rejection. */
  reload(): Promise<ReloadReport>;
}

/** What came of asking for one list; `reason` and `fix` are empty where that did not fail. */
export interface FetchedReport {
  id: string;
  result: FetchResult;
  reason: string;
  fix: string;
}

export interface Answer {
  status: number;
  /** An object is sent as JSON, a text as `contentType`. */
  body: object | string;
  contentType?: string;
}

export interface Asked {
  query: unknown;
}

export interface Route {
  method: 'GET' | 'POST';
  url: string;
  /** One sentence for people. */
  summary: string;
  /** JSON Schema of the query string: every parameter is a text. */
  query: object;
  /** How it is asked rightly: the fix of a request that does not fit. */
  usage: string;
  /** Looked at before anything of the request is read. */
  guard?: (origin: Origin) => Refusal | undefined;
  answer: (source: AdminSource, asked: Asked) => Promise<Answer> | Answer;
}

export const NO_PARAMETERS = { type: 'object', additionalProperties: false };

export function isRefusal(value: object | Refusal): value is Refusal {
  return 'error' in value && 'fix' in value;
}

const RELOAD_FIX =
  'mend what "problems" names, as does "sluis check", and reload again; until then the policy before it stays in force';

/** What is answered when a reload was asked for. */
export function reloaded(report: ReloadReport): Answer {
  if (report.result === 'ok') return { status: 200, body: report };
  return { status: 422, body: { error: report.reason ?? 'the reload failed', fix: RELOAD_FIX, ...report } };
}

export function guardChange(origin: Origin): Refusal | undefined {
  const error = foreignOrigin(origin, 'changes are');
  return error === undefined ? undefined : { error, fix: 'use curl -X POST on the machine itself, or send SIGHUP' };
}
