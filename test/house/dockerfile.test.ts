// Lints the Dockerfile, which nothing here can build, and holds it to what the image must be.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { expect, it } from 'vitest';
import { variables } from '../../src/settings/environment.ts';
import { ROOT } from '../support/documents.ts';

const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const dockerfile = DockerfileParser.parse(text);
const all = dockerfile.getInstructions();
const last = all.slice(all.findLastIndex((instruction) => instruction.getKeyword() === 'FROM'));

function only(keyword: string): Instruction {
  const found = last.filter((instruction) => instruction.getKeyword() === keyword);
  expect(found).toHaveLength(1);
  return found[0];
}

it('has nothing that its linter minds', () => {
  const told = (content: string) =>
    validate(content).map(({ message, range }) => `${range.start.line + 1}: ${message}`);
  expect(told(text)).toEqual([]);
  expect(told('FORM node:24\nEXPOSE dns\n')).not.toEqual([]);
});

it('runs on the Node that Sluis needs, in every stage', () => {
  for (const from of dockerfile.getFROMs()) expect(from.getImage()).toBe('node:24-bookworm-slim');
});

it('runs as a user without privileges, who comes before the commands', () => {
  expect(only('USER').getArgumentsContent()).toBe('node');
  const lines = ['USER', 'ENTRYPOINT', 'CMD'].map((keyword) => only(keyword).getRange().start.line);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
});

it('says where it listens, how it is, and how it ends', () => {
  expect(only('EXPOSE').getArgumentsContent()).toBe('53/udp 53/tcp 8053/tcp');
  expect(only('HEALTHCHECK').getArgumentsContent()).toContain('/healthz');
  expect(only('STOPSIGNAL').getArgumentsContent()).toBe('SIGTERM');
  expect(only('VOLUME').getArgumentsContent()).toBe('["/etc/sluis"]');
});

it('starts without a shell between, which would keep signals to itself', () => {
  for (const keyword of ['ENTRYPOINT', 'CMD']) expect(only(keyword).getArgumentsContent()).toMatch(/^\[".*"\]$/);
});

it('sets variables that mean something', () => {
  const set = dockerfile.getENVs().flatMap((env) => env.getProperties().map((property) => property.getName()));
  const ours = set.filter((name) => name.startsWith('SLUIS_'));
  expect(ours).toContain('SLUIS_CONFIG');
  expect([...variables().keys(), 'SLUIS_CONFIG']).toEqual(expect.arrayContaining(ours));
});

it('copies what is there and what .dockerignore lets through', () => {
  const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const copies = dockerfile.getCOPYs().filter((copy: Copy) => copy.getFromFlag() === null);
  const sources = copies.flatMap((copy) => copy.getArguments().slice(0, -1)).map((argument) => argument.getValue());
  expect(sources).toContain('src');
  for (const source of sources) {
    expect(existsSync(join(ROOT, source))).toBe(true);
    expect(kept).toContain(`!${source}`);
  }
});
