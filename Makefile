# cmon: process and system monitor for Linux.
#
#   make deps run      install what is needed (Debian), build, start
#   make deps check    the same, then every test
#   make help          every target and variable
#
# Variants live side by side below B: make B=build/mine CC=clang, make asan, make tsan.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

# Reading this file asks nothing of the machine, since `deps` must work where there is no compiler yet. With `deps` and
# other goals on one command line, the others run in a second make once it has ended, so that -j cannot start them early.
LATER_GOALS := $(if $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS)))

.PHONY: deps
deps:
	@scripts/install-deps

ifneq ($(LATER_GOALS),)

FIRST_LATER_GOAL := $(firstword $(LATER_GOALS))

.PHONY: $(LATER_GOALS)
$(FIRST_LATER_GOAL): deps
	@$(MAKE) --no-print-directory $(LATER_GOALS)

$(filter-out $(FIRST_LATER_GOAL),$(LATER_GOALS)): $(FIRST_LATER_GOAL)
	@:

else

B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif
CLANG ?= clang
CLANG_TIDY ?= clang-tidy
CPPCHECK ?= cppcheck
GCOV ?= gcov
INSTALL ?= install
MANDOC ?= mandoc
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
FUZZ_SECONDS ?= 60
CHECK_FUZZ_SECONDS ?= 3

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

# pkg-config is asked once, when the first recipe needs the answer.
once = $(eval $1 := $2)$($1)
LIBRARY_CFLAGS = $(call once,LIBRARY_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
LIBRARY_LIBS = $(call once,LIBRARY_LIBS,$(shell $(PKG_CONFIG) --libs $(LIBRARIES)))
TEST_CFLAGS = $(call once,TEST_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(TEST_LIBRARIES)))
TEST_LIBS = $(call once,TEST_LIBS,$(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)))

CMON_CFLAGS = -std=c17 -D_GNU_SOURCE -DCMON_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) $(SANITIZE) $(LIBRARY_CFLAGS)
CMON_LIBS = $(LIBRARY_LIBS) -lm -pthread

# make V=1 shows the commands.
ifeq ($(V),1)
quiet = $2
else
quiet = @printf '  %-6s %s\n' '$1' '$@'; $2
endif

# To build one test while other files do not compile: make SOURCES='src/base/*.c src/model/*.c src/collect/net*.c' ...
SOURCES ?= src/*/*.c
OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(SOURCES))))
LIBRARY := $(B)/libcmon.a
MAIN_OBJECT := $(B)/src/main.o

UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(B)/%)
UNIT_SUPPORT := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(FUZZ_SOURCES:%.c=$(B)/%)
SHELL_SCRIPTS := .ci/run scripts/install-deps scripts/check-requirements
PYTHON_SCRIPTS := scripts/check-includes scripts/coverage-summary $(wildcard tests/*.py tests/*/*.py bench/*.py)

ALL_OBJECTS := $(OBJECTS) $(MAIN_OBJECT) $(UNIT_TESTS:%=%.o) $(UNIT_SUPPORT) $(FUZZ_TARGETS:%=%.o)

.PHONY: all
all: $(B)/cmon

$(B)/cmon: $(MAIN_OBJECT) $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(CMON_LIBS) $(LDLIBS))

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(call quiet,AR,$(AR) rcs $@ $^)

$(OBJECTS) $(MAIN_OBJECT): $(B)/%.o: %.c $(B)/flags | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(CMON_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<)

$(B)/tests/%.o: tests/%.c $(B)/flags | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(CMON_CFLAGS) -Itests/unit $(TEST_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<)

$(UNIT_TESTS): %: %.o $(UNIT_SUPPORT) $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(TEST_LIBS) $(CMON_LIBS) $(LDLIBS))

# Only sensible with clang and SANITIZE=$(FUZZ_SANITIZE): see fuzz-targets.
$(FUZZ_TARGETS): %: %.o $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(CMON_LIBS) $(LDLIBS))

# A change of compiler or flags rebuilds; -Werror alone does not.
FLAGS_LINE = $(CC) $(CMON_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(B)/flags: FORCE | $(B)/requirements
	@echo '$(subst ','\'',$(filter-out -Werror,$(FLAGS_LINE)))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(filter-out -Werror,$(FLAGS_LINE)))' >$@

$(B)/requirements: scripts/check-requirements
	@mkdir -p $(@D)
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' scripts/check-requirements '$(LIBRARIES)' '$(TEST_LIBRARIES)'
	@touch $@

.PHONY: FORCE
FORCE:

-include $(wildcard $(ALL_OBJECTS:.o=.d))

.PHONY: run
run: $(B)/cmon
	@$(B)/cmon $(ARGS)

# --- Variants ---

ASAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TSAN_FLAGS := -fsanitize=thread -fno-omit-frame-pointer
FUZZ_FLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

VARIANT_MAKE = $(MAKE) --no-print-directory

.PHONY: unit-tests asan tsan clang fuzz-targets fuzz-variant
unit-tests: $(UNIT_TESTS)

asan:
	@$(VARIANT_MAKE) B=$(B)/asan SANITIZE='$(ASAN_FLAGS)' CFLAGS='-O1 -g' all unit-tests

tsan:
	@$(VARIANT_MAKE) B=$(B)/tsan SANITIZE='$(TSAN_FLAGS)' CFLAGS='-O1 -g' all unit-tests

clang:
	@$(VARIANT_MAKE) B=$(B)/clang CC=$(CLANG) all unit-tests

fuzz-targets: $(FUZZ_TARGETS)

fuzz-variant:
	@$(VARIANT_MAKE) B=$(B)/fuzz CC=$(CLANG) SANITIZE='$(FUZZ_FLAGS)' CFLAGS='-O1 -g' fuzz-targets

# --- Tests ---

RUN_TESTS = FUZZ_SECONDS=$(CHECK_FUZZ_SECONDS) $(PYTHON) tests/run.py --build $(B)

.PHONY: check check-unit check-live check-tui check-fuzz valgrind
check: all unit-tests asan tsan fuzz-variant
	@$(RUN_TESTS) unit unit-asan unit-tsan live tui live-asan tui-asan fuzz valgrind

check-unit: unit-tests
	@$(RUN_TESTS) unit

check-live: all
	@$(RUN_TESTS) live

check-tui: all
	@$(RUN_TESTS) tui

check-fuzz: fuzz-variant
	@$(RUN_TESTS) fuzz

valgrind: all
	@$(RUN_TESTS) valgrind

# Inputs found are kept in $(B)/fuzz/corpus, crashing ones in $(B)/fuzz/artifacts.
.PHONY: fuzz
fuzz: fuzz-variant
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) tests/run.py --build $(B) --keep-corpus fuzz

# --- Clean-up ---

.PHONY: clean
clean:
	rm -rf build

endif
