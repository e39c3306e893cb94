#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

struct text text_of(const char *string)
{
	return string ? (struct text){string, strlen(string)} : TEXT_ABSENT;
}

bool text_equal(struct text a, struct text b)
{
	if (!a.bytes || !b.bytes)
		return a.bytes == b.bytes;
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

bool text_equal_string(struct text a, const char *string)
{
	return text_equal(a, text_of(string));
}

int text_compare(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order;

	if (!a.bytes || !b.bytes)
		return (a.bytes != NULL) - (b.bytes != NULL);
	order = memcmp(a.bytes, b.bytes, shorter);
	if (order)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}

struct text text_basename(struct text path)
{
	const char *slash = path.bytes ? memrchr(path.bytes, '/', path.length) : NULL;
	size_t skipped;

	if (!slash)
		return path;
	skipped = (size_t)(slash + 1 - path.bytes);
	return (struct text){slash + 1, path.length - skipped};
}

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_decode(const char *p, const char *end, uint32_t *ret_codepoint)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	static const unsigned char lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned char lead = (unsigned char)*p;
	size_t length = sequence_length(lead);
	uint32_t codepoint;

	if (!length || (size_t)(end - p) < length)
		return 0;
	codepoint = lead & lead_mask[length];
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)p[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		codepoint = codepoint << 6 | (byte & 0x3f);
	}
	if (codepoint < lowest[length] || codepoint > 0x10ffff || (codepoint >= 0xd800 && codepoint <= 0xdfff))
		return 0;
	*ret_codepoint = codepoint;
	return length;
}

size_t utf8_encode(uint32_t c, char bytes[4])
{
	if (c < 0x80) {
		bytes[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		bytes[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | c >> 18);
	bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool text_is_utf8(struct text text)
{
	const char *p = text.bytes, *end = p ? p + text.length : p;

	while (p < end) {
		uint32_t codepoint;
		size_t used = utf8_decode(p, end, &codepoint);

		if (!used)
			return false;
		p += used;
	}
	return true;
}

size_t text_to_utf8(struct text text, char *buffer)
{
	const char *p = text.bytes, *end = p ? p + text.length : p;
	char *out = buffer;

	while (p < end) {
		uint32_t codepoint = 0;
		size_t used = utf8_decode(p, end, &codepoint);

		if (used && codepoint) {
			memcpy(out, p, used);
			out += used;
		} else {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
			used = 1;
		}
		p += used;
	}
	*out = '\0';
	return (size_t)(out - buffer);
}

/* Characters that would move the cursor, end a line or turn the direction of what follows. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb);
}

/* escape: room for 8 bytes and a NUL. */
static size_t escape_byte(unsigned char byte, char escape[9])
{
	switch (byte) {
	case '\n': return (size_t)snprintf(escape, 9, "\\n");
	case '\t': return (size_t)snprintf(escape, 9, "\\t");
	case '\r': return (size_t)snprintf(escape, 9, "\\r");
	default: return (size_t)snprintf(escape, 9, "\\x%02x", byte);
	}
}

size_t text_to_display(struct text text, bool utf8, char *buffer, size_t size)
{
	const char *p = text.bytes, *end = p ? p + text.length : p;
	size_t length = 0;

	while (p < end) {
		char escape[9];
		const char *piece = p;
		uint32_t codepoint = 0;
		size_t used = utf8_decode(p, end, &codepoint), piece_length = used;

		if (!used || (codepoint < 0x80 && is_unsafe(codepoint)) || (!utf8 && codepoint >= 0x80)) {
			piece_length = escape_byte((unsigned char)*p, escape);
			piece = escape;
			used = 1;
		} else if (is_unsafe(codepoint)) {
			piece_length = (size_t)snprintf(escape, sizeof(escape), "\\u%04x", codepoint & 0xffff);
			piece = escape;
		}
		if (length + piece_length + 1 > size)
			break;
		memcpy(buffer + length, piece, piece_length);
		length += piece_length;
		p += used;
	}
	if (size)
		buffer[length] = '\0';
	return length;
}

size_t utf8_width(const char *string, size_t length)
{
	const char *p = string, *end = string + length;
	size_t width = 0;

	while (p < end) {
		uint32_t codepoint = 0;
		size_t used = utf8_decode(p, end, &codepoint);
		int columns = codepoint < 0x7f ? 1 : wcwidth((wchar_t)codepoint);

		width += columns < 0 ? 1 : (size_t)columns;
		p += used ? used : 1;
	}
	return width;
}

size_t text_to_base64(struct text text, char *buffer)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)text.bytes;
	char *out = buffer;

	for (size_t i = 0; i < text.length; i += 3) {
		size_t left = text.length - i;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(left > 2 ? in[i + 2] : 0);

		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
	return (size_t)(out - buffer);
}
