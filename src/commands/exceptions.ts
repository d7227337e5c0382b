// sluis exceptions: shows who is let through a policy, adds a way through, and ends one, in a file that git can follow.

import { parseArgs } from 'node:util';
import { addException, endExceptionNow, type FileEdit, isRefusal } from '../control/exceptions.ts';
import { type Loaded, loadSettings } from '../settings/load.ts';
import { formatProblem, isTrouble, printable } from '../settings/problems.ts';
import { isHost } from '../settings/ranges.ts';
import type { ExceptionSettings, Settings } from '../settings/settings.ts';
import { momentText, readTime } from '../settings/values.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { configurationFile, showProblems } from './configuration.ts';
import { columns } from './layout.ts';

const USAGE = `Usage: sluis exceptions list [--at TIME] [--sealed] [--config FILE] [--json]
       sluis exceptions add --id ID --ground GROUND --policy POLICY [--client ADDRESS]… [--device ID]… --owner WHO
                            --approver WHO --reason TEXT --ticket TEXT --starts TIME --expires TIME [--sealed]
                            [--config FILE] [--json]
       sluis exceptions end ID [--at TIME] [--config FILE] [--json]

list  shows the exceptions in force, those to come and those past, with the days that are left. Sealed ones are counted
      only, unless --sealed is given.
add   appends one to the file that exceptions_file names, if the configuration is sound with it.
end   sets the end of one of that file to TIME, or to now: from then on the policy applies again.

  --ground    inspection, investigation or intelligence
  --client    an address, or a prefix of few; more than one where the option is given again, as with --device
  --approver  somebody else than the owner
  --expires   a year after --starts at most
  TIME        2026-10-01, or 2026-10-01T08:00:00+02:00

Nothing but the lines that are printed changes in the file; a server that runs reads it again by itself.

Exit code: 0 done, 1 there is nothing to end, 2 the configuration or the command line is wrong.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const many = { type: 'string', multiple: true } as const;

export const exceptions: Command = {
  name: 'exceptions',
  summary: 'Show who is let through a policy and until when; add an exception, or end one.',
  usage: USAGE,
  run: async (args, around) => {
    const [verb, ...rest] = args;
    if (verb === 'list') return list(rest, around);
    if (verb === 'add') return add(rest, around);
    if (verb === 'end') return end(rest, around);
    throw new UsageError(verb === undefined ? 'write list, add or end' : `"${verb}" is none of list, add and end`);
  },
};

function momentOf(given: string): number {
  const at = readTime(given);
  if (isTrouble(at)) throw new UsageError(`${printable(at.message)}: ${at.fix}`);
  return at;
}

const now = () => Math.floor(Date.now() / 1000);

type State = 'in force' | 'to come' | 'past';
const STATES: readonly State[] = ['in force', 'to come', 'past'];

interface Shown {
  id: string;
  state: State;
  policy: string;
  ground: string;
  clients: string[];
  devices: string[];
  owner: string;
  approver: string;
  reason: string;
  ticket: string;
  starts: string;
  expires: string;
  /** Until it ends, begun ones count whole; 0 for past ones. */
  daysLeft: number;
  sealed: boolean;
}

const DAY = 86400;

function shownAt(at: number, exception: ExceptionSettings): Shown {
  const { id, policy, ground, devices, owner, approver, reason, ticket, starts, expires, sealed } = exception;
  const state = at < starts ? 'to come' : at < expires ? 'in force' : 'past';
  const clients = exception.clients.map((prefix) => (isHost(prefix) ? prefix.text.split('/')[0] : prefix.text));
  const daysLeft = Math.max(0, Math.ceil((expires - at) / DAY));
  const dates = { starts: momentText(starts), expires: momentText(expires), daysLeft };
  return { id, state, policy, ground, clients, devices, owner, approver, reason, ticket, ...dates, sealed };
}

/** In force first, and of each state what ends first. */
function ordered(settings: Settings, at: number): Shown[] {
  const sorted = [...settings.exceptions].sort((a, b) => a.expires - b.expires);
  const all = sorted.map((exception) => shownAt(at, exception));
  return STATES.flatMap((state) => all.filter((one) => one.state === state));
}

function load(given: string | undefined, around: Surroundings): (Loaded & { file: string }) | undefined {
  const file = configurationFile(given, around);
  const loaded = loadSettings(file, around.env);
  if (loaded.settings) return { ...loaded, file };
  showProblems(loaded.problems, around);
  return undefined;
}

function list(args: string[], around: Surroundings): number {
  const { values } = parseArgs({ args, options: { at: text, sealed: flag, config: text, json: flag } });
  const at = values.at === undefined ? now() : momentOf(values.at);
  const loaded = load(values.config, around);
  if (!loaded) return EXIT.WRONG;
  const all = ordered(loaded.settings!, at);
  const shown = all.filter(({ sealed }) => values.sealed || !sealed);
  const hidden = all.length - shown.length;
  if (values.json) {
    around.out(`${JSON.stringify({ at: momentText(at), exceptions: shown, sealedNotShown: hidden })}\n`);
    return EXIT.OK;
  }
  if (shown.length > 0) {
    const head = ['id', 'state', 'policy', 'ground', 'who', 'owner', 'approver', 'ticket', 'until', 'days left'];
    for (const line of columns([head, ...shown.map(row)])) around.out(`${printable(line)}\n`);
  } else around.out(`no exceptions${hidden > 0 ? ' but sealed ones' : ''}\n`);
  if (hidden > 0) {
    around.out(hidden === 1 ? '1 sealed exception is not shown\n' : `${hidden} sealed exceptions are not shown\n`);
  }
  return EXIT.OK;
}

function row(one: Shown): string[] {
  const { id, state, policy, ground, clients, devices, owner, approver, ticket, starts, expires, daysLeft } = one;
  const until = state === 'to come' ? `${starts} to ${expires}` : expires;
  const left = state === 'in force' ? String(daysLeft) : '-';
  const who = [...clients, ...devices].join(' ');
  return [`${id}${one.sealed ? ' (sealed)' : ''}`, state, policy, ground, who, owner, approver, ticket, until, left];
}

const NEEDED = ['id', 'ground', 'policy', 'owner', 'approver', 'reason', 'ticket', 'starts', 'expires'] as const;

function add(args: string[], around: Surroundings): number {
  const needed = Object.fromEntries(NEEDED.map((name) => [name, text])) as Record<(typeof NEEDED)[number], typeof text>;
  const { values } = parseArgs({
    args,
    options: { ...needed, client: many, device: many, sealed: flag, config: text, json: flag },
  });
  const missing = NEEDED.filter((name) => values[name] === undefined).map((name) => `--${name}`);
  if (!values.client && !values.device) missing.push('--client or --device');
  if (missing.length > 0) throw new UsageError(`give ${missing.join(', ')}`);
  const given = values as typeof values & Record<(typeof NEEDED)[number], string>;
  const { id, ground, policy, owner, approver, reason, ticket, starts, expires } = given;
  const loaded = load(values.config, around);
  if (!loaded) return EXIT.WRONG;
  const edit = addException(loaded.settings!, around.env, {
    id,
    ground,
    policy,
    ...(values.client && { clients: values.client }),
    ...(values.device && { devices: values.device }),
    owner,
    approver,
    reason,
    ticket,
    starts,
    expires,
    ...(values.sealed && { sealed: true }),
  });
  return tell(edit, `added ${id}`, values.json === true, around);
}

function end(args: string[], around: Surroundings): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { at: text, config: text, json: flag },
  });
  if (positionals.length !== 1) throw new UsageError('give the id of one exception');
  const [id] = positionals;
  const at = values.at === undefined ? now() : momentOf(values.at);
  const loaded = load(values.config, around);
  if (!loaded) return EXIT.WRONG;
  const edit = endExceptionNow(loaded.settings!, around.env, id, at);
  return tell(edit, `ended ${id}: it expires ${momentText(at)}`, values.json === true, around);
}

/** Says what became of the file: what changed in it, or why nothing did. */
function tell(edit: FileEdit, done: string, asJson: boolean, around: Surroundings): number {
  if (isRefusal(edit)) {
    if (asJson) around.out(`${JSON.stringify({ written: false, ...edit })}\n`);
    else {
      around.err(`sluis exceptions: ${printable(edit.refused)}; nothing was written\n`);
      for (const problem of edit.problems) around.err(`${formatProblem(problem)}\n`);
    }
    return edit.isWrong ? EXIT.WRONG : EXIT.FAILED;
  }
  if (asJson) around.out(`${JSON.stringify({ written: true, ...edit })}\n`);
  else around.out(`${done}, in ${edit.file}\n${edit.changes.map((line) => `${printable(line)}\n`).join('')}`);
  for (const problem of asJson ? [] : edit.warnings) around.err(`${formatProblem(problem)}\n`);
  return EXIT.OK;
}
