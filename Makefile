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
# Without a -j from the caller, what is more than one build uses every CPU.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
LATER_GOALS := $(if $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS)))

.PHONY: deps
deps:
	@scripts/install-deps

ifneq ($(LATER_GOALS),)

FIRST_LATER_GOAL := $(firstword $(LATER_GOALS))

.PHONY: $(LATER_GOALS)
$(FIRST_LATER_GOAL): deps
	+@$(MAKE) --no-print-directory $(PARALLEL) $(LATER_GOALS)

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
BPFTOOL ?= bpftool
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

LIBRARIES := libproc2 libcjson ncursesw inih
TEST_LIBRARIES := cmocka

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wimplicit-fallthrough -Wundef
ifdef CI
WARNINGS += -Werror
endif
# Rounding is done in place, and libm not needed: neither errno nor traps are looked at.
MATH := -fno-math-errno -fno-trapping-math
SANITIZE ?=

# pkg-config is asked once, when the first recipe needs the answer.
once = $(eval $1 := $2)$($1)
LIBRARY_CFLAGS = $(call once,LIBRARY_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
LIBRARY_LIBS = $(call once,LIBRARY_LIBS,$(patsubst -lproc2,$(or $(LIBPROC2_ARCHIVE),-lproc2),\
	$(shell $(PKG_CONFIG) --libs $(LIBRARIES))))
TEST_CFLAGS = $(call once,TEST_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(TEST_LIBRARIES)))
TEST_LIBS = $(call once,TEST_LIBS,$(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES)))

# libproc2 is linked statically where it can be: the shared one brings libsystemd and what that needs, for the part that
# reads processes, which cmon opens by this name when it is asked for details of one.
LIBPROC2_ARCHIVE = $(call once,LIBPROC2_ARCHIVE,$(filter /%,$(shell $(CC) -print-file-name=libproc2.a)))
LIBPROC2_SONAME = $(call once,LIBPROC2_SONAME,$(shell readelf -d $$($(CC) -print-file-name=libproc2.so) | \
	sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'))

# 1: the BPF programs are built and put into cmon, which opens libbpf itself when it loads them. CMON_BPF=0 leaves them out.
CMON_BPF ?= $(call once,CMON_BPF,$(shell command -v $(CLANG) >/dev/null && command -v $(BPFTOOL) >/dev/null && \
	$(PKG_CONFIG) --exists libbpf && echo 1 || echo 0))
BPF_CFLAGS = $(call once,BPF_CFLAGS,$(if $(filter 1,$(CMON_BPF)),$(shell $(PKG_CONFIG) --cflags libbpf)))

CMON_CFLAGS = -std=c17 -D_GNU_SOURCE -DCMON_VERSION='"$(VERSION)"' -DCMON_BPF=$(CMON_BPF) \
	-DCMON_LIBPROC2='"$(LIBPROC2_SONAME)"' -Isrc $(WARNINGS) $(MATH) $(SANITIZE) $(LIBRARY_CFLAGS) $(BPF_CFLAGS)
CMON_LIBS = $(LIBRARY_LIBS) -Wl,--as-needed -lm -pthread

# make V=1 shows the commands.
ifeq ($(V),1)
quiet = $2
else
quiet = @printf '  %-6s %s\n' '$1' '$@'; $2
endif

# To build one test while other files do not compile: make SOURCES='src/base/*.c src/model/*.c src/collect/net*.c' ...
SOURCES ?= src/*/*.c
SOURCES_FOUND := $(filter-out %.bpf.c,$(sort $(wildcard $(SOURCES))))
OBJECTS := $(SOURCES_FOUND:%.c=$(B)/%.o)
LIBRARY := $(B)/libcmon.a
BPF_SOURCES := $(sort $(wildcard src/bpf/*.bpf.c))
BPF_PARTS := $(BPF_SOURCES:src/bpf/%.bpf.c=$(B)/bpf/%.o)
BPF_OBJECT := $(B)/bpf/cmon.bpf.o
MAIN_SOURCES := $(sort $(wildcard src/*.c))
MAIN_OBJECTS := $(MAIN_SOURCES:%.c=$(B)/%.o)

UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(B)/%)
UNIT_SUPPORT := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
TOOL_SOURCES := $(sort $(wildcard tests/tools/*.c))
TEST_TOOLS := $(TOOL_SOURCES:%.c=$(B)/%)
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(FUZZ_SOURCES:%.c=$(B)/%)
BPF_HEADERS := src/bpf/kernel.h src/bpf/reader.h
HEADERS := $(filter-out $(BPF_HEADERS),$(sort $(wildcard src/*.h src/*/*.h)))
LINT_SOURCES := $(SOURCES_FOUND) $(MAIN_SOURCES) $(FUZZ_SOURCES)
SHELL_SCRIPTS := .ci/run scripts/install-deps scripts/check-requirements
PYTHON_SCRIPTS := scripts/check-includes scripts/coverage-summary $(wildcard tests/*.py tests/*/*.py bench/*.py)

ALL_OBJECTS := $(OBJECTS) $(MAIN_OBJECTS) $(UNIT_TESTS:%=%.o) $(UNIT_SUPPORT) $(TEST_TOOLS:%=%.o) $(FUZZ_TARGETS:%=%.o)

.PHONY: all
all: $(B)/cmon

$(B)/cmon: $(MAIN_OBJECTS) $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(CMON_LIBS) $(LDLIBS))

# q, since r would take two files of the same name in different directories for one.
$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(call quiet,AR,$(AR) qcs $@ $^)

$(OBJECTS) $(MAIN_OBJECTS): $(B)/%.o: %.c $(B)/flags | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(CMON_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<)

# One object of all, from which any program can be loaded alone; bpftool drops what only debuggers need. Empty without.
BPF_COMPILE = $(CLANG) -target bpf -mcpu=v3 -std=gnu17 -O2 -g -Wall -Wextra $(if $(CI),-Werror) -Isrc $(BPF_CFLAGS)

$(BPF_PARTS): $(B)/bpf/%.o: src/bpf/%.bpf.c $(B)/flags | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,BPF,$(if $(filter 1,$(CMON_BPF)),$(BPF_COMPILE) -MMD -MP -c -o $@ $<,: >$@))

$(BPF_OBJECT): $(BPF_PARTS)
	$(call quiet,BPF,$(if $(filter 1,$(CMON_BPF)),$(BPFTOOL) gen object $@ $^,: >$@))

# private, or what this is made from would be compiled with it, too.
$(B)/src/collect/bpf_object.o: $(BPF_OBJECT)
$(B)/src/collect/bpf_object.o: private CMON_CFLAGS += -DCMON_BPF_OBJECT='"$(BPF_OBJECT)"'

$(B)/tests/%.o: tests/%.c $(B)/flags | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(CMON_CFLAGS) -Itests/unit $(TEST_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<)

$(UNIT_TESTS): %: %.o $(UNIT_SUPPORT) $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(TEST_LIBS) $(CMON_LIBS) $(LDLIBS))

# Programs that live tests run beside cmon.
$(TEST_TOOLS): %: %.o $(LIBRARY)
	$(call quiet,LINK,$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(CMON_LIBS) $(LDLIBS))

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
	@CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' PKG_CONFIG='$(PKG_CONFIG)' scripts/check-requirements '$(LIBRARIES)' '$(TEST_LIBRARIES)'
	@touch $@

.PHONY: FORCE
FORCE:

-include $(wildcard $(ALL_OBJECTS:.o=.d) $(BPF_PARTS:.o=.d))

.PHONY: run
run: $(B)/cmon
	@$(B)/cmon $(ARGS)

# --- Variants ---

VARIANT_CFLAGS ?= -O1 -g
SANITIZER_FLAGS := -fno-sanitize-recover=all -fno-omit-frame-pointer
ASAN_FLAGS := -fsanitize=address,undefined $(SANITIZER_FLAGS)
TSAN_FLAGS := -fsanitize=thread $(SANITIZER_FLAGS)
FUZZ_FLAGS := -fsanitize=fuzzer-no-link,address,undefined $(SANITIZER_FLAGS)

SUBMAKE = $(MAKE) --no-print-directory $(PARALLEL)

.PHONY: unit-tests test-tools asan tsan clang fuzz-targets fuzz-variant
unit-tests: $(UNIT_TESTS) test-tools

test-tools: $(TEST_TOOLS)

asan:
	+@$(SUBMAKE) B=$(B)/asan SANITIZE='$(ASAN_FLAGS)' CFLAGS='$(VARIANT_CFLAGS)' all unit-tests

tsan:
	+@$(SUBMAKE) B=$(B)/tsan SANITIZE='$(TSAN_FLAGS)' CFLAGS='$(VARIANT_CFLAGS)' all unit-tests

clang:
	+@$(SUBMAKE) B=$(B)/clang CC=$(CLANG) all unit-tests

fuzz-targets: $(FUZZ_TARGETS)

fuzz-variant:
	+@$(SUBMAKE) B=$(B)/fuzz CC=$(CLANG) SANITIZE='$(FUZZ_FLAGS)' CFLAGS='$(VARIANT_CFLAGS)' fuzz-targets

# --- Tests ---

RUN_TESTS = FUZZ_SECONDS=$(CHECK_FUZZ_SECONDS) $(PYTHON) tests/run.py --build $(B)

.PHONY: check check-programs check-unit check-live check-tui check-fuzz valgrind fuzz coverage
check:
	+@$(SUBMAKE) check-programs
	@$(RUN_TESTS) unit unit-asan unit-tsan fuzz live tui live-asan tui-asan tui-tsan valgrind

check-programs: all unit-tests asan tsan fuzz-variant

check-unit: unit-tests
	@$(RUN_TESTS) unit

check-live: all test-tools
	@$(RUN_TESTS) live

check-tui: all
	@$(RUN_TESTS) tui

check-fuzz: fuzz-variant
	@$(RUN_TESTS) fuzz

valgrind: all
	@$(RUN_TESTS) valgrind

# Inputs found are kept in $(B)/fuzz/corpus, crashing ones in $(B)/fuzz/artifacts.
fuzz: fuzz-variant
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) tests/run.py --build $(B) --keep-corpus fuzz

coverage:
	+@$(SUBMAKE) B=$(B)/coverage CC=gcc CFLAGS='-O0 -g --coverage' all unit-tests
	@find $(B)/coverage -name '*.gcda' -delete
	-@$(RUN_TESTS) unit-coverage live-coverage tui-coverage
	@GCOV=$(GCOV) $(PYTHON) scripts/coverage-summary $(B)/coverage

# --- Lint ---

.PHONY: lint lint-includes lint-warnings lint-headers lint-tidy lint-cppcheck lint-man lint-scripts
lint: lint-includes lint-scripts lint-man lint-headers lint-warnings lint-cppcheck lint-tidy

lint-includes:
	@scripts/check-includes

lint-warnings:
	+@$(SUBMAKE) B=$(B)/lint-gcc CC=gcc CI=true all unit-tests
	+@$(SUBMAKE) B=$(B)/lint-clang CC=$(CLANG) CI=true all unit-tests
	+@$(SUBMAKE) B=$(B)/lint-no-bpf CC=gcc CI=true CMON_BPF=0 all

# Each header stands alone.
lint-headers:
	@for header in $(HEADERS); do \
		$(CC) $(CMON_CFLAGS) -Werror -fsyntax-only -include $$header -x c /dev/null || exit 1; done
	@[ '$(CMON_BPF)' != 1 ] || for header in $(BPF_HEADERS) src/bpf/records.h; do \
		$(BPF_COMPILE) -Werror -fsyntax-only -include bpf/kernel.h -include $$header -x c /dev/null || exit 1; done

lint-tidy:
	@command -v $(CLANG_TIDY) >/dev/null || { echo "lint: $(CLANG_TIDY) is missing: run 'make deps'" >&2; exit 1; }
	@printf '%s\n' $(LINT_SOURCES) | xargs -P "$$(nproc)" -I{} \
		$(CLANG_TIDY) --quiet --warnings-as-errors='*' {} -- $(CMON_CFLAGS) $(TEST_CFLAGS) -Itests/unit 2>/dev/null

lint-cppcheck:
	@$(CPPCHECK) --quiet --std=c11 --library=scripts/cppcheck.cfg --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		-j "$$(nproc)" -D_GNU_SOURCE -D__linux__ -DCMON_VERSION='"$(VERSION)"' -DCMON_BPF=1 -Isrc $(SOURCES_FOUND) $(MAIN_SOURCES)

lint-man:
	@$(MANDOC) -T lint -W warning $(wildcard man/*.[1-8])

lint-scripts:
	@for script in $(SHELL_SCRIPTS); do $$(sed -n '1s/^#!//p' $$script) -n $$script || exit 1; done
	@$(PYTHON) -c 'import sys; [compile(open(f).read(), f, "exec") for f in sys.argv[1:]]' $(PYTHON_SCRIPTS)

# --- Benchmarks ---

BENCH_TOOLS := $(patsubst %.c,$(B)/%,$(sort $(wildcard bench/*.c)))

$(BENCH_TOOLS): $(B)/bench/%: bench/%.c | $(B)/requirements
	@mkdir -p $(@D)
	$(call quiet,LINK,$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -static -pthread -o $@ $<)

# ONLY=part,part: these alone (bench/all.py --help names them). SAVE=docs/BENCHMARKS.md keeps the results, a chapter each.
RUN_BENCH = @$(PYTHON) bench/$1.py --build $(B) $(if $(ONLY),--only $(ONLY)) $(if $(SAVE),--save $(SAVE))

.PHONY: bench bench-run bench-ui bench-peers bench-steady
bench: all test-tools $(BENCH_TOOLS)
	$(call RUN_BENCH,all)

bench-run bench-ui bench-peers bench-steady: bench-%: all test-tools $(BENCH_TOOLS)
	$(call RUN_BENCH,$*)

# --- Manual and installation ---

# Printed by the program from its tables. The copies in man/ are what people read without building; check compares.
$(B)/cmon-json.5: $(B)/cmon
	@$< --dump-manual >$@.new
	@mv $@.new $@

$(B)/cmon.conf.5: $(B)/cmon
	@$< --dump-config-manual >$@.new
	@mv $@.new $@

$(B)/cmon.schema.json: $(B)/cmon
	@$< --dump-schema >$@.new
	@mv $@.new $@

.PHONY: manual install uninstall
manual: $(B)/cmon-json.5 $(B)/cmon.conf.5 $(B)/cmon.schema.json
	@cp $^ man/

# Of SETCAP=1: enough for BPF iterators, and nothing more.
CAPABILITIES := cap_bpf,cap_perfmon+ep

install: all $(B)/cmon-json.5 $(B)/cmon.conf.5 $(B)/cmon.schema.json
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(DATADIR)/cmon
	$(INSTALL) -m 755 $(B)/cmon $(DESTDIR)$(BINDIR)/cmon
	$(INSTALL) -m 644 man/cmon.1 $(DESTDIR)$(MANDIR)/man1/cmon.1
	$(INSTALL) -m 644 $(B)/cmon-json.5 $(DESTDIR)$(MANDIR)/man5/cmon-json.5
	$(INSTALL) -m 644 $(B)/cmon.conf.5 $(DESTDIR)$(MANDIR)/man5/cmon.conf.5
	$(INSTALL) -m 644 $(B)/cmon.schema.json $(DESTDIR)$(DATADIR)/cmon/cmon.schema.json
	$(if $(filter 1,$(SETCAP)),setcap $(CAPABILITIES) $(DESTDIR)$(BINDIR)/cmon)

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/cmon $(DESTDIR)$(MANDIR)/man1/cmon.1 $(DESTDIR)$(MANDIR)/man5/cmon-json.5
	rm -f $(DESTDIR)$(MANDIR)/man5/cmon.conf.5
	rm -f $(DESTDIR)$(DATADIR)/cmon/cmon.schema.json
	-rmdir $(DESTDIR)$(DATADIR)/cmon

# --- The rest ---

.PHONY: clean help
clean:
	rm -rf $(B)

help:
	@printf '%s\n' \
	'make deps          install what building and testing need (Debian; apt-get)' \
	'make               build $$(B)/cmon' \
	'make run ARGS=...  build and start' \
	'make check         every test; the last line is the count' \
	'make check-unit    unit tests; also check-live, check-tui, check-fuzz, valgrind' \
	'make lint          includes, warnings of gcc and clang, clang-tidy, cppcheck, manual pages, scripts' \
	'make asan tsan clang  variants in $$(B)/asan, $$(B)/tsan, $$(B)/clang' \
	'make fuzz          each fuzz target for FUZZ_SECONDS (60), corpus kept in $$(B)/fuzz' \
	'make coverage      tests with gcov, lines covered by file' \
	'make bench         cmon beside ps, psutil, lsof, ss, htop, top, btop, atop and glances, as far as they are there; its' \
	'                   screen, memory and precision (15 minutes): ONLY=PART,... these parts; BENCH_FULL=1 at length;' \
	'                   SAVE=docs/BENCHMARKS.md keeps the results. bench-run, -ui, -peers, -steady: one chapter' \
	'make manual        refresh man/cmon-json.5, man/cmon.conf.5 and man/cmon.schema.json from the program' \
	'make install       also uninstall; DESTDIR PREFIX BINDIR MANDIR DATADIR; SETCAP=1: BPF for everybody' \
	'make clean         remove $$(B)' \
	'' \
	'Variables: B=build CC=gcc CFLAGS LDFLAGS SANITIZE V=1 CI=true (warnings are errors) SOURCES CMON_BPF=0'

endif
