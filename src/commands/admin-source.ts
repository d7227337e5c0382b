// What the admin server shows of a running Sluis: metrics, state, explanations and reload, read when they are asked for.

import { totalsOf } from '../control/build-report.ts';
import { type Alert, alertText, nextChange } from '../control/calendar.ts';
import type { Reload } from '../control/keeper.ts';
import type { Resolver } from '../control/resolver.ts';
import { PacketCache } from '../engine/cache.ts';
import { EVENT, GAUGE } from '../engine/counters.ts';
import type { MetricsSource, PolicyState } from '../observe/metrics-source.ts';
import { Metrics } from '../observe/prometheus.ts';
import type {
  AlertReport,
  AuditReport,
  HitLogReport,
  ListenerReport,
  PolicyReport,
  ReloadReport,
  StatusReport,
  WorkerReport,
} from '../observe/status.ts';
import { Image } from '../policy/image.ts';
import { strictestOf } from '../settings/bypass.ts';
import { reasonOf } from '../settings/files.ts';
import { suggest } from '../settings/nearest.ts';
import { printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { readTime } from '../settings/values.ts';
import type { AdminSource, ExplainQuestion, FetchedReport, LearningQuestion, Refusal } from '../web/route.ts';
import { listReport, listStatus, listsState } from './list-report.ts';

/** Reads the resolver only; `version` is the program's, `startedAt` when it began, in RFC 3339. */
export function adminSource(resolver: Resolver, version: string, startedAt: string): AdminSource {
  return {
    metrics: new Metrics(metricsSource(resolver, version)),
    status: () => statusOf(resolver, version, startedAt),
    explain: (question) => explain(resolver, question),
    learning: (question) => learning(resolver, question),
    lists: () => resolver.lists.lists.map(listStatus),
    acceptList: (id, sha256) => acceptList(resolver, id, sha256),
    fetchLists: (id) => fetchLists(resolver, id),
    reload: async () => reportOf(await resolver.reload('a request to the API')),
  };
}

function metricsSource(resolver: Resolver, version: string): MetricsSource {
  const { keeper, supervisor } = resolver;
  // Of no worker: it only looks at how full the cache is.
  const cache = new PacketCache(supervisor.cache, supervisor.workers.length);
  return {
    version,
    get ready() {
      return keeper.generation > 0;
    },
    workers: supervisor.workers,
    cache: () => cache.usage(),
    pairs: () => keeper.numbers.pairs(),
    hitLog: () => resolver.hitLog?.counts,
    status: () => policyState(resolver),
    restarts: () => supervisor.restarts(),
  };
}

function policyState({ keeper, accountability, lists }: Resolver): PolicyState {
  const { last, counts, generation, inForce } = keeper;
  const { alerts, audit } = accountability;
  return {
    generation,
    reloads: counts,
    lastReloadSuccessful: last?.result === 'ok',
    lastReloadSeconds: (last?.ms ?? 0) / 1000,
    lastReloadSuccessTime: (inForce?.at ?? 0) / 1000,
    imageBytes: inForce?.report?.octets ?? 0,
    rules: inForce?.report?.rules ?? 0,
    names: inForce?.report?.names ?? 0,
    hash: inForce?.report?.hash ?? '',
    changed: inForce?.report ? totalsOf(inForce.report) : { added: 0, removed: 0 },
    rejectedLines: new Map(inForce?.report?.sources.map(({ id, rejected }) => [id, rejected])),
    lists: listsState(lists),
    problems: last?.problems.length ?? 0,
    alerts: alerts.current(),
    nextChange: nextChange(alerts.calendar, Date.now() / 1000) ?? 0,
    audit,
  };
}

function statusOf(resolver: Resolver, version: string, startedAt: string): StatusReport {
  const { keeper, supervisor, accountability } = resolver;
  const { settings } = keeper;
  const change = nextChange(accountability.alerts.calendar, Date.now() / 1000);
  const health = supervisor.health();
  const listening = supervisor.listening();
  return {
    version,
    startedAt,
    generation: keeper.generation,
    policies: settings ? settings.policies.map((_, index) => policyReport(settings, index)) : [],
    listeners: supervisor.endpoints.flatMap((endpoint): ListenerReport[] => [
      { protocol: 'udp', ...endpoint, open: listening.udp },
      { protocol: 'tcp', ...endpoint, open: listening.tcp },
    ]),
    lastReload: keeper.last ? reportOf(keeper.last) : null,
    hitLog: hitLogOf(resolver),
    alerts: accountability.alerts.current().map(alertOf),
    nextChange: change === null ? null : timeText(change),
    audit: auditOf(resolver),
    workers: supervisor.workers.map(
      ({ kind, index, counters }): WorkerReport => ({
        kind,
        index,
        restarts: health[index]?.restarts ?? 0,
        generation: counters.readGauge(GAUGE.GENERATION),
        silentSeconds: (health[index]?.silence ?? 0) / 1000,
      }),
    ),
  };
}

function hitLogOf({ hitLog, supervisor }: Resolver): HitLogReport | null {
  if (!hitLog) return null;
  const { written, failed, limited } = hitLog.counts;
  const lost = [EVENT.EVENTS_DROPPED, EVENT.EVENTS_LIMITED].flatMap((event) =>
    supervisor.workers.map(({ counters }) => counters.readEvent(event)),
  );
  const dropped = lost.reduce((sum, count) => sum + count, failed + limited);
  return { written, dropped, problems: hitLog.problems };
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function alertOf(alert: Alert): AlertReport {
  return { ...alert, since: timeText(alert.since), date: timeText(alert.date), text: alertText(alert) };
}

function auditOf({ accountability: { audit } }: Resolver): AuditReport | null {
  if (!audit) return null;
  const { file, written, failed, problem, head = null } = audit;
  return { file, written, failed, head, problem };
}

export function policyReport(settings: Settings, index: number): PolicyReport {
  const { id, title, authority, scope, source } = settings.policies[index];
  const modes = { block: 0, observe: 0, off: 0 };
  for (const group of settings.groups) {
    const byDefault = group.fallback?.policy === id ? group.fallback.mode : 'off';
    modes[strictestOf([group.modes[id] ?? 'off', byDefault])]++;
  }
  return { id, title, authority, scope, source, modes };
}

function reportOf({ at, ms, reason, ...rest }: Reload): ReloadReport {
  const { result, cause, generation, problems, restart, report, resident } = rest;
  const lists = report?.sources.filter(({ kind }) => kind === 'list').map(listReport) ?? [];
  const when = { at: new Date(at).toISOString(), seconds: ms / 1000 };
  const memory = { image: report?.octets ?? 0, resident };
  const hash = report?.hash ?? null;
  const totals = report ? totalsOf(report) : null;
  return { result, cause, generation, ...when, reason: reason || null, problems, hash, totals, lists, memory, restart };
}

async function acceptList({ lists }: Resolver, id: string, sha256 = ''): Promise<ReloadReport | Refusal> {
  const waiting = lists.lists.find(({ list }) => list.id === id)?.use.waiting;
  if (waiting && !waiting.startsWith(sha256)) {
    const error = `what waits of list "${id}" is ${waiting}, not ${printable(sha256)}`;
    return { error, fix: `see "sluis lists status ${id}", and accept what it shows` };
  }
  try {
    const reload = await lists.accept(id);
    if (reload) return reportOf(reload);
  } catch (error) {
    return { error: `it cannot be written down: ${reasonOf(error)}`, fix: 'make room in the folder of copies' };
  }
  const held = lists.lists.filter(({ use }) => use.waiting !== null).map(({ list }) => list.id);
  const error = `no update of a list "${printable(id)}" is held`;
  return { error, fix: held.length > 0 ? suggest(id, held, 'held list') : 'nothing is held; see "sluis lists status"' };
}

async function fetchLists({ lists }: Resolver, id: string | undefined): Promise<FetchedReport[] | Refusal> {
  const outcomes = await lists.refresh(id);
  if (outcomes.length > 0) return outcomes;
  const fetched = lists.lists.filter(({ fetch }) => fetch).map(({ list }) => list.id);
  const error = id === undefined ? 'no list has a url' : `"${printable(id)}" is no list with a url`;
  return { error, fix: id === undefined ? 'give a list a url, and reload' : suggest(id, fetched, 'such list') };
}

async function explain({ keeper }: Resolver, question: ExplainQuestion): Promise<object | Refusal> {
  const { name, client, device, listener, group, type, answer, at } = question;
  const { image, settings } = keeper;
  if (!image || !settings) return { error: 'no policy is in force', fix: 'see the log for why, and reload' };
  const moment = at === undefined ? undefined : readTime(at);
  if (typeof moment === 'object') return { error: moment.message, fix: moment.fix };
  // Loaded when it is first asked for: nothing else needs it.
  const { explainDecision, isExplainProblem } = await import('../control/explain.ts');
  const result = explainDecision({
    image: new Image(image),
    settings,
    name,
    client,
    device,
    listener,
    group,
    type,
    answer: typeof answer === 'string' ? [answer] : answer,
    at: moment,
  });
  return isExplainProblem(result) ? { error: result.problem, fix: result.fix } : result;
}

async function learning(resolver: Resolver, { group, min_count: least }: LearningQuestion): Promise<object | Refusal> {
  const { image, settings } = resolver.keeper;
  const { learning: learnt } = resolver;
  if (!image || !settings) return { error: 'no policy is in force', fix: 'see the log for why, and reload' };
  if (!learnt) {
    const fix = 'set learning.names to how many may be kept, and restart';
    return { error: 'nothing is learnt: learning.names is 0', fix };
  }
  const learners = settings.groups.filter(({ fallback }) => fallback).map(({ id }) => id);
  if (group !== undefined && !learners.includes(group)) {
    return { error: `"${printable(group)}" is no group with a default`, fix: suggest(group, learners, 'such group') };
  }
  // Loaded when it is first asked for: nothing else needs the list of public suffixes.
  const { learningReport } = await import('../observe/learning-report.ts');
  return learningReport({
    learnt,
    image: new Image(image),
    group,
    least: Number(least ?? 1),
    at: Math.floor(Date.now() / 1000),
  });
}
