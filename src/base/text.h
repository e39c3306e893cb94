/* Text that came from outside: a byte string with a length, not necessarily UTF-8, and its safe renderings. */
#ifndef CMON_BASE_TEXT_H
#define CMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes == NULL: not known. length 0 with bytes: known to be empty. */
struct text {
	const char *bytes;
	size_t length;
};

#define TEXT_ABSENT ((struct text){NULL, 0})
/* Of a string literal. */
#define TEXT_LITERAL(s) ((struct text){"" s, sizeof(s) - 1})

/* Of a NUL-terminated string, which is borrowed; absent for NULL. */
struct text text_of(const char *string);

bool text_equal(struct text a, struct text b);
bool text_equal_string(struct text a, const char *string);

/* Byte order of the two; an absent one sorts first. */
int text_compare(struct text a, struct text b);

/* The part behind the last '/', or all of it. */
struct text text_basename(struct text path);

/* Decode one code point of UTF-8 at p < end.
 * ret_codepoint: the code point; surrogates, overlong forms and values above U+10FFFF are invalid.
 * Returns the number of bytes used (1 to 4), or 0 when the bytes at p are not valid UTF-8. */
size_t utf8_decode(const char *p, const char *end, uint32_t *ret_codepoint);

/* UTF-8 of a code point; 0 for what is none. Returns its length, 1 to 4. */
size_t utf8_encode(uint32_t codepoint, char bytes[4]);

bool text_is_utf8(struct text text);

/* Size of the buffer that text_to_utf8 and text_to_display need at most for `length` bytes of input, NUL included. */
#define TEXT_UTF8_SIZE(length) ((length) * 3 + 1)
#define TEXT_DISPLAY_SIZE(length) ((length) * 8 + 1)

/* Valid UTF-8 of text, each invalid byte replaced by U+FFFD; NUL-terminated (embedded NULs become U+FFFD too).
 * buffer: TEXT_UTF8_SIZE(text.length) bytes. Returns the length without the NUL. */
size_t text_to_utf8(struct text text, char *buffer);

/* What may be sent to a terminal: control characters (C0, DEL, C1), line and direction separators and bytes that are
 * not UTF-8 appear escaped (\n, \t, \x1b, \u202e); everything else as it is. With utf8 == false everything outside
 * ASCII is escaped. At most size - 1 bytes and a NUL are written and no sequence is cut.
 * Returns the length written. */
size_t text_to_display(struct text text, bool utf8, char *buffer, size_t size);

/* Columns a UTF-8 string without control characters takes in a terminal (wcwidth; 1 for what it does not know). */
size_t utf8_width(const char *string, size_t length);

/* Base64 (RFC 4648, with padding). buffer: TEXT_BASE64_SIZE(text.length). Returns the length without the NUL. */
#define TEXT_BASE64_SIZE(length) (((length) + 2) / 3 * 4 + 1)
size_t text_to_base64(struct text text, char *buffer);

#endif
