// The life of a resolver that serves: its log, its admin server, what it tells of itself, and its end.

import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { totalsOf } from '../control/build-report.ts';
import { type Alert, alertText } from '../control/calendar.ts';
import type { DateChange } from '../control/date-change.ts';
import type { FetchOutcome } from '../control/fetch-messages.ts';
import type { Reload } from '../control/keeper.ts';
import { ConfigurationError, Resolver } from '../control/resolver.ts';
import type { SupervisorEvent } from '../control/supervisor.ts';
import { RefusedError } from '../control/thread.ts';
import { ListenError } from '../net/listen-error.ts';
import { type Log, openLog, REOPEN_SIGNAL } from '../observe/log.ts';
import { printable } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { AdminListenError, type AdminServer } from '../web/server.ts';
import { settle } from '../workers/reclaim.ts';
import { startAdmin } from './admin.ts';
import { banner } from './banner.ts';
import { EXIT, type Surroundings } from './command.ts';
import { showProblems } from './configuration.ts';
import type { Signals } from './signals.ts';
import { version } from './version.ts';

/** What was begun before this was loaded. */
export interface Begun {
  signals: Signals;
  /** The process that compiles the first policy. */
  builder: ChildProcess;
}

/** Serves with the configuration in `file` until a signal; resolves with one of EXIT. */
export async function serveUntilStopped(file: string, begun: Begun, around: Surroundings): Promise<number> {
  const log = openLog({ level: 'info' });
  try {
    return await serveWith(file, log, begun, around);
  } finally {
    log.close();
  }
}

async function serveWith(file: string, log: Log, begun: Begun, around: Surroundings): Promise<number> {
  const { signals, builder } = begun;
  let resolver: Resolver;
  try {
    resolver = await startResolver(file, builder, log, around);
  } catch (error) {
    return refuse(error, around);
  }
  let admin: AdminServer;
  try {
    const { text, port } = resolver.keeper.settings!.admin.listen;
    admin = await startAdmin(resolver, text, port, log);
  } catch (error) {
    await resolver.close();
    return refuse(error, around);
  }
  around.err(`${banner(resolver, version(), admin).join('\n')}\n`);
  resolver.supervisor.settle();
  settle();
  signals.onHangup(() => void resolver.reload('SIGHUP'));
  process.on(REOPEN_SIGNAL, () => resolver.hitLog?.reopen());
  const signal = await signals.stopped;
  log.root.info({ signal }, 'stopping');
  await admin.close();
  await resolver.close();
  return EXIT.OK;
}

function startResolver(file: string, builder: ChildProcess, log: Log, around: Surroundings): Promise<Resolver> {
  const tell = logReload(log);
  const onReload = (reload: Reload, inForce: Settings | undefined) => {
    if (reload.cause === 'start') showProblems(reload.problems, around);
    // Without a first policy there is nothing to log: it ends, and says why.
    if (!inForce) return;
    log.setLevel(inForce.log.level);
    tell(reload);
  };
  return Resolver.start({
    file,
    builder,
    env: around.env,
    onReload,
    onFetch: logFetch(log),
    onCopies: logCopies(log),
    onWorker: logWorker(log),
    onHitLog: logHits(log),
    onLearning: logLearning(log),
    onAudit: logAudit(log),
    onAlert: logAlert(log),
    onChange: logChange(log),
  });
}

/** Says why it cannot start, and what to do; rethrows what nobody foresaw. */
function refuse(error: unknown, around: Surroundings): number {
  if (error instanceof ConfigurationError) {
    // Where problems say it, they were shown.
    if (!error.problems.some(({ severity }) => severity === 'error')) around.err(`sluis: ${error.message}\n`);
    return EXIT.WRONG;
  }
  if (error instanceof AdminListenError) {
    around.err(`sluis: ${error.message}: ${error.fix}\n`);
    return EXIT.FAILED;
  }
  if (!(error instanceof ListenError) && !(error instanceof RefusedError)) throw error;
  // It names the process that has the port, and a process chooses its name.
  around.err(`sluis: ${printable(error.message)}\n`);
  return EXIT.FAILED;
}

const LEVELS = { error: 'error', warning: 'warn', note: 'info' } as const;

function logReload(log: Log): (reload: Reload) => void {
  const policy = log.child('policy');
  return ({ result, cause, generation, reason, problems, report, ms, resident, restart }) => {
    const facts = {
      cause,
      generation,
      hash: report?.hash,
      seconds: Math.round(ms) / 1000,
      image: report?.octets,
      resident,
      ...(report && totalsOf(report)),
    };
    if (result === 'ok') policy.info(facts, 'policy in force');
    else policy.error({ ...facts, reason }, 'policy not changed: what was in force serves on');
    for (const { severity, file, line, column, message, fix } of cause === 'start' ? [] : problems) {
      policy[LEVELS[severity]]({ place: `${file}:${line}:${column}`, fix }, message);
    }
    for (const { file, line, column, reason: why, text } of report?.rejections ?? []) {
      policy.warn({ place: `${file}:${line}:${column}`, text }, `line left out: ${why}`);
    }
    for (const { id: list, use } of report?.sources ?? []) {
      if (cause === 'start' && use?.since) {
        policy.info({ list, since: new Date(use.since).toISOString() }, `list in force as it was kept, ${use.state}`);
      }
      if (!use?.change) continue;
      const { before, added, removed, addedNames, removedNames } = use.change;
      const what = use.state === 'held' ? 'list would change, and is held' : 'list changed';
      policy.info({ list, sha256: use.waiting ?? use.sha256, before, added, removed, addedNames, removedNames }, what);
    }
    for (const { id: list, left } of report?.sources ?? []) {
      for (const { kind, file, count, lines, reason: why } of left) {
        policy.info({ list, place: `${file}:${lines[0]}:1`, kind, count, lines }, `not honoured: ${why}`);
      }
    }
    if (restart.length > 0) policy.warn({ sections: restart }, 'changed, and in force only after a restart');
  };
}

function logFetch(log: Log): (outcome: FetchOutcome) => void {
  const lists = log.child('lists');
  return ({ id: list, result, reason, fix }) => {
    if (result === 'failed')
      lists.warn({ list, reason, fix }, 'a list was not fetched: what is in force of it serves on');
    else lists.info({ list, result }, result === 'changed' ? 'a list was fetched' : 'a list is as it was');
  };
}

function logCopies(log: Log): (problem: string) => void {
  const lists = log.child('lists');
  return (problem) => {
    if (problem)
      lists.error({ problem }, 'last good copies of lists are not kept as they should be; lists are in force');
    else lists.info('last good copies of lists are kept again');
  };
}

function logWorker(log: Log): (event: SupervisorEvent) => void {
  const workers = log.child('workers');
  return ({ kind, worker, reason }) => {
    if (kind === 'worker-ended') workers.error({ worker, reason }, 'a worker ended and is being replaced');
    else workers.info({ worker }, 'a worker was replaced');
  };
}

function logHits(log: Log): (problem: string) => void {
  const hits = log.child('hits');
  return (problem) => {
    if (problem) hits.error({ problem }, 'policy hits are not logged as they should be; names are blocked as before');
    else hits.info('policy hits are logged again');
  };
}

function logLearning(log: Log): (problem: string) => void {
  const learning = log.child('learning');
  return (problem) => {
    if (problem) learning.error({ problem }, 'what managed groups ask for is not kept as it should be');
    else learning.info('what managed groups ask for is kept again');
  };
}

function logAudit(log: Log): (problem: string) => void {
  const audit = log.child('audit');
  return (problem) => {
    if (problem) audit.error({ problem }, 'the audit log is not as it should be; policy is in force all the same');
    else audit.info('the audit log is written again');
  };
}

function logAlert(log: Log): (alert: Alert) => void {
  const policy = log.child('policy');
  return (alert) => {
    const { alert: kind, policy: id, exception, owner, since } = alert;
    const facts = { alert: kind, policy: id, since: new Date(since * 1000).toISOString() };
    policy.warn({ ...facts, ...(exception !== null && { exception, owner }) }, alertText(alert));
  };
}

function logChange(log: Log): (change: DateChange) => void {
  const policy = log.child('policy');
  return ({ at, kind, policy: id, exception, owner, groups, text }) => {
    const facts = {
      change: kind,
      policy: id,
      at: new Date(at * 1000).toISOString(),
      groups: groups.map((group) => group.id),
    };
    policy.info({ ...facts, ...(exception !== null && { exception, owner }) }, text);
  };
}
