// The floor under a media forwarder's cost: the least that one thread of C must do for the same datagrams as a VoiceCluster worker.
//
// Receive a batch, find the speaker by SSRC, open his packet, and for every other member of his channel write a fresh RTP header, seal
// under that member's key and counter, and send. No checks beyond length, source and tag; no replay window, no limits, no mute, no
// moving addresses, no statistics but a few counters. What a server spends beyond this is what its service costs.
//
// Wire format, the one of the "rtpsize" modes:  header (12, authenticated) | ciphertext | tag (16) | counter (4, big endian)
// The nonce is the four counter bytes followed by zeros. Keys come from user_key(), so that the load generator can make them too.
//
//   floor --port 50900 --user-port 50901 --channels 10 --members 11 --speakers 1 --crypto aes --send sendmmsg
//
// prints "ready" once its socket is bound. SIGUSR1 lets it print one line of JSON with its counters and its own CPU time (user and
// system, as the scheduler counts it) since its start; with --seconds it prints such a line after --warmup seconds of traffic and
// another one --seconds later, and ends. The cost of one copy over a window is the difference in cpu_ns over the difference in sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 12, TAG = 16, SUFFIX = 4, KEY = 32, SLOT = 2048 + 64, BATCH = 64 };
enum crypto { CRYPTO_NONE, CRYPTO_AES, CRYPTO_XCHACHA };

static const uint32_t FIRST_SSRC = 1000;
static const uint32_t FIRST_ADDRESS = 0x7F010001;  // user n receives at 127.1.0.1 + n
static const uint32_t SERVER_BITS = 0x80000080;    // keeps the counter apart from what clients count

// What sending to one member takes. Contexts of OpenSSL are made once; per packet only the nonce is set.
struct user {
  struct sockaddr_in address;
  uint32_t counter;
  uint8_t key[KEY];
  EVP_CIPHER_CTX *seal;
};

struct options {
  int port, user_port, channels, members, speakers;
  enum crypto crypto;
  bool single;  // sendto per copy instead of sendmmsg per batch
  double warmup, seconds;
};

static struct options options = {.port = 50900, .user_port = 50901, .channels = 1, .members = 11, .speakers = 1, .crypto = CRYPTO_AES};
static struct user *users;
static EVP_CIPHER_CTX **openers;  // one per speaker
static int udp;
static struct { uint64_t received, forwarded, sent, send_failures, refused, receives, sends; } counters;

static uint8_t in_slots[BATCH][SLOT], out_slots[BATCH][SLOT];
static struct mmsghdr in_headers[BATCH], out_headers[BATCH];
static struct iovec in_vectors[BATCH], out_vectors[BATCH];
static int pending;
static volatile sig_atomic_t report_wanted;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void report(void) {
  printf("{\"time_ns\":%lu,\"cpu_ns\":%lu,\"received\":%lu,\"forwarded\":%lu,\"sent\":%lu,\"send_failures\":%lu,\"refused\":%lu,\"receives\":%lu,\"sends\":%lu}\n",
         clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_PROCESS_CPUTIME_ID), counters.received, counters.forwarded, counters.sent, counters.send_failures, counters.refused,
         counters.receives, counters.sends);
  fflush(stdout);
}

// ---- keys and ciphers

static void user_key(uint32_t user, uint8_t key[KEY]) {
  uint32_t state = user * 2654435761u + 1;
  for (int i = 0; i < KEY; i++) {
    state = state * 1664525u + 1013904223u;
    key[i] = (uint8_t)(state >> 24);
  }
}

static EVP_CIPHER_CTX *aes_context(const uint8_t key[KEY], bool seal) {
  static EVP_CIPHER *aes;
  if (!aes && !(aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL))) fail("AES-256-GCM");
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int done = seal ? EVP_EncryptInit_ex2(context, aes, key, NULL, NULL) : EVP_DecryptInit_ex2(context, aes, key, NULL, NULL);
  if (done != 1) fail("AES key");
  return context;
}

// Seals `length` bytes behind the header that is in `packet` already; returns the datagram's length.
static int seal(struct user *to, uint8_t *packet, const uint8_t *text, int length) {
  uint32_t counter = to->counter++;
  uint32_t suffix = htonl(SERVER_BITS | (counter & ~0x7Fu) << 1 | (counter & 0x7Fu));
  uint8_t nonce[24] = {0}, *box = packet + HEADER;
  int written;
  memcpy(nonce, &suffix, SUFFIX);
  switch (options.crypto) {
    case CRYPTO_AES: {
      OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, box + length, TAG), OSSL_PARAM_END};
      EVP_EncryptInit_ex2(to->seal, NULL, NULL, nonce, NULL);
      EVP_EncryptUpdate(to->seal, NULL, &written, packet, HEADER);
      EVP_EncryptUpdate(to->seal, box, &written, text, length);
      EVP_EncryptFinal_ex(to->seal, box + length, &written);
      EVP_CIPHER_CTX_get_params(to->seal, tag);
      break;
    }
    case CRYPTO_XCHACHA:
      crypto_aead_xchacha20poly1305_ietf_encrypt_detached(box, box + length, NULL, text, (size_t)length, packet, HEADER, NULL, nonce, to->key);
      break;
    default:
      memcpy(box, text, (size_t)length);
      memset(box + length, 0, TAG);
  }
  memcpy(box + length + TAG, &suffix, SUFFIX);
  return HEADER + length + TAG + SUFFIX;
}

// Opens a speaker's packet in place; returns the length of what was sealed, or -1.
static int open_packet(int speaker, uint8_t *packet, int packet_length) {
  int length = packet_length - HEADER - TAG - SUFFIX, written;
  uint8_t nonce[24] = {0}, *text = packet + HEADER, *tag = text + length;
  memcpy(nonce, tag + TAG, SUFFIX);
  switch (options.crypto) {
    case CRYPTO_AES: {
      EVP_CIPHER_CTX *context = openers[speaker];
      OSSL_PARAM expected[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TAG), OSSL_PARAM_END};
      uint8_t none[TAG];
      bool good = EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) == 1 && EVP_DecryptUpdate(context, NULL, &written, packet, HEADER) == 1 &&
                  EVP_DecryptUpdate(context, text, &written, text, length) == 1 && EVP_CIPHER_CTX_set_params(context, expected) == 1 &&
                  EVP_DecryptFinal_ex(context, none, &written) == 1;
      return good ? length : -1;
    }
    case CRYPTO_XCHACHA:
      return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(text, NULL, text, (size_t)length, tag, packet, HEADER, nonce, users[speaker].key) == 0
                 ? length
                 : -1;
    default:
      return length;
  }
}

// ---- forwarding

static void flush(void) {
  int next = 0;
  while (next < pending) {
    int done = sendmmsg(udp, out_headers + next, (unsigned)(pending - next), MSG_DONTWAIT);
    counters.sends++;
    if (done <= 0) {
      counters.send_failures++;
      next++;
      continue;
    }
    counters.sent += (uint64_t)done;
    next += done;
  }
  pending = 0;
}

static void send_single(const uint8_t *packet, int length, const struct user *to) {
  counters.sends++;
  bool sent = sendto(udp, packet, (size_t)length, MSG_DONTWAIT, (const struct sockaddr *)&to->address, sizeof to->address) == length;
  *(sent ? &counters.sent : &counters.send_failures) += 1;
}

static void copy_to(struct user *to, const uint8_t *packet, int length) {
  uint8_t *slot = out_slots[pending];
  memcpy(slot, packet, HEADER);
  slot[0] = 0x80;
  slot[1] = 0x78;
  int sealed = seal(to, slot, packet + HEADER, length);
  if (options.single) {
    send_single(slot, sealed, to);
    return;
  }
  out_vectors[pending].iov_len = (size_t)sealed;
  out_headers[pending].msg_hdr.msg_name = &to->address;
  if (++pending == BATCH) flush();
}

static void forward(uint8_t *packet, int packet_length) {
  uint32_t ssrc;
  counters.received++;
  memcpy(&ssrc, packet + 8, sizeof ssrc);
  uint32_t speaker = ntohl(ssrc) - FIRST_SSRC;
  bool known = packet_length >= HEADER + TAG + SUFFIX && speaker < (uint32_t)(options.channels * options.members) && openers[speaker];
  int length = known ? open_packet((int)speaker, packet, packet_length) : -1;
  if (length < 0) {
    counters.refused++;
    return;
  }
  counters.forwarded++;
  struct user *first = users + speaker / (uint32_t)options.members * (uint32_t)options.members;
  for (struct user *to = first; to < first + options.members; to++) {
    if (to != users + speaker) copy_to(to, packet, length);
  }
}

static void on_signal(int signal) {
  (void)signal;
  report_wanted = 1;
}

static void run(void) {
  uint64_t begin = 0, end = 0;
  for (;;) {
    for (int i = 0; i < BATCH; i++) in_headers[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
    int count = recvmmsg(udp, in_headers, BATCH, MSG_WAITFORONE, NULL);
    if (report_wanted) {
      report_wanted = 0;
      report();
    }
    if (count < 0 && errno != EINTR) fail("recvmmsg");
    counters.receives++;
    for (int i = 0; i < count; i++) forward(in_slots[i], (int)in_headers[i].msg_len);
    flush();
    if (options.seconds <= 0 || count <= 0) continue;
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    if (begin == 0) begin = now + (uint64_t)(options.warmup * 1e9);
    if (end == 0 && now >= begin) {
      end = now + (uint64_t)(options.seconds * 1e9);
      report();
    }
    if (end != 0 && now >= end) {
      report();
      return;
    }
  }
}

// ---- start

static void prepare_slots(void) {
  static struct sockaddr_in sources[BATCH];
  for (int i = 0; i < BATCH; i++) {
    in_vectors[i] = (struct iovec){in_slots[i], SLOT};
    in_headers[i].msg_hdr = (struct msghdr){.msg_iov = &in_vectors[i], .msg_iovlen = 1, .msg_name = &sources[i]};
    out_vectors[i] = (struct iovec){out_slots[i], 0};
    out_headers[i].msg_hdr = (struct msghdr){.msg_iov = &out_vectors[i], .msg_iovlen = 1, .msg_namelen = sizeof(struct sockaddr_in)};
  }
}

static void prepare_users(void) {
  size_t count = (size_t)options.channels * (size_t)options.members;
  users = calloc(count, sizeof *users);
  openers = calloc(count, sizeof *openers);
  if (!users || !openers) fail("memory");
  for (size_t i = 0; i < count; i++) {
    bool speaks = (int)(i % (size_t)options.members) < options.speakers;
    struct user *user = users + i;
    user->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)options.user_port)};
    user->address.sin_addr.s_addr = htonl(FIRST_ADDRESS + (uint32_t)i);
    user_key((uint32_t)i, user->key);
    user->seal = options.crypto == CRYPTO_AES ? aes_context(user->key, true) : NULL;
    if (speaks) openers[i] = options.crypto == CRYPTO_AES ? aes_context(user->key, false) : (EVP_CIPHER_CTX *)user;
  }
}

static void open_socket(void) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int buffer = 4 << 20;
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (udp < 0 || bind(udp, (struct sockaddr *)&local, sizeof local) < 0) fail("UDP socket");
}

static void read_options(int count, char **arguments) {
  enum { PORT = 1, USER_PORT, CHANNELS, MEMBERS, SPEAKERS, CIPHER, SEND, WARMUP, SECONDS };
  static const struct option known[] = {
      {"port", 1, 0, PORT},   {"user-port", 1, 0, USER_PORT}, {"channels", 1, 0, CHANNELS}, {"members", 1, 0, MEMBERS}, {"speakers", 1, 0, SPEAKERS},
      {"crypto", 1, 0, CIPHER}, {"send", 1, 0, SEND},           {"warmup", 1, 0, WARMUP},     {"seconds", 1, 0, SECONDS}, {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    switch (option) {
      case PORT: options.port = atoi(optarg); break;
      case USER_PORT: options.user_port = atoi(optarg); break;
      case CHANNELS: options.channels = atoi(optarg); break;
      case MEMBERS: options.members = atoi(optarg); break;
      case SPEAKERS: options.speakers = atoi(optarg); break;
      case CIPHER: options.crypto = !strcmp(optarg, "none") ? CRYPTO_NONE : !strcmp(optarg, "xchacha") ? CRYPTO_XCHACHA : CRYPTO_AES; break;
      case SEND: options.single = !strcmp(optarg, "sendto"); break;
      case WARMUP: options.warmup = atof(optarg); break;
      case SECONDS: options.seconds = atof(optarg); break;
      default: exit(2);
    }
  }
  if (options.channels < 1 || options.members < 2 || options.speakers < 1 || options.speakers > options.members) {
    fprintf(stderr, "floor: at least one channel, two members and one speaker, and no more speakers than members\n");
    exit(2);
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  if (sodium_init() < 0) fail("libsodium");
  prepare_slots();
  prepare_users();
  open_socket();
  struct sigaction action = {.sa_handler = on_signal};  // without SA_RESTART: the wait for datagrams ends, and the report is printed
  sigaction(SIGUSR1, &action, NULL);
  puts("ready");
  fflush(stdout);
  run();
  return 0;
}
