# cmon: process and system monitor for Linux.
#
#   make deps run      install what is needed (Debian), build, start
#   make deps check    the same, then every test
#
# Variants live side by side: make B=build/clang CC=clang, make asan, make tsan.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/cmon

VERSION := 0.1.0

LIBRARIES := libproc2 libcjson ncursesw
TEST_LIBRARIES := cmocka

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wimplicit-fallthrough -Wundef
ifdef CI
WARNINGS += -Werror
endif
SANITIZE ?=

# deps must work before the libraries are there.
ifneq ($(filter-out deps clean,$(or $(MAKECMDGOALS),all)),)
LIBRARY_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
LIBRARY_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBRARIES))
LIBPROC2_VERSION = $(shell $(PKG_CONFIG) --modversion libproc2)
endif

CMON_CFLAGS = -std=c17 -D_GNU_SOURCE -DCMON_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) $(SANITIZE) $(LIBRARY_CFLAGS)
CMON_LIBS = $(LIBRARY_LIBS) -lm -pthread

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(B)/libcmon.a

.PHONY: all
all: $(B)/cmon

$(B)/cmon: $(B)/src/main.o $(LIBRARY)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(CMON_LIBS)

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CMON_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: run
run: $(B)/cmon
	$(B)/cmon $(ARGS)

.PHONY: clean
clean:
	rm -rf build
