// sluis lists: how the lists of the running Sluis are doing, and what an admin does about them.

import { parseArgs } from 'node:util';
import type { ListStatus, ReloadReport, StatusReport } from '../observe/status.ts';
import { loadSettings } from '../settings/load.ts';
import { suggest } from '../settings/nearest.ts';
import { formatProblem, printable } from '../settings/problems.ts';
import type { FetchedReport } from '../web/route.ts';
import { AdminSilence, adminEndpoint, askAdmin } from './admin-ask.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { configurationFile } from './configuration.ts';
import { changeLines, listLines, reloadLines, tableLines } from './lists-text.ts';

const USAGE = `Usage: sluis lists [status [ID]] [--admin ADDRESS:PORT] [--config FILE] [--json]
       sluis lists accept ID [SHA256] [--admin ADDRESS:PORT] [--config FILE] [--json]
       sluis lists fetch [ID] [--admin ADDRESS:PORT] [--config FILE] [--json]
       sluis lists diff LIST LIST [--format FORMAT] [--config FILE] [--json]
       sluis lists overlap [LIST…] [--format FORMAT] [--config FILE] [--json]
       sluis lists test NAME… | --file FILE [--list LIST]… [--format FORMAT] [--config FILE] [--json]

status  says what is in force of each list of the Sluis that runs on this machine: current, what its source had when
        it was last checked; held, its last good copy, until somebody accepts what the source has; stale, the same, as
        that cannot be had; missing, nothing. With ID: all that is known of the list, where it comes from, and the
        first hundred names that came, went or wait. Without, also how the last reload went.
accept  brings the held update of a list into force, which "status" shows; with its SHA256, or the first 8 digits of it
        or more, that one and none that came since.
fetch   asks the servers of all lists that have a url, or of one, and brings what changed into force.

The others read lists from the disk and compare what these block, however they write it: a rule for all beneath a name
covers each name there, and what a list allows it does not block. Nobody is asked, and nothing changes.

diff    says which rules of each of two lists the other does not cover, or only in part.
overlap says of several lists how many rules of each every other covers, and which only it has.
test    says how many of some names each list blocks, and which it misses. FILE has one a line; ".name" stands for
        all beneath it too.

LIST is the id of a list of the configuration, or the path of a file; where none is given, all lists that the
configuration names. Each is as "check" would have it: with its last good copy, and without protected names.

  --format FORMAT
          of files; told by looking where left out
  --admin ADDRESS:PORT
          where its admin server is; as the configuration says where left out

Exit code: 0 done, and for status: every list is current, and no reload failed since; for diff: each covers the other;
for test: each list blocks every name; 1 it is otherwise; 2 a list, the configuration or the command line is wrong.
`;

export const lists: Command = {
  name: 'lists',
  summary: 'Say how lists are doing, accept or fetch an update, and compare what lists block.',
  usage: USAGE,
  run: async (args, around) => {
    const verb = args[0] === undefined || args[0].startsWith('-') ? 'status' : args[0];
    const rest = verb === args[0] ? args.slice(1) : args;
    if (Object.hasOwn(COMPARING, verb)) return (await COMPARING[verb]())(rest, around);
    if (!Object.hasOwn(VERBS, verb)) {
      throw new UsageError(`"${verb}" is none of ${[...Object.keys(VERBS), ...Object.keys(COMPARING)].join(', ')}`);
    }
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { admin: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    if (positionals.length > (verb === 'accept' ? 2 : 1)) throw new UsageError('give the id of one list');
    const { settings } = loadSettings(configurationFile(values.config, around), around.env);
    const endpoint = adminEndpoint(values.admin, settings, around);
    const ask: Ask = (path, method) => askAdmin(endpoint, path, method);
    try {
      return await VERBS[verb](positionals, ask, values.json, around);
    } catch (error) {
      if (!(error instanceof AdminSilence)) throw error;
      around.err(`sluis lists: ${printable(error.message)}\n`);
      return EXIT.FAILED;
    }
  },
};

type Ask = (path: string, method: 'GET' | 'POST') => Promise<object>;
type Verb = (given: string[], ask: Ask, asJson: boolean, around: Surroundings) => Promise<number>;

const VERBS: Record<string, Verb> = { status, accept, fetch };

/** Verbs that ask no admin server, and have options of their own. */
const COMPARING: Record<string, () => Promise<(args: string[], around: Surroundings) => Promise<number>>> = {
  diff: async () => (await import('./lists-diff.ts')).diff,
  overlap: async () => (await import('./lists-overlap.ts')).overlap,
  test: async () => (await import('./lists-test.ts')).test,
};

/** Texts of others: list files, and servers. */
function show(lines: readonly string[], around: Surroundings): void {
  if (lines.length > 0) around.out(`${lines.map(printable).join('\n')}\n`);
}

function showProblems(problems: ReloadReport['problems'], around: Surroundings): void {
  for (const problem of problems) around.err(`${formatProblem({ length: 1, text: '', ...problem })}\n`);
}

async function status([id]: string[], ask: Ask, asJson: boolean, around: Surroundings): Promise<number> {
  const answer = (await ask('/api/v1/lists', 'GET')) as { lists?: ListStatus[] };
  const { lastReload } = (await ask('/api/v1/status', 'GET')) as StatusReport;
  if (!Array.isArray(answer.lists) || !lastReload?.memory) {
    throw new AdminSilence('what answers there is no Sluis of this version');
  }
  const ids = answer.lists.map((list) => list.id);
  const shown = answer.lists.filter((list) => id === undefined || list.id === id);
  if (id !== undefined && shown.length === 0) {
    throw new AdminSilence(`no list "${id}" is in force: ${suggest(id, ids, 'list')}`);
  }
  const isFailed = lastReload.result === 'failed';
  if (asJson) around.out(`${JSON.stringify({ lists: shown, lastReload })}\n`);
  else {
    if (isFailed) showProblems(lastReload.problems, around);
    if (id !== undefined) show(listLines(shown[0]), around);
    else {
      const none = ['no list is in force but those that come with Sluis'];
      show([...(shown.length === 0 ? none : tableLines(shown)), '', ...reloadLines(lastReload)], around);
    }
  }
  return !isFailed && shown.every(({ use }) => use?.state === 'current') ? EXIT.OK : EXIT.FAILED;
}

async function accept([id, sha256]: string[], ask: Ask, asJson: boolean, around: Surroundings): Promise<number> {
  if (id === undefined) throw new UsageError('give the id of the list whose update is held');
  if (sha256 !== undefined && !/^[0-9a-f]{8,64}$/.test(sha256)) {
    throw new UsageError('give 8 hexadecimal digits of the SHA-256 or more, as "sluis lists status" shows it');
  }
  const query = `id=${encodeURIComponent(id)}${sha256 === undefined ? '' : `&sha256=${sha256}`}`;
  const report = (await ask(`/api/v1/lists/accept?${query}`, 'POST')) as ReloadReport;
  const list = report.lists.find((one) => one.id === id);
  if (asJson) around.out(`${JSON.stringify(report)}\n`);
  else {
    showProblems(report.problems, around);
    const state = list?.use?.state === 'current' ? 'in force' : `still ${list?.use?.state ?? 'unknown'}`;
    show([`list ${id}: ${state}, generation ${report.generation}`, ...changeLines(list?.use?.change ?? null)], around);
  }
  return list?.use?.state === 'current' ? EXIT.OK : EXIT.FAILED;
}

async function fetch([id]: string[], ask: Ask, asJson: boolean, around: Surroundings): Promise<number> {
  const query = id === undefined ? '' : `?id=${encodeURIComponent(id)}`;
  const { lists: fetched } = (await ask(`/api/v1/lists/fetch${query}`, 'POST')) as { lists: FetchedReport[] };
  if (asJson) around.out(`${JSON.stringify({ lists: fetched })}\n`);
  else {
    const said = { changed: 'fetched anew', unchanged: 'as it was', failed: 'not fetched' };
    const lines = fetched.map(({ id: list, result, reason, fix }) => {
      return `list ${list}: ${said[result]}${reason ? `: ${reason} (${fix})` : ''}`;
    });
    show(lines, around);
  }
  return fetched.every(({ result }) => result !== 'failed') ? EXIT.OK : EXIT.FAILED;
}
