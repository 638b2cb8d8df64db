/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A seal is worth what the key's secrecy is worth. The secret half is a file of one line, "assay-key-1 SEED", mode 0600;
 * a file that others can read is refused, since what it signed proves nothing. The public half stands beside it in
 * node.pub, so that others can verify without root.
 *
 * Files are never changed in place: a new one is written under a name of its own, synced, and put in place by link(2) where
 * none may be (first use) or rename(2) (rotation), and then the directory is synced. What fails before takes its file away again: it may hold a secret.
 *
 * Source: RFC 8032; libsodium crypto_sign_detached().
 */

#include "lib/trace/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/trace/format.h"
#include "lib/trace/frame.h"

#define LAYER "key"
#define SECRET_FILE "node.key"
#define PUBLIC_FILE "node.pub"
#define SECRET_PREFIX "assay-key-1 "
#define SEAL_CONTEXT "assay trace seal 1" /* so that no signature for another purpose is a seal */

struct trace_key {
	uint8_t secret[crypto_sign_SECRETKEYBYTES], public[crypto_sign_PUBLICKEYBYTES];
};

_Static_assert(crypto_sign_PUBLICKEYBYTES == TRACE_PUBLIC_BYTES, "Ed25519");
_Static_assert(crypto_sign_BYTES == TRACE_SIGNATURE_BYTES, "Ed25519");
_Static_assert(TRACE_PUBLIC_BYTES + TRACE_SIGNATURE_BYTES == TRACE_SEAL_BYTES, "a seal's payload");

enum { SECRET_TEXT_BYTES = sizeof(SECRET_PREFIX) + 2 * (size_t)crypto_sign_SEEDBYTES + 1 };

/* In memory that is not swapped or dumped, as far as the limit of locked memory allows. */
static struct trace_key *key_new(void)
{
	struct trace_key *key = sodium_init() < 0 ? NULL : new0(struct trace_key, 1);

	if (key)
		(void)sodium_mlock(key, sizeof(*key));
	return key;
}

struct trace_key *trace_key_free(struct trace_key *key)
{
	if (key) {
		(void)sodium_munlock(key, sizeof(*key)); /* wipes as well */
		free(key);
	}
	return NULL;
}

static int open_dir(const char *dir, bool make, struct fault *fault)
{
	if (make && strcmp(dir, TRACE_KEY_DIR) == 0)
		(void)mkdir("/var/lib/assay", 0755); /* the next one fails when this did */
	if (make && mkdir(dir, 0755) < 0 && errno != EEXIST)
		return fault_set(fault, -errno, LAYER, "cannot make the directory of keys %s", dir);
	int fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	return fd >= 0 ?
		       fd :
		       fault_set(fault, -errno, LAYER, "cannot open the directory of keys %s", dir);
}

/* Writes a file under a name of its own, synced. 0 or -errno; then nothing of it is left. */
static int write_new(int dir_fd, const char *name, const char *text, mode_t mode)
{
	_cleanup_close_ int fd = -EBADF;

	(void)unlinkat(dir_fd, name, 0);
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int r = fchmod(fd, mode) < 0 ? -errno : fd_write_all(fd, text, strlen(text));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir_fd, name, 0);
	return r;
}

/* Puts what write_new() wrote in the place of what is there; when that fails nothing of it is left. 0 or -errno. */
static int put_in_place(int dir_fd, const char *name, const char *place)
{
	int r = renameat(dir_fd, name, dir_fd, place) < 0 ? -errno : 0;

	if (r < 0)
		(void)unlinkat(dir_fd, name, 0);
	return r;
}

/* A public key as a line of its files. */
static void public_line(const struct trace_key *key, char text[static TRACE_PUBLIC_HEX + 1])
{
	trace_hex(key->public, sizeof(key->public), text);
	text[TRACE_PUBLIC_HEX - 1] = '\n';
	text[TRACE_PUBLIC_HEX] = '\0';
}

static int put_public(int dir_fd, const struct trace_key *key)
{
	char text[TRACE_PUBLIC_HEX + 1], name[64];

	public_line(key, text);
	(void)snprintf(name, sizeof(name), ".%s.%d", PUBLIC_FILE, (int)getpid());
	int r = write_new(dir_fd, name, text, 0644);
	return r < 0 ? r : put_in_place(dir_fd, name, PUBLIC_FILE);
}

/* Puts the secret half in place; -EEXIST when there is one and it is not to be replaced. */
static int put_secret(int dir_fd, const uint8_t *seed, bool replace)
{
	char text[SECRET_TEXT_BYTES] = SECRET_PREFIX, name[64];

	trace_hex(seed, crypto_sign_SEEDBYTES, text + sizeof(SECRET_PREFIX) - 1);
	text[SECRET_TEXT_BYTES - 2] = '\n';
	text[SECRET_TEXT_BYTES - 1] = '\0';
	(void)snprintf(name, sizeof(name), ".%s.%d", SECRET_FILE, (int)getpid());
	int r = write_new(dir_fd, name, text, 0600);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		return r;
	if (replace)
		return put_in_place(dir_fd, name, SECRET_FILE);
	r = linkat(dir_fd, name, dir_fd, SECRET_FILE, 0) < 0 ? -errno : 0;
	(void)unlinkat(dir_fd, name, 0);
	return r;
}

static int make_key(int dir_fd, bool replace)
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	struct trace_key *key = key_new();

	if (!key)
		return -ENOMEM;
	randombytes_buf(seed, sizeof(seed));
	(void)crypto_sign_seed_keypair(key->public, key->secret, seed);
	int r = put_secret(dir_fd, seed, replace);
	sodium_memzero(seed, sizeof(seed));
	if (r == 0)
		r = put_public(dir_fd, key);
	if (r == 0 && fsync(dir_fd) < 0)
		r = -errno;
	(void)trace_key_free(key);
	return r;
}

static int parse_secret(const char *text, ssize_t length, struct trace_key *key)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	if (length != SECRET_TEXT_BYTES - 2 ||
	    strncmp(text, SECRET_PREFIX, strlen(SECRET_PREFIX)) != 0 ||
	    trace_unhex(text + strlen(SECRET_PREFIX), seed, sizeof(seed)) < 0)
		return -EBADMSG;
	(void)crypto_sign_seed_keypair(key->public, key->secret, seed);
	sodium_memzero(seed, sizeof(seed));
	return 0;
}

static int read_key(int dir_fd, const char *dir, struct trace_key **ret_key, struct fault *fault)
{
	char text[SECRET_TEXT_BYTES + 8];
	struct stat st;

	if (fstatat(dir_fd, SECRET_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_set(fault, -errno, LAYER, "cannot read the key %s/%s", dir,
				 SECRET_FILE);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) || st.st_uid != geteuid())
		return fault_say(
			fault, -EPERM, LAYER,
			"the key %s/%s must be a file that belongs to this user and that nobody else can "
			"read; what it signs proves nothing: make a new one with 'assay key rotate'",
			dir, SECRET_FILE);
	ssize_t length = file_read(dir_fd, SECRET_FILE, text, sizeof(text));
	if (length < 0 && length != -EFBIG)
		return fault_set(fault, (int)length, LAYER, "cannot read the key %s/%s", dir,
				 SECRET_FILE);
	struct trace_key *key = key_new();
	if (!key)
		return fault_set(fault, -ENOMEM, LAYER, "cannot hold the key");
	int r = parse_secret(text, length, key);
	sodium_memzero(text, sizeof(text));
	if (r < 0) {
		(void)trace_key_free(key);
		return fault_say(fault, r, LAYER, "%s/%s is no key of assay's", dir, SECRET_FILE);
	}
	*ret_key = key;
	return 0;
}

int trace_key_open_existing(const char *dir, struct trace_key **ret_key, struct fault *fault)
{
	_cleanup_close_ int dir_fd = open_dir(dir, false, fault);

	return dir_fd < 0 ? dir_fd : read_key(dir_fd, dir, ret_key, fault);
}

int trace_key_open(const char *dir, struct trace_key **ret_key, struct fault *fault)
{
	_cleanup_close_ int dir_fd = open_dir(dir, true, fault);

	if (dir_fd < 0)
		return dir_fd;
	if (faccessat(dir_fd, SECRET_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		int r = make_key(dir_fd, false);

		if (r < 0 && r != -EEXIST)
			return fault_set(fault, r, LAYER, "cannot make a key in %s", dir);
	}
	return read_key(dir_fd, dir, ret_key, fault);
}

static int retire_public(int dir_fd, const struct trace_key *key)
{
	_cleanup_close_ int fd =
		openat(dir_fd, "retired.keys",
		       O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	char text[TRACE_PUBLIC_HEX + 1];

	if (fd < 0)
		return -errno;
	public_line(key, text);
	int r = fd_write_all(fd, text, strlen(text));
	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int trace_key_rotate(const char *dir, struct trace_key **ret_key, struct fault *fault)
{
	_cleanup_close_ int dir_fd = open_dir(dir, true, fault);
	struct trace_key *old = NULL;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = read_key(dir_fd, dir, &old, fault);
	if (r == 0) {
		r = retire_public(dir_fd, old);
		old = trace_key_free(old);
		if (r < 0)
			return fault_set(fault, r, LAYER, "cannot write %s/retired.keys", dir);
	}
	r = make_key(dir_fd, true);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot make a key in %s", dir);
	return read_key(dir_fd, dir, ret_key, fault);
}

const uint8_t *trace_key_public(const struct trace_key *key)
{
	return key->public;
}

/* What is signed: purpose, hash of the last frame before the seal, the key itself. */
static void seal_message(const uint8_t *hash, const uint8_t *public_key, uint8_t *message)
{
	memcpy(message, SEAL_CONTEXT, sizeof(SEAL_CONTEXT) - 1);
	memcpy(message + sizeof(SEAL_CONTEXT) - 1, hash, TRACE_HASH_BYTES);
	memcpy(message + sizeof(SEAL_CONTEXT) - 1 + TRACE_HASH_BYTES, public_key,
	       TRACE_PUBLIC_BYTES);
}

enum { SEAL_MESSAGE_BYTES = sizeof(SEAL_CONTEXT) - 1 + TRACE_HASH_BYTES + TRACE_PUBLIC_BYTES };

void trace_key_seal(const struct trace_key *key, const uint8_t *hash, uint8_t *ret_seal)
{
	uint8_t message[SEAL_MESSAGE_BYTES];

	seal_message(hash, key->public, message);
	memcpy(ret_seal, key->public, TRACE_PUBLIC_BYTES);
	(void)crypto_sign_detached(ret_seal + TRACE_PUBLIC_BYTES, NULL, message, sizeof(message),
				   key->secret);
}

bool trace_seal_is_of(const uint8_t *seal, const uint8_t *hash)
{
	uint8_t message[SEAL_MESSAGE_BYTES];

	seal_message(hash, seal, message);
	return crypto_sign_verify_detached(seal + TRACE_PUBLIC_BYTES, message, sizeof(message),
					   seal) == 0;
}
