// An app of the catalogue from its file, and any list by its format: from octets to rules in a sink.

import { basename } from 'node:path';
import { MATCH, type RuleSink } from '../policy/rule.ts';
import { disk, type Files, reasonOf } from '../settings/files.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type { ListSettings } from '../settings/settings.ts';
import { fileOf } from '../settings/shipped.ts';
import { readAddresses } from './addresses.ts';
import { feedBypass } from './bypass.ts';
import { type App, feedApp, readApp } from './catalogue.ts';
import { readNames } from './domains.ts';
import type { ListCount } from './list-text.ts';

/** Reads one app of the catalogue, whose id must be that of its file. Never throws. */
export function loadApp(file: string, files: Files = disk): { app?: App; problems: Problem[] } {
  let text: string;
  try {
    text = files.read(file);
  } catch (error) {
    return { problems: [fileProblem(file, `the app file cannot be read: ${reasonOf(error)}`, 'restore the file')] };
  }
  const { app, problems } = readApp(file, text);
  if (app && fileOf('', app.id) !== basename(file)) {
    const message = `the file holds the app "${app.id}" under another name`;
    return { problems: [fileProblem(file, message, `call the file ${app.id}.yaml, or mend its id`)] };
  }
  return app ? { app, problems } : { problems };
}

const MATCH_OF = { suffix: MATCH.SUFFIX, exact: MATCH.EXACT } as const;

/**
 * Feeds the list whose file holds `bytes` to `sink`. Problems are those of an app file, and leave nothing of it; a
 * single bad line of the other formats goes to the sink, and is counted.
 */
export function feedList(list: ListSettings, bytes: Uint8Array, sink: RuleSink): ListCount & { problems: Problem[] } {
  if (list.format === 'bypass') return feedBypass(list.file, new TextDecoder().decode(bytes), sink);
  if (list.format === 'addresses') return { ...readAddresses(bytes, sink), problems: [] };
  if (list.format !== 'sluis') {
    const match = MATCH_OF[list.match ?? 'suffix'];
    return { ...readNames(bytes, { format: list.format, match }, sink), problems: [] };
  }
  const { app, problems } = readApp(list.file, new TextDecoder().decode(bytes));
  if (!app) return { lines: 0, rules: 0, rejects: 0, local: 0, problems };
  feedApp(app, sink);
  const rules = app.names.length;
  return { lines: rules, rules, rejects: 0, local: 0, problems };
}
