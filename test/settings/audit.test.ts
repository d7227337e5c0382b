// The audit log in the settings: where it is, and that its folder has to be there.

import { describe, expect, it } from 'vitest';
import { FILE, loadText, told } from './memory-files.ts';

describe('audit.file', () => {
  it.each([
    ['', {}, null],
    ['audit: { file: audit.jsonl }\n', {}, '/etc/sluis/audit.jsonl'],
    ['audit: { file: /etc/sluis/log/../audit.jsonl }\n', {}, '/etc/sluis/audit.jsonl'],
    ['audit: {}\n', { SLUIS_AUDIT_FILE: '/etc/sluis/a.jsonl' }, '/etc/sluis/a.jsonl'],
  ])('%j with %j is %s', (text, env, file) => {
    const { settings, problems } = loadText(`presets: [be-716]\n${text}`, env);
    expect(problems).toEqual([]);
    expect(settings?.audit).toEqual({ file });
  });

  it('in a folder that is not there is an error', () => {
    const { settings, problems } = loadText('audit: { file: /nowhere/audit.jsonl }\n');
    expect(settings).toBeUndefined();
    expect(problems.map(told)).toEqual([
      '1:16 error: the folder /nowhere is not there; make it, or name a file in another',
    ]);
  });

  it.each([
    ['audit: audit.jsonl', /expected options of its own/],
    ['audit: { file: "" }', /empty/],
    ['audit: { fil: a }', /unknown option "fil"/],
  ])('refuses %s', (text, message) => {
    const { problems } = loadText(`${text}\n`);
    expect(problems.map(({ file }) => file)).toEqual([FILE]);
    expect(problems[0].message).toMatch(message);
  });
});
