// sluis explain: what happens to a name and why, in the order in which it is decided.

import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type ExplainResult, explainDecision, type GroupDecision, isExplainProblem } from '../control/explain.ts';
import type { ReplyFromHere } from '../control/explain-reply.ts';
import type { ExplainedException, ExplainedLead, ExplainedPolicy, ExplainedRule } from '../policy/explain.ts';
import { bypassKind, bypassListId } from '../settings/bypass.ts';
import { textIn } from '../settings/languages.ts';
import { printable } from '../settings/problems.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { configurationFile } from './configuration.ts';
import { languageOf } from './language.ts';
import { columns } from './layout.ts';
import { momentOf, readPolicy } from './policy-read.ts';

const USAGE = `Usage: sluis explain NAME [--client ADDRESS [--device ID] [--listener ADDRESS:PORT] | --group ID | --all-groups]
                     [--type TYPE] [--answer NAME|ADDRESS]… [--at TIME] [--config FILE] [--json]

Says what "serve" would do with a question for NAME under the configuration as it stands on disk: the client's group,
every rule on the way to the name with its file and line, each policy, the verdict, and the reply. Nobody is asked: what
the answer would lead to is judged too where --answer says what that is.

  --client ADDRESS  who asks
  --device ID       the device that the client, a forwarder, says it asks for
  --listener ADDRESS:PORT
                    which socket of listen.dns; the first where left out
  --group ID        any client of this group
  --all-groups      all groups, side by side; also without any of the three
  --type TYPE       A where left out
  --answer NAME|ADDRESS
                    an alias or address in the answer; given as often as there are
  --at TIME         2023-03-10, or 2023-03-10T08:00:00+01:00; now where left out

Titles are in the language of LC_ALL, LC_MESSAGES or LANG (nl, fr, de, en), where the policy has it.

Exit code: 0 explained, 2 the configuration or the command line is wrong.
`;

export const explain: Command = {
  name: 'explain',
  summary: 'Say what happens to a name, for whom, and by which rule.',
  usage: USAGE,
  run: async (args, around) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        client: { type: 'string' },
        device: { type: 'string' },
        listener: { type: 'string' },
        group: { type: 'string' },
        'all-groups': { type: 'boolean' },
        type: { type: 'string' },
        answer: { type: 'string', multiple: true },
        at: { type: 'string' },
        config: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    if (positionals.length !== 1) throw new UsageError('give one name');
    const { client, device, listener, group, 'all-groups': all, type, answer } = values;
    if ([client, group, all].filter((one) => one !== undefined).length > 1) {
      throw new UsageError('give one of --client, --group and --all-groups');
    }
    const policy = await readPolicy(configurationFile(values.config, around), around);
    if (!policy) return EXIT.WRONG;
    const at = values.at === undefined ? undefined : momentOf(values.at);
    const { settings, image } = policy;
    const asked = { name: positionals[0], client, device, listener, group, type, answer, at };
    const result = explainDecision({ settings, image, ...asked });
    if (isExplainProblem(result)) throw new UsageError(`${result.problem}: ${result.fix}`);
    const text = values.json ? JSON.stringify(result) : lines(result, group, languageOf(around.env)).join('\n');
    around.out(`${text}\n`);
    return EXIT.OK;
  },
};

function lines(result: ExplainResult, group: string | undefined, language: string): string[] {
  const { name, type, client, device, at, groups } = result;
  const head = `${name} ${type}, at ${at}`;
  const behind = device === null ? '' : ` for device ${device}`;
  if (client !== null) return [`${head}, asked by ${client}${behind}`, '', ...trace(groups[0], language)];
  if (group !== undefined) return [`${head}, asked by a client of ${group}`, '', ...trace(groups[0], language)];
  return [
    `${head}: what each group gets (--client ADDRESS or --group ID shows one way in full)`,
    '',
    ...columns(sideBySide(groups), '  '),
    ...(groups.length > 0 ? ['', ...ruleLines(rulesOfAll(groups))] : []),
  ];
}

/** A row for each group; a column for each policy that has something to say of the name to any of them. */
function sideBySide(groups: readonly GroupDecision[]): string[][] {
  const saidBy = (group: GroupDecision, id: string) => {
    const byDefault = group.fallback?.id === id ? group.fallback : undefined;
    const policy = group.policies.find((one) => one.id === id && isTold(group, one));
    return policy && policy.outcome !== 'silent' ? policy : (byDefault ?? policy);
  };
  const ids = (groups[0]?.policies ?? [])
    .map(({ id }) => id)
    .filter((id) => groups.some((group) => (saidBy(group, id)?.outcome ?? 'silent') !== 'silent'));
  const told = (group: GroupDecision, id: string) => {
    const policy = saidBy(group, id);
    return policy ? `${policy.modeInForce}: ${policy.outcome}` : '';
  };
  return [
    ['group', 'verdict', ...ids, 'reply'],
    ...groups.map((group) => [
      group.group ?? '',
      verdictText(group),
      ...ids.map((id) => told(group, id)),
      replyText(group),
    ]),
  ];
}

/** The rules on the way to the name, without one group's view: what any group allows is told as allowed. */
function rulesOfAll(groups: readonly GroupDecision[]): ExplainedRule[] {
  const allowed = new Set(groups.flatMap(({ rules }) => rules.filter(({ byGroup }) => byGroup).map(place)));
  return groups[0].rules.map((rule) => ({ ...rule, heard: true, byGroup: allowed.has(place(rule)) }));
}

/** One client's way, in the order of decisions. */
function trace(told: GroupDecision, language: string): string[] {
  const special = told.special
    ? `${told.special.name} is special (${told.special.source}): ${told.special.answer}, before any policy`
    : 'no special-use name';
  const steps: [string, string[]][] = [
    ['group', [groupText(told)]],
    ['excepted', told.exceptions.map(exceptionText)],
    ['special', [special]],
    ...searchStep(told),
    ['rules', ruleLines(told.rules)],
    ['policies', policyLines(told, language)],
    ['default', told.fallback ? [outcomeText(told.fallback)] : []],
    ['answer', answerLines(told)],
    ['verdict', [verdictText(told)]],
    ['reply', [replyText(told), ...(told.reply.from === 'upstream' && !told.answer ? [afterwards(told)] : [])]],
  ];
  return steps.flatMap(([step, text]) => text.map((line, at) => `${(at === 0 ? step : '').padEnd(10)}${line}`));
}

/** Only where it says something: most names have no search domain behind them. */
function searchStep({ search }: GroupDecision): [string, string[]][] {
  return search === null ? [] : [['search', [`${search.name} with the search domain ${search.domain} behind it`]]];
}

function groupText({ group, by }: GroupDecision): string {
  if (group === null) return 'none: no group holds this client';
  return by === null ? group : `${group}, by ${by}`;
}

/** What the client may pass, and when; a sealed one has no name here. */
function exceptionText({ id, policy, starts, expires, inForce }: ExplainedException): string {
  const [from, until] = [starts, expires].map((seconds) => new Date(seconds * 1000).toISOString());
  return printable(`${id ?? 'sealed'} from ${policy}, ${inForce ? 'in force' : 'not in force'}: ${from} to ${until}`);
}

/** What the answer leads to, each with the rules on its way and the policies that have something to say of it. */
function answerLines({ answer }: GroupDecision): string[] {
  if (answer === null) return [];
  if (answer.settledBy !== null) return [`not looked at: ${answer.settledBy}`];
  return answer.leads.flatMap((lead) => {
    // Every way round would say that the group allows it.
    const speaking = lead.policies.filter(
      ({ id, rule, outcome }) => rule !== null && !(bypassKind(id) && outcome === 'group allows'),
    );
    const told = [...ruleLines(lead.rules), ...speaking.map(outcomeText)];
    return [printable(lead.to), ...told.map((line) => `  ${line}`)];
  });
}

/** What of the answer decides, where something does. */
function decidingLead({ answer }: GroupDecision): ExplainedLead | undefined {
  return answer === null || answer.decides === null ? undefined : answer.leads[answer.decides];
}

/** What becomes of what the answer leads to. */
function afterwards({ decision, policy, fallback }: GroupDecision): string {
  if (decision === 'allow' && policy === null)
    return 'nothing that the answer leads to is judged: the name decides for it';
  const targets = 'every alias, service target and address in the answer is then judged in the same way';
  return fallback === null ? targets : `${targets}, but for the default: there, the name has decided`;
}

function ruleLines(rules: readonly ExplainedRule[]): string[] {
  if (rules.length === 0) return ['no rule of any list or app speaks of it'];
  return columns(
    rules.map((rule) => [
      `${rule.byGroup ? 'allow' : rule.action} ${matchText(rule)}`,
      rule.facet === 'none' ? '' : rule.facet,
      `${rule.kind} ${rule.source}`,
      place(rule),
      rule.heard ? '' : `not heard: ${rule.because}`,
    ]),
  );
}

function matchText({ match, name }: ExplainedRule): string {
  if (match === 'prefix') return name;
  if (match === 'exact') return `${name} alone`;
  return match === 'below' ? `all beneath ${name}` : `${name} and all beneath`;
}

/** The file as seen from here, where that is shorter. */
function place({ file, line }: ExplainedRule): string {
  const near = relative('', file);
  return printable(`${near.length < file.length ? near : file}:${line}`);
}

/** Whether a policy has anything to do with the name: ways round are told only of names that are one. */
function isTold({ rules, fallback }: GroupDecision, { id, outcome }: ExplainedPolicy): boolean {
  const kind = bypassKind(id);
  if (kind) return rules.some(({ source }) => source === bypassListId(kind));
  // What the default does stands in a step of its own.
  return outcome !== 'off' || fallback?.id !== id;
}

function policyLines(decision: GroupDecision, language: string): string[] {
  const told = decision.policies.filter((policy) => isTold(decision, policy));
  if (told.length === 0) return ['none'];
  return told.flatMap((policy) => {
    const { title, authority } = policy;
    return [outcomeText(policy), printable(`  ${textIn(title, language)}, by ${authority}`)];
  });
}

function outcomeText({ id, mode, modeInForce, outcome, because }: ExplainedPolicy): string {
  const modes = mode === modeInForce ? `mode ${mode}` : `mode ${mode}, in force ${modeInForce}`;
  return printable(`${id}, ${modes}: ${outcome}, ${because}`);
}

function verdictText(told: GroupDecision): string {
  const { reply, special } = told;
  if (reply.from === 'here' && reply.cause === 'client') return 'refused: the client is in no group';
  if (reply.from === 'here' && reply.cause === 'type' && reply.status !== 'NOERROR') return 'refused: no such question';
  if (special) return 'answered from here';
  const lead = decidingLead(told);
  if (!lead) return decisionText(told, told);
  // What became of the name is told too, where that is more than that it is answered.
  const through = `${decisionText(lead, told)}, as the answer leads to ${lead.to}`;
  return told.decision === 'pass' ? through : `${decisionText(told, told)}; ${through}`;
}

/** What became of the name, or of what its answer leads to; `told` has the client's exceptions. */
function decisionText(
  { decision, policy, rule, rules, exception }: GroupDecision | ExplainedLead,
  { exceptions }: GroupDecision,
): string {
  const by = policy ?? "the group's allow list";
  const where = rule === null ? '' : `, ${place(rules[rule])}`;
  switch (decision) {
    case 'block':
      return `BLOCKED by ${by}${where}`;
    case 'observe':
      return `answered, observed by ${by}${where}`;
    case 'allow':
      if (exception !== null) return `let past ${by} by ${exceptionText(exceptions[exception])}${where}`;
      return `allowed by ${by}${where}`;
    default:
      return 'answered: no policy in force covers it';
  }
}

function replyText({ reply }: GroupDecision): string {
  if (reply.from === 'here') return replyFromHere(reply);
  const zone = reply.zone === null ? '' : ` (zone ${reply.zone})`;
  return `from the cache, else from ${reply.upstreams.join(', ')}${zone}`;
}

function replyFromHere({ status, answers, soa, ttl, ede }: ReplyFromHere): string {
  const parts = [status, ...answers];
  if (status === 'NOERROR' && answers.length === 0) parts.push('no data');
  if (soa !== null) parts.push(`SOA ${soa}`);
  if (ttl !== null) parts.push(`TTL ${ttl} s`);
  if (ede) parts.push(`EDE ${ede.code} ${ede.name}${ede.text && `: ${printable(ede.text)}`}`);
  return parts.join(', ');
}
