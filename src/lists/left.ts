// What lists say that cannot be honoured, by kind: counted with its first lines, never dropped in silence.

/** The reason of each kind, as people read it behind its count. */
export const LEFT = {
  address: 'an address, where only names are read',
  client: 'for some clients only',
  cosmetic: 'hides parts of pages',
  data: 'records that neither block nor allow',
  denyallow: '$denyallow of an exception, or together with $important',
  forwarding: 'says which server to ask',
  include: 'another file: name it as a list of its own',
  keyword: 'any name with a word in it',
  modifier: 'for some requests of a browser only',
  option: 'an option of another program',
  overruled: 'overruled by a stronger rule of this list',
  pattern: 'a pattern that is no whole name',
  regex: 'a regular expression',
  rewrite: 'changes the answer, and blocks nothing',
  'rpz-client-ip': 'by the address of the client: groups are for that',
  'rpz-ip': 'by an address in the answer',
  'rpz-nsdname': 'by the name of a name server',
  'rpz-nsip': 'by the address of a name server',
  'taken-back': 'taken back by this list itself',
  'tcp-only': 'sends the client to TCP, and blocks nothing',
  type: 'for some types of record only',
  url: 'a part of a site, not a name',
  /** The one kind that goes with a rule: the name is blocked all the same. */
  answer: 'an answer of its own: the name is blocked, and answered as the policy says',
} as const;

export type Left = keyof typeof LEFT;
