// What holds at a moment: each policy with who answers for it, what it does to whom, and what lets through.

import { loadApp } from '../lists/library.ts';
import type { Image } from '../policy/image.ts';
import { fallbackAt, modeAt } from '../policy/moments.ts';
import { MODES } from '../policy/rule.ts';
import type { ModeWord, PolicySettings, Settings } from '../settings/settings.ts';
import type { BuildReport } from './build-report.ts';
import {
  type Alert,
  alertsAt,
  type Calendar,
  type CalendarDate,
  exceptionsAt,
  type PolicyState,
  stateAt,
  timeline,
} from './calendar.ts';

export interface StandingException {
  id: string;
  owner: string;
  /** Unix seconds. */
  starts: number;
  expires: number;
}

export interface StandingGroup {
  id: string;
  mode: ModeWord;
  /** What the policy's dates make of it. */
  inForce: ModeWord;
}

export interface StandingPolicy {
  id: string;
  title: Record<string, string>;
  reason: Record<string, string>;
  authority: Record<string, string>;
  legalBasis: string;
  /** Where the decision is published; empty where nobody says. */
  source: string;
  /** For whom it is meant, in words. */
  scope: Record<string, string>;
  owner: string;
  contact: string;
  /** What the authority did not publish itself, and who reported it; empty where it published all. */
  reported: string;
  jurisdictions: string[];
  apps: string[];
  lists: string[];
  state: PolicyState;
  /** Unix seconds; null for from the beginning. */
  since: number | null;
  /** Unix seconds from which it is otherwise; null where it stays. */
  until: number | null;
  /** Groups whose default it is: what they do with names that no list of theirs approves. */
  defaults: StandingGroup[];
  /** Names that it covers; with what is beneath them where they stand for that. */
  names: number;
  /** What is configured for each group, and what its dates make of it. */
  groups: StandingGroup[];
  exceptions: StandingException[];
  /** Exceptions in force of which nothing more is told. */
  sealed: number;
}

/** Plain data: JSON as it stands, moments in Unix seconds. */
export interface Standing {
  at: number;
  policies: StandingPolicy[];
  alerts: Alert[];
  /** Past and to come, in order. */
  timeline: CalendarDate[];
}

export interface StandingSource {
  settings: Settings;
  /** Built from the settings. */
  image: Image;
  report: BuildReport;
}

/** Reads the apps' files for the names in the facets that a policy covers. */
export function standingAt({ settings, image, report }: StandingSource, at: number): Standing {
  return {
    at,
    policies: settings.policies.map((policy, index) => ({
      ...ownOf(policy),
      ...stateAt(policy, at),
      names: namesOf(policy, settings, report),
      groups: settings.groups.map((group, number) => ({
        id: group.id,
        mode: group.modes[policy.id] ?? 'off',
        inForce: MODES[modeAt(image, number, index, at)],
      })),
      defaults: settings.groups.flatMap(({ id, fallback }, number) =>
        fallback?.policy === policy.id
          ? [{ id, mode: fallback.mode, inForce: MODES[fallbackAt(image, number, at)] }]
          : [],
      ),
      ...exceptionsOf(settings, policy.id, at),
    })),
    alerts: alertsAt(settings, at),
    timeline: timeline(settings),
  };
}

function ownOf(policy: PolicySettings) {
  const { id, title, reason, authority, legalBasis, source, scope, owner, contact, reported } = policy;
  const { jurisdictions, apps, lists } = policy;
  const whose = { authority, legalBasis, source, scope, owner, contact, reported };
  return { id, title, reason, ...whose, jurisdictions, apps, lists };
}

function exceptionsOf(calendar: Calendar, policy: string, at: number) {
  const inForce = exceptionsAt(calendar, at).filter((exception) => exception.policy === policy);
  const open = inForce.filter(({ sealed }) => !sealed);
  return {
    exceptions: open.map(({ id, owner, starts, expires }) => ({ id, owner, starts, expires })),
    sealed: inForce.length - open.length,
  };
}

function namesOf(policy: PolicySettings, settings: Settings, report: BuildReport): number {
  const facets = new Set<string>(policy.facets);
  const ofApps = policy.apps.map((id) => {
    const source = settings.apps.find((app) => app.id === id);
    const names = source ? (loadApp(source.file).app?.names ?? []) : [];
    return names.filter(({ facet }) => facets.has(facet)).length;
  });
  const ofLists = report.sources.filter(({ kind, id }) => kind === 'list' && policy.lists.includes(id));
  return [...ofApps, ...ofLists.map(({ rules }) => rules)].reduce((sum, count) => sum + count, 0);
}
