# peerhooks: every file hooks/NAME.c becomes build/bin/NAME, the files of peer/ become build/bin/peer,
# and what they share (lib/) is linked in. New files are found by themselves.
#
#   make [all]  test  e2e  check  bench  demo  install  uninstall  clean  dist        (also: unit, fuzz, soak)
#   V=1 shows commands; SANITIZE=1 builds with ASan and UBSan into build/sanitize; CC=..., PREFIX=..., DESTDIR=...

VERSION := 0.1.0
PREFIX ?= /usr/local

# A static executable starts fastest; with musl it is a tenth of glibc's size. macOS has none.
ifeq ($(origin CC),default)
CC := $(if $(shell command -v musl-gcc),musl-gcc,cc)
endif
# What the compiler knows of these, so that the executables stay small (measured: 1 KB each; the last ones 0.2).
knows = $(shell $(CC) -Werror $(1) -E -xc - </dev/null >/dev/null 2>&1 && echo $(1))
SMALL := $(or $(call knows,-Oz),-Os) $(call knows,-fno-inline-small-functions) $(call knows,-fno-tree-ch) \
	$(call knows,-fno-tree-dominator-opts -fno-move-loop-invariants -fno-caller-saves)
ifdef SANITIZE
B := build/sanitize
MODE_CFLAGS := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
MODE_LDFLAGS := -fsanitize=address,undefined
KIND := with ASan and UBSan
CC := $(if $(filter musl-gcc,$(CC)),cc,$(CC))
else
B := build
MODE_CFLAGS := $(SMALL) -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
ifeq ($(shell uname -s),Linux)
MODE_CFLAGS += -fno-pie
MODE_LDFLAGS := -static -s -Wl,--gc-sections,--build-id=none,-z,norelro,-z,noseparate-code,-z,common-page-size=64
KIND := static
else
KIND := dynamic
endif
endif

CFLAGS ?=
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DPEERHOOKS_VERSION='"$(VERSION)"' -Ilib $(WARNINGS) $(MODE_CFLAGS) $(CFLAGS)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

HOOKS := $(patsubst hooks/%.c,%,$(wildcard hooks/*.c))
BINS := $(addprefix $(B)/bin/,$(HOOKS) peer)
UNITS := $(patsubst %.c,$(B)/test/%,$(notdir $(wildcard test/unit/*.c test/bench/*.c test/fuzz/*.c)))
objects = $(patsubst %.c,$(B)/obj/%.o,$(wildcard $(1)))
LIB := $(B)/libpeerhooks.a

all: $(BINS)
	@echo "  $(KIND), by $(CC): $(B)/bin/{$(shell echo $(notdir $(BINS)) | tr ' ' ',')}"

# Whoever changes compiler or flags builds anew.
FLAGS := $(B)/flags
$(FLAGS): always
	@mkdir -p $(B)
	@echo '$(CC) $(subst ','\'',$(ALL_CFLAGS)) $(MODE_LDFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	echo '$(CC) $(subst ','\'',$(ALL_CFLAGS)) $(MODE_LDFLAGS) $(LDFLAGS)' >$@

# Small everywhere, fast where the bytes run through; there too without what only costs room.
COMPACT := -fno-jump-tables $(if $(filter musl-gcc,$(CC)),-fno-align-functions -fno-align-jumps -fno-align-loops)
$(addprefix $(B)/obj/lib/,base/json.o base/utf8.o): OPTIMIZE := $(if $(SANITIZE),,-O2 $(COMPACT))
$(B)/obj/%.o: %.c $(FLAGS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(OPTIMIZE) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,lib/*/*.c)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

link = @mkdir -p $(@D)$(if $(V),,; printf '  %-5s %s\n' LINK $@)
$(B)/bin/peer: $(call objects,peer/*.c) $(LIB)
	$(link)
	$(Q)$(CC) $(MODE_LDFLAGS) $(LDFLAGS) -o $@ $^
$(B)/bin/%: $(B)/obj/hooks/%.o $(LIB)
	$(link)
	$(Q)$(CC) $(MODE_LDFLAGS) $(LDFLAGS) -o $@ $^
$(B)/test/%: $(B)/obj/test/unit/%.o $(LIB)
	$(link)
	$(Q)$(CC) $(MODE_LDFLAGS) $(LDFLAGS) -o $@ $^
$(B)/test/%: $(B)/obj/test/bench/%.o $(LIB)
	$(link)
	$(Q)$(CC) $(MODE_LDFLAGS) $(LDFLAGS) -o $@ $^
$(B)/test/%: $(B)/obj/test/fuzz/%.o $(LIB)
	$(link)
	$(Q)$(CC) $(MODE_LDFLAGS) $(LDFLAGS) -o $@ $^

unit: $(UNITS)
test: all unit
	$(Q)BUILD=$(CURDIR)/$(B) SANITIZED=$(SANITIZE) test/run $(TESTS)
# With the real agents, from npm: slow, and no part of `test`. AGENTS='pi-0.87 codex' picks some.
e2e: all
	$(Q)BUILD=$(CURDIR)/$(B) test/e2e/run $(AGENTS)
soak: all unit
	$(Q)THOROUGH=1 BUILD=$(CURDIR)/$(B) SANITIZED=$(SANITIZE) test/run $(TESTS)
check:
	$(Q)MAKE='$(MAKE)' test/check
bench: all unit
	$(Q)test/bench/run $(B)
demo: all
	$(Q)BUILD=$(CURDIR)/$(B) test/demo
fuzz: unit
	$(Q)test/fuzz/run $(B) $(SECONDS)

# By install.sh, which alone knows what goes where, and replaces each file at once.
quoted = '$(subst ','\'',$(1))'
install: all
	@./install.sh --from $(B) --prefix $(call quoted,$(DESTDIR)$(PREFIX)) --agents none >/dev/null
	@echo "  in $(DESTDIR)$(PREFIX); each user registers the hooks: $(PREFIX)/libexec/peerhooks/install-hook"
uninstall:
	@./install.sh --uninstall --prefix $(call quoted,$(DESTDIR)$(PREFIX)) --agents none
clean:
	rm -rf build
dist:
	@mkdir -p build
	git archive --prefix=peerhooks-$(VERSION)/ -o build/peerhooks-$(VERSION).tar.gz HEAD
	@echo "  build/peerhooks-$(VERSION).tar.gz, of the last commit"

.PHONY: all unit test e2e soak check bench demo fuzz install uninstall clean dist always
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
