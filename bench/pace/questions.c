// Reads a question file in dnsperf's format, `name TYPE` a line, into queries that only lack their id.
#include "pace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 255, MAX_LABEL = 63, OPT_LENGTH = 11, MAX_QUERY = HEADER + MAX_NAME + 4 + OPT_LENGTH };

struct question *questions;
uint32_t question_count;

static const struct {
  const char *name;
  unsigned code;
} TYPES[] = {{"A", 1},    {"NS", 2},   {"CNAME", 5}, {"SOA", 6},     {"PTR", 12},  {"MX", 15},    {"TXT", 16},
             {"AAAA", 28}, {"SRV", 33}, {"DS", 43},   {"DNSKEY", 48}, {"SVCB", 64}, {"HTTPS", 65}, {"ANY", 255}};

static unsigned type_of(const char *name) {
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
    if (strcmp(TYPES[i].name, name) == 0) return TYPES[i].code;
  }
  return 0;
}

// Writes the labels of a name without escapes; returns the octets written, 0 for a name that is none.
static size_t write_name(unsigned char *out, const char *name) {
  size_t at = 0;
  if (strcmp(name, ".") == 0) name = "";
  while (*name) {
    size_t label = strcspn(name, ".");
    if (label == 0 || label > MAX_LABEL || at + label + 2 > MAX_NAME) return 0;
    out[at] = label;
    memcpy(out + at + 1, name, label);
    at += label + 1;
    name += label;
    if (*name == '.') name++;
  }
  out[at] = 0;
  return at + 1;
}

// RD set, one question, one OPT that offers 1232 octets and carries no options. Returns the length, 0 for bad input.
static size_t write_query(unsigned char *out, const char *name, unsigned type, uint32_t *end) {
  static const unsigned char header[HEADER] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const unsigned char opt[OPT_LENGTH] = {0, 0, 41, 1232 >> 8, 1232 & 0xff};
  memcpy(out, header, HEADER);
  size_t length = write_name(out + HEADER, name);
  if (length == 0 || type == 0) return 0;
  unsigned char *p = out + HEADER + length;
  *p++ = type >> 8;
  *p++ = type;
  *p++ = 0;
  *p++ = 1;
  *end = p - out;
  memcpy(p, opt, OPT_LENGTH);
  return *end + OPT_LENGTH;
}

static void add(const char *name, unsigned type, size_t *capacity, size_t line) {
  unsigned char query[MAX_QUERY];
  struct question question;
  question.length = write_query(query, name, type, &question.end);
  if (question.length == 0) {
    fprintf(stderr, "pace: line %zu is no question: %.80s\n", line, name);
    exit(2);
  }
  if (question_count == *capacity) {
    *capacity = *capacity ? *capacity * 2 : 1024;
    questions = realloc(questions, *capacity * sizeof *questions);
  }
  unsigned char *kept = malloc(question.length);
  if (!questions || !kept) fail("memory");
  question.bytes = memcpy(kept, query, question.length);
  questions[question_count++] = question;
}

void read_questions(const char *path) {
  char line[512], name[400], type[40];
  size_t capacity = 0, number = 0;
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  while (fgets(line, sizeof line, file)) {
    number++;
    int words = sscanf(line, "%399s %39s", name, type);
    if (words <= 0 || name[0] == ';' || name[0] == '#') continue;
    add(name, words == 2 ? type_of(type) : 0, &capacity, number);
  }
  fclose(file);
  if (question_count == 0) {
    fprintf(stderr, "pace: %s holds no question\n", path);
    exit(2);
  }
}
