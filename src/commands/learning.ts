// sluis learning: what managed devices asked for and no list allows, as a table, or as a list for a human to strike out.

import { parseArgs } from 'node:util';
import { KnownNames } from '../lists/known-names.ts';
import type { LearningReport } from '../observe/learning-report.ts';
import { loadSettings } from '../settings/load.ts';
import { printable } from '../settings/problems.ts';
import { shippedBlocklists } from '../settings/shipped.ts';
import { AdminSilence, adminEndpoint, askAdmin } from './admin-ask.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { configurationFile } from './configuration.ts';
import { listText } from './learning-list.ts';
import { reportText } from './learning-text.ts';

const USAGE = `Usage: sluis learning [--group ID] [--min-count N] [--as-list] [--admin ADDRESS:PORT] [--config FILE] [--json]

Says what the devices of groups with a default asked for that no list under "allow" has: by domain, with how often, by
about how many clients and since when, and which baseline pack or app of the catalogue has it. The Sluis that runs on
this machine is asked; what it allows by now is left out.

  --group ID     this group alone
  --min-count N  no names with fewer queries than N
  --as-list      as a file of the format "domains": strike out what is not approved, and name it under "allow"
  --admin ADDRESS:PORT
                 where its admin server is; as the configuration says where left out

Exit code: 0 told, 1 no Sluis answered or there is nothing for a list, 2 the command line is wrong.
`;

export const learning: Command = {
  name: 'learning',
  summary: 'Say what managed devices asked for that no list allows, as a list to approve.',
  usage: USAGE,
  run: async (args, around) => {
    const { values } = parseArgs({
      args,
      options: {
        group: { type: 'string' },
        'min-count': { type: 'string' },
        'as-list': { type: 'boolean', default: false },
        admin: { type: 'string' },
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const { group, 'min-count': least = '1', 'as-list': asList, json } = values;
    if (!/^\d{1,9}$/.test(least)) throw new UsageError('--min-count takes a number of queries');
    if (asList && json) throw new UsageError('give one of --as-list and --json');
    const { settings } = loadSettings(configurationFile(values.config, around), around.env);
    const query = new URLSearchParams({ min_count: least, ...(group !== undefined && { group }) });
    const endpoint = adminEndpoint(values.admin, settings, around);
    try {
      const report = await askAdmin(endpoint, `/api/v1/learning?${query}`);
      if (!isReport(report)) throw new AdminSilence('what answers there is no Sluis of this version');
      const known = new KnownNames(settings?.blocklists ?? shippedBlocklists);
      if (json) around.out(`${JSON.stringify(withKnown(report, known))}\n`);
      else return tell(report, known, asList, around);
      return EXIT.OK;
    } catch (error) {
      if (!(error instanceof AdminSilence)) throw error;
      around.err(`sluis learning: ${printable(error.message)}\n`);
      return EXIT.FAILED;
    }
  },
};

function isReport(answer: object): answer is LearningReport {
  const { groups, unseen } = answer as Partial<LearningReport>;
  return Array.isArray(groups) && typeof unseen === 'number';
}

function tell(report: LearningReport, known: KnownNames, asList: boolean, around: Surroundings): number {
  const ids = report.groups.map(({ group }) => group);
  if (asList && ids.length > 1)
    throw new UsageError(`a list is for one group: give --group ${ids.join(' or --group ')}`);
  const isList = asList && ids.length === 1;
  const lines = isList ? listText(report, report.groups[0], known) : reportText(report, known, around.isTerminal);
  // Its texts come from whoever answered, and names from whoever asked.
  (asList && !isList ? around.err : around.out)(`${lines.map(printable).join('\n')}\n`);
  return asList && !isList ? EXIT.FAILED : EXIT.OK;
}

/** The report with `known`, what has each name, in it. */
function withKnown(report: LearningReport, known: KnownNames): object {
  const groups = report.groups.map((group) => ({
    ...group,
    domains: group.domains.map((domain) => ({
      ...domain,
      names: domain.names.map((asked) => ({ ...asked, known: known.of(asked.name) })),
    })),
  }));
  return { ...report, groups };
}
