// What a date that comes changes in what clients are answered, and for which groups, in words for the log.

import { strictestOf } from '../settings/bypass.ts';
import { Placement } from '../settings/placement.ts';
import type { GroupSettings, ModeWord, PolicySettings, Settings } from '../settings/settings.ts';
import { type CalendarDate, type PolicyState, stateAt } from './calendar.ts';

export interface DateChange extends CalendarDate {
  /** Whose the exception is; null where a policy's own date came. */
  owner: string | null;
  /** Of a policy, those that do not have it off, with what it does there from now on; of an exception, those of its clients. */
  groups: { id: string; mode: ModeWord }[];
  text: string;
}

export type ChangingSettings = Pick<Settings, 'policies' | 'groups' | 'exceptions' | 'listen'>;

/** `date` is one of these settings that changes answers. */
export function changeOf(settings: ChangingSettings, date: CalendarDate): DateChange {
  const policy = settings.policies.find(({ id }) => id === date.policy);
  const groups = policy ? settings.groups.flatMap((group) => modeIn(group, policy, date.at)) : [];
  const exception = settings.exceptions.find(({ id }) => id === date.exception);
  if (!exception) return { ...date, owner: null, groups, text: policyText(date, groups) };
  const placement = new Placement(
    settings.groups.map((group) => ({ ...group, group })),
    settings.listen.dns.length,
  );
  const theirs = new Set(exception.prefixes.flatMap((prefix) => placement.of(prefix).map(({ id }) => id)));
  const where = groups.filter(({ id }) => theirs.has(id));
  return { ...date, owner: exception.owner, groups: where, text: exceptionText(date, where, exception.expires) };
}

/** What the policy does to a group at a moment; nothing where it is off there for good. */
function modeIn({ id, modes, fallback }: GroupSettings, policy: PolicySettings, at: number): DateChange['groups'] {
  const byDefault = fallback?.policy === policy.id ? fallback.mode : 'off';
  const mode = strictestOf([modes[policy.id] ?? 'off', byDefault]);
  return mode === 'off' ? [] : [{ id, mode: inState(stateAt(policy, at).state, mode) }];
}

function inState(state: PolicyState, mode: ModeWord): ModeWord {
  if (state === 'not yet' || state === 'expired, off') return 'off';
  return state === 'grace' || state === 'expired, observes' ? 'observe' : mode;
}

const DOES: Record<ModeWord, string> = { block: 'blocks for', observe: 'observes for', off: 'is off for' };

function modesText(groups: DateChange['groups']): string {
  const told = (['block', 'observe', 'off'] as const).flatMap((mode) => {
    const ids = groups.filter((group) => group.mode === mode).map(({ id }) => id);
    return ids.length > 0 ? [`${DOES[mode]} ${ids.join(', ')}`] : [];
  });
  return told.length > 0 ? `it ${told.join('; ')}` : 'it is off for every group';
}

function policyText({ kind, policy }: CalendarDate, groups: DateChange['groups']): string {
  if (kind === 'effective') return `${policy} takes effect: ${modesText(groups)}`;
  if (kind === 'blocks') return `the grace of ${policy} ends: ${modesText(groups)}`;
  return `${policy} expires: ${modesText(groups)}`;
}

function exceptionText(
  { kind, policy, exception }: CalendarDate,
  groups: DateChange['groups'],
  expires: number,
): string {
  const where = groups.map(({ id }) => id).join(', ') || 'no group';
  if (kind === 'exception-ends')
    return `exception ${exception} ends: ${policy} holds for its clients again, in ${where}`;
  const until = new Date(expires * 1000).toISOString();
  return `exception ${exception} starts: its clients, in ${where}, are let through ${policy} until ${until}`;
}
