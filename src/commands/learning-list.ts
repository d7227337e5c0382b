// What was learnt of a group as a list of the format "domains": every line that is left in it is one that somebody approves.

import { domains as domainsFormat } from '../lists/domains.ts';
import { Intake } from '../lists/intake.ts';
import type { KnownNames } from '../lists/known-names.ts';
import type { LearningReport, ReportedDomain, ReportedGroup } from '../observe/learning-report.ts';
import { MATCH, type RuleSink } from '../policy/rule.ts';
import type { Name } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import { clientsText, counted, dayText, minuteText, missingLines } from './learning-text.ts';

/** A domain with more names than these is one line: nobody reads a hundred names of machines. */
const FEW = 8;

type Asked = ReportedDomain['names'][number];

/** Lines without their ends. Names that a list would not take, or that a policy speaks of, stand in comments. */
export function listText(report: LearningReport, told: ReportedGroup, known: KnownNames): string[] {
  const { group, since, count, domains } = told;
  const asked = since === null ? 'nothing yet' : `${counted(count, 'query', 'queries')} since ${minuteText(since)}`;
  const head = [
    `What devices of group ${group} asked for and no list under its "allow" has, at ${minuteText(report.at)}: ${asked}.`,
    ...missingLines(report, told),
    'Strike out what is not approved. A line stands for its name and all beneath it. Then name this file in the',
    'configuration, under "lists" with the format domains, and its id under "allow" of the group.',
  ];
  return [...head.map((line) => `# ${line}`), ...domains.flatMap((domain) => ['', ...domainLines(domain, known)])];
}

function domainLines(domain: ReportedDomain, known: KnownNames): string[] {
  const { name, names } = domain;
  const isOne = names.length > FEW && isLine(name) && [domain, ...names].every(({ policy }) => policy === null);
  if (isOne) {
    const some = names.slice(0, FEW).map((one) => one.name);
    return [`# ${name}, all of it: ${names.length} names, such as ${some.join(', ')}`, lineOf(domain, known)];
  }
  return [`# ${name}: ${counted(names.length, 'name')}`, ...names.map((one) => lineOf(one, known))];
}

function lineOf(asked: Asked, known: KnownNames): string {
  const { name, count, clients, first, last, policy } = asked;
  const days = dayText(first) === dayText(last) ? dayText(first) : `${dayText(first)} to ${dayText(last)}`;
  const has = known.of(name).map((source) => `, in ${source}`);
  const figures = `${counted(count, 'query', 'queries')}, ${clientsText(clients)}, ${days}${has.join('')}`;
  if (policy !== null) return `# not ${name}: to allow it would lift ${policy} from it; ${figures}`;
  return isLine(name) ? `${name} # ${figures}` : `# not ${name}: a list cannot have it; ${figures}`;
}

/** Whether a list takes the line, and takes it for this name: a public suffix, say, would be left out. */
function isLine(text: string): boolean {
  let taken = '';
  const sink: RuleSink = {
    seed: 0,
    expect: () => {},
    rule: () => {},
    named: (name: Name) => {
      taken = textFromName(name);
    },
    prefix: () => {},
    reject: () => {},
    leave: () => {},
  };
  domainsFormat.read(new Intake(sink), MATCH.SUFFIX).take(Buffer.from(text));
  return taken === text;
}
