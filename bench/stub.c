// The stub upstream: answers every A and AAAA question with one address made from the name, as fast as C allows.
//
// The address is the FNV-1a hash of the name, so whoever knows the name can tell a right answer from a wrong one:
// A is 198.18.x.y (RFC 2544), AAAA 2001:2::x:y (RFC 5180), both set aside for benchmarks. Other types get NODATA
// with an SOA (RFC 2308). An OPT in the query gets an OPT in the reply (RFC 6891). It plays a recursive resolver:
// RA set, AA clear. SIGUSR1 prints how many queries it has answered. It listens on TCP too, for those who forward over
// it what came over it, with the patience of a stub: a reply waits until the other side takes it.
// Usage: stub PORT [TTL=300] [SECONDS=600]; it ends by itself after SECONDS.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, DATAGRAM = 4096, HEADER = 12, MAX_NAME = 255, SOCKET_BUFFER = 4 << 20, OUR_SIZE = 1232 };
enum { TYPE_A = 1, TYPE_SOA = 6, TYPE_AAAA = 28, TYPE_OPT = 41, CLASS_IN = 1 };
enum { FORMERR = 1, NOTIMP = 4, REFUSED = 5 };
enum { STREAMS = 1024, STREAM_BUFFER = 8192 };
// The longest reply: header, question, one SOA of 34 octets or an AAAA of 28, an OPT of 11.
enum { REPLY = HEADER + MAX_NAME + 4 + 34 + 11 };

struct question {
  size_t end;       // first octet after the question
  size_t zone;      // where the last two labels start: the owner of the SOA
  uint32_t hash;    // FNV-1a of the lower-cased name, a dot after each label
  unsigned type, class;
};

static struct mmsghdr in[BATCH], out[BATCH];
static struct iovec in_part[BATCH], out_part[BATCH];
static struct sockaddr_in client[BATCH];
static unsigned char query[BATCH][DATAGRAM], reply[BATCH][REPLY];
// Indexed by descriptor; what is there of queries whose end has not come yet.
static unsigned char *stream[STREAMS];
static size_t stream_length[STREAMS];
static uint32_t ttl = 300;
static unsigned long long answered;
static int poll_fd;
static volatile sig_atomic_t asked_for_count;

static unsigned get16(const unsigned char *p) { return (unsigned)p[0] << 8 | p[1]; }

static unsigned char *put16(unsigned char *p, unsigned value) {
  p[0] = value >> 8;
  p[1] = value;
  return p + 2;
}

static unsigned char *put32(unsigned char *p, uint32_t value) { return put16(put16(p, value >> 16), value & 0xffff); }

static void end_of_life(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static void ask_for_count(int signal_number) {
  (void)signal_number;
  asked_for_count = 1;
}

static uint32_t mix(uint32_t hash, unsigned char octet) { return (hash ^ octet) * 16777619u; }

// Reads the one question after the header. Returns 0 when it does not fit or uses compression.
static int read_question(const unsigned char *m, size_t length, struct question *q) {
  size_t at = HEADER, last = HEADER, before_last = HEADER;
  q->hash = 2166136261u;
  while (at < length && m[at] != 0) {
    size_t label = m[at];
    if (label > 63 || at + 1 + label >= length || at + 1 + label - HEADER >= MAX_NAME) return 0;
    before_last = last;
    last = at;
    for (size_t i = at + 1; i <= at + label; i++) {
      q->hash = mix(q->hash, m[i] >= 'A' && m[i] <= 'Z' ? m[i] + 32 : m[i]);
    }
    q->hash = mix(q->hash, '.');
    at += 1 + label;
  }
  if (at + 5 > length) return 0;
  q->zone = before_last;
  q->type = get16(m + at + 1);
  q->class = get16(m + at + 3);
  q->end = at + 5;
  return 1;
}

// Finds an OPT among the records after the question: 0 none, else 1 plus the DO bit in bit 15. A query that carries
// names other than the root there is not walked further: no client of this stub sends one.
static unsigned find_opt(const unsigned char *m, size_t length, size_t at) {
  unsigned records = get16(m + 6) + get16(m + 8) + get16(m + 10);
  while (records-- > 0 && at + 11 <= length && m[at] == 0) {
    if (get16(m + at + 1) == TYPE_OPT) return 1 | (get16(m + at + 7) & 0x8000);
    at += 11 + get16(m + at + 9);
  }
  return 0;
}

static unsigned char *write_address(unsigned char *p, const struct question *q) {
  p = put16(put16(put16(p, 0xc000 | HEADER), q->type), CLASS_IN);
  p = put32(p, ttl);
  if (q->type == TYPE_A) return put16(put16(put16(p, 4), 198 << 8 | 18), q->hash & 0xffff);
  p = put32(put16(p, 16), 0x20010002);
  return put32(put32(put32(p, 0), 0), q->hash);
}

static unsigned char *write_soa(unsigned char *p, const struct question *q) {
  p = put16(put16(put16(p, 0xc000 | q->zone), TYPE_SOA), CLASS_IN);
  p = put16(put32(p, ttl), 22);
  *p++ = 0;
  *p++ = 0;
  return put32(put32(put32(put32(put32(p, 1), 3600), 600), 86400), ttl);
}

static size_t write_error(unsigned char *r, unsigned rcode) {
  memset(r + 4, 0, HEADER - 4);
  r[3] |= rcode;
  return HEADER;
}

// Writes the reply to one query; returns its length, 0 for silence.
static size_t answer(const unsigned char *m, size_t length, unsigned char *r) {
  struct question q;
  if (length < HEADER || (m[2] & 0x80)) return 0;
  memcpy(r, m, HEADER);
  r[2] = 0x80 | (m[2] & 0x79);
  r[3] = 0x80 | (m[3] & 0x10);
  if (m[2] & 0x78) return write_error(r, NOTIMP);
  if (get16(m + 4) != 1 || !read_question(m, length, &q)) return write_error(r, FORMERR);
  if (q.class != CLASS_IN) return write_error(r, REFUSED);
  memcpy(r + HEADER, m + HEADER, q.end - HEADER);
  int has_address = q.type == TYPE_A || q.type == TYPE_AAAA;
  unsigned char *p = has_address ? write_address(r + q.end, &q) : write_soa(r + q.end, &q);
  unsigned opt = find_opt(m, length, q.end);
  if (opt) {
    *p++ = 0;
    p = put16(put16(p, TYPE_OPT), OUR_SIZE);
    p = put16(put32(p, opt & 0x8000), 0);
  }
  put16(put16(put16(r + 6, has_address), !has_address), opt != 0);
  return p - r;
}

static void answer_batch(int fd) {
  for (int i = 0; i < BATCH; i++) in[i].msg_hdr.msg_namelen = sizeof client[i];
  int received = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL), replies = 0;
  for (int i = 0; i < received; i++) {
    size_t length = answer(query[i], in[i].msg_len, reply[i]);
    if (length == 0) continue;
    out_part[replies] = (struct iovec){.iov_base = reply[i], .iov_len = length};
    out[replies++].msg_hdr.msg_name = &client[i];
  }
  answered += replies;
  for (int sent = 0; sent < replies;) {
    int n = sendmmsg(fd, out + sent, replies - sent, 0);
    sent += n > 0 ? n : 1;
  }
}

static void open_stream(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) return;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (fd >= STREAMS || !(stream[fd] = malloc(STREAM_BUFFER)) || epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
    close(fd);
    return;
  }
  stream_length[fd] = 0;
}

static void close_stream(int fd) {
  free(stream[fd]);
  stream[fd] = NULL;
  close(fd);
}

// Answers every whole query of a connection (RFC 7766), each after two octets of its length. A query longer than the
// buffer ends the connection.
static void answer_stream(int fd) {
  unsigned char *buffer = stream[fd], out_stream[2 + REPLY];
  ssize_t received = recv(fd, buffer + stream_length[fd], STREAM_BUFFER - stream_length[fd], 0);
  if (received <= 0) return close_stream(fd);
  size_t length = stream_length[fd] + received, at = 0;
  while (length - at >= 2 && length - at >= 2 + get16(buffer + at)) {
    size_t reply_length = answer(buffer + at + 2, get16(buffer + at), out_stream + 2);
    at += 2 + get16(buffer + at);
    if (reply_length == 0) continue;
    put16(out_stream, reply_length);
    if (send(fd, out_stream, 2 + reply_length, MSG_NOSIGNAL) < 0) return close_stream(fd);
    answered++;
  }
  memmove(buffer, buffer + at, length - at);
  stream_length[fd] = length - at;
}

static int open_listener(int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(fd, 64) < 0) {
    perror("stub: listen");
    exit(1);
  }
  return fd;
}

static int open_socket(int port) {
  int size = SOCKET_BUFFER;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
    perror("stub: bind");
    exit(1);
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  for (int i = 0; i < BATCH; i++) {
    in_part[i] = (struct iovec){.iov_base = query[i], .iov_len = DATAGRAM};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_part[i], .msg_iovlen = 1, .msg_name = &client[i]};
    out[i].msg_hdr = (struct msghdr){.msg_iov = &out_part[i], .msg_iovlen = 1, .msg_namelen = sizeof client[i]};
  }
  return fd;
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : 0;
  if (argc > 2) ttl = strtoul(argv[2], NULL, 10);
  int seconds = argc > 3 ? atoi(argv[3]) : 600;
  if (port < 1 || port > 65535 || seconds < 1) {
    fprintf(stderr, "usage: stub PORT [TTL=300] [SECONDS=600]\n");
    return 2;
  }
  struct sigaction on_count = {.sa_handler = ask_for_count};
  sigaction(SIGUSR1, &on_count, NULL);
  signal(SIGALRM, end_of_life);
  signal(SIGTERM, end_of_life);
  alarm(seconds);
  int fd = open_socket(port), listener = open_listener(port);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd}, accepts = {.events = EPOLLIN, .data.fd = listener};
  poll_fd = epoll_create1(0);
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &accepts);
  for (;;) {
    if (epoll_wait(poll_fd, &event, 1, -1) > 0) {
      if (event.data.fd == fd) answer_batch(fd);
      else if (event.data.fd == listener) open_stream(listener);
      else answer_stream(event.data.fd);
    }
    // A signal that lands just before epoll_wait is heeded at the next query or signal: the runner asks again.
    if (asked_for_count) {
      asked_for_count = 0;
      printf("answered %llu\n", answered);
      fflush(stdout);
    }
  }
}
